r"""White space that carries nothing: padded blanks between words, trailing blanks, empty lines.

`squeeze_whitespace` leaves alone what may be layout: fenced code, line indents, table rows, aligned
columns, single tabs, ideographic spaces and Markdown's two-blank line break. A text in which every
blank was replaced by one and the same padding is unpadded as a whole first, code included, which
gives back the text as it was. Invariant: the words and their order never change.
"""

from collections import Counter
from itertools import islice
from math import gcd

from assay.verifiers.patterns import Match, compile_pattern
from assay.verifiers.view import find_code_blocks

MAX_BLANK_LINES = 2  # what style guides for code allow; prose seldom has more than one

_EXOTIC = "\xa0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f"
_GAP = compile_pattern(r"[ \t\x{A0}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}]{2,}")
_BREAKS = compile_pattern(r"\n+")
_PADDING = compile_pattern(r"[^\s]([ \t]{2,8})[^\s]")
_MIN_PADDED = 3  # equal paddings before a text counts as padded throughout
_MIN_GAPS = 8  # gaps before a text counts as noisy
_MAX_LOOKED_AT = 1000  # paddings and line breaks that a guess rests on; the rest is only checked
_MAX_GAPS = 2000  # gaps in one line; a line with more has no layout to keep
_STRAY_SHARE = 0.05  # share of blanks that may stand outside of the padding


def may_have_noise(text: str) -> bool:
    """Cheap test: False when there is nothing to squeeze."""
    return (
        "  " in text
        or " \n" in text
        or "\t" in text
        or "\n\n\n" in text
        or text[:1].isspace()
        or text[-1:].isspace()
        or not (text.isascii() or text.replace("\n", " ").isprintable())
    )


def squeeze_whitespace(text: str, *, max_blank_lines: int = MAX_BLANK_LINES) -> str:
    """Return `text` without white-space noise outside of layout."""
    if not may_have_noise(text):
        return text
    text = _unpad(text)
    parts: list[str] = []
    position = 0
    for block in find_code_blocks(text) if "```" in text or "~~~" in text else ():
        prose = _squeeze_prose(text[position : block.start], max_blank_lines)
        parts += (prose, text[block.start : block.end])
        position = block.end
    parts.append(_squeeze_prose(text[position:], max_blank_lines))
    return _trim("".join(parts))


def _squeeze_prose(text: str, max_blank_lines: int) -> str:
    lines = text.split("\n")
    if " \n" in text or "\t\n" in text or "\n\n\n" in text or text[-1:] in (" ", "\t"):
        lines = _squeeze_ends(lines, max_blank_lines)
    if "  " not in text and "\t" not in text and not any(c in text for c in _EXOTIC):
        return "\n".join(lines)
    keep = set() if _is_noisy(text) else _layout_lines(lines)
    for number, line in enumerate(lines):
        if len(line) > 2 and number not in keep:
            lines[number] = _squeeze_line(line)
    return "\n".join(lines)


def _squeeze_ends(lines: list[str], max_blank_lines: int) -> list[str]:
    """Cut trailing blanks; more empty lines than layout has become one.

    The first and the last piece may belong to a line of code, so they are no empty lines.
    """
    squeezed: list[str] = []
    num_blank = 0
    last = len(lines) - 1
    for number, line in enumerate(lines):
        bare = line.rstrip(" \t")
        if not bare and 0 < number < last:
            num_blank += 1
            continue
        if bare and number < last and line == f"{bare}  " and lines[number + 1][:1].strip():
            bare = line  # two blanks before a line that goes on are a Markdown line break
        squeezed += [""] * (num_blank if num_blank <= max_blank_lines else 1)
        squeezed.append(bare)
        num_blank = 0
    return squeezed


def _squeeze_line(line: str) -> str:
    body = line.lstrip()
    indent = line[: len(line) - len(body)]
    end = len(body.rstrip())
    return indent + _squeeze_gaps(body[:end]) + body[end:]


def _squeeze_gaps(words: str) -> str:
    num_tabs = words.count("\t")
    if words.isascii() and (num_tabs == 0 or num_tabs + words.count("  ") > _MAX_GAPS):
        return " ".join(words.split()) if "  " in words or num_tabs else words
    return _GAP.sub(_one_blank, words)


def _one_blank(match: Match) -> str:
    gap = match.group()
    return " " if gap.strip("\u3000") else gap


def _layout_lines(lines: list[str]) -> set[int]:
    """Lines that are indented code, table rows, or stand in a block of aligned lines."""
    keep: set[int] = set()
    previous = -2
    for number, line in enumerate(lines):
        if line.startswith(("    ", "\t")) or line.count("|") > 1 or "`" in line:
            keep.add(number)
        if not _has_wide_gap(line):
            continue
        if previous == number - 1:
            keep.update((previous, number))
        previous = number
    return keep


def _has_wide_gap(line: str) -> bool:
    if "  " not in line and "\t" not in line:
        return False
    body = line.strip()
    return "\t" in body or "   " in body or body.count("  ") > 1


def _is_noisy(text: str) -> bool:
    """Most words are parted by gaps, and tabs are mixed with blanks: no layout looks like that."""
    if " \t" not in text and "\t " not in text:
        return False
    num_gaps = sum(1 for part in text.replace("\t", " ").split("  ") if part.strip()) - 1
    return num_gaps >= _MIN_GAPS and 2 * num_gaps >= len(text.split()) - 1


def _trim(text: str) -> str:
    """Cut blank ends; a first line keeps its indent when the next line has one too."""
    text = text.rstrip().lstrip("\n")
    body = text.lstrip()
    first_end = text.find("\n", len(text) - len(body))
    if first_end >= 0 and text[:1].isspace() and text[first_end + 1 : first_end + 2] in (" ", "\t"):
        return text[text.rfind("\n", 0, len(text) - len(body)) + 1 :]
    return body


def _unpad(text: str) -> str:
    """Take back a padding of every blank by one unit, and of every line break by one count."""
    unit = _padding_unit(text)
    if unit:
        text = text.replace(unit, " ")
    if "\n\n\n" not in text or "\x00" in text:
        return text
    lengths = [len(m.group()) for m in islice(_BREAKS.finditer(text), _MAX_LOOKED_AT)]
    common = gcd(*lengths)
    is_uniform = len(set(lengths)) == 1
    if common < 3 or (not unit and (len(lengths) < 2 or (is_uniform and common < 5))):
        return text
    marked = text.replace("\n" * common, "\x00")
    if "\n" in marked:
        return text
    # One even count throughout is taken for paragraphs, each break padded by half of it.
    return marked.replace("\x00", "\n\n" if is_uniform and common % 2 == 0 else "\n")


def _padding_unit(text: str) -> str:
    """The one padding, blank and tab mixed, that every run of blanks is made of; else empty."""
    if " \t" not in text and "\t " not in text:
        return ""
    counts = Counter(m.group(1) for m in islice(_PADDING.finditer(text), _MAX_LOOKED_AT))
    unit, number = counts.most_common(1)[0] if counts else ("", 0)
    if number < _MIN_PADDED or " " not in unit or "\t" not in unit:
        return ""
    num_units = text.count(unit)
    num_stray = text.count(" ") + text.count("\t") - num_units * len(unit)
    return unit if num_stray <= _STRAY_SHARE * num_units else ""
