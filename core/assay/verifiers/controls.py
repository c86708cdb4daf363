r"""Characters that nobody sees: controls, terminal escapes, invisible and direction marks.

`strip_controls` removes them everywhere, code included, and makes every line end `\n`. What a
script or an emoji needs stays: joiners in Arabic, Indic and emoji sequences, word breaks in Thai
and its neighbours, direction marks in right-to-left text (but never overrides, which forge text).
Source: Unicode Standard chapter 23, UAX 9 and 31, ECMA-48 for escapes.
"""

from assay.verifiers.patterns import compile_pattern

_ASCII_REMOVED = bytes((*range(0x09), *range(0x0E, 0x20), 0x7F))
_ASCII_SEEN = bytes((0x09, 0x0A, *range(0x20, 0x7F)))
_MAX_ESCAPES = 20_000  # a text with more is no terminal output: only the escapes themselves go
_ESCAPE = compile_pattern(
    r"(?:\x1b\[|\x{9B})[0-?]{0,40}[ -/]{0,8}[@-~]|\x1b\][^\x07\x1b\n]{0,500}(?:\x07|\x1b\\)"
    r"|\x1b[ -/]?[0-~]"
)
_BREAKS = ("\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029")
_REMOVED = dict.fromkeys(
    (
        *range(0x09),
        *range(0x0E, 0x20),
        *range(0x7F, 0xA0),
        0xAD,
        0x180E,
        *range(0x2060, 0x2066),
        0x202D,
        0x202E,
        *range(0x206A, 0x2070),
        *range(0xFDD0, 0xFDF0),
        0xFEFF,
        *range(0xFFF9, 0xFFFC),
        0xFFFE,
        0xFFFF,
    )
)
_DIRECTION = dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202D), *range(0x2066, 0x206A)))
_RIGHT_TO_LEFT = compile_pattern(
    r"[\x{590}-\x{8FF}\x{FB1D}-\x{FDCF}\x{FDF0}-\x{FDFF}\x{FE70}-\x{FEFC}]"
)
_JOINERS = ("\u200b", "\u200c", "\u200d")
_TAGS = dict.fromkeys(range(0xE0000, 0xE0080))
_FLAG = "\U0001f3f4"  # the black flag begins an emoji that is spelled with tag characters
_WORD_BREAK_SCRIPTS = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF))  # Thai to Khmer


def has_controls(text: str) -> bool:
    """Cheap test: False for nearly all clean text, in any script."""
    if text.isascii():
        return bool(text.encode("ascii").translate(None, _ASCII_SEEN))
    visible = text.replace("\n", "")
    if visible.isprintable():
        return False
    for blank in ("\t", "\xa0", "\u3000"):
        visible = visible.replace(blank, "")
    return not visible.isprintable()


def strip_controls(text: str) -> str:
    """Return `text` without invisible characters, line ends as line feeds."""
    if not has_controls(text):
        return text
    if ("\x1b" in text or "\x9b" in text) and text.count("\x1b") < _MAX_ESCAPES:
        text = _ESCAPE.sub("", text)
    for line_end in _BREAKS:
        text = text.replace(line_end, "\n")
    if not has_controls(text):
        return text
    if text.isascii():
        return text.encode("ascii").translate(None, _ASCII_REMOVED).decode("ascii")
    text = text.translate(_REMOVED)
    if _RIGHT_TO_LEFT.search(text) is None:
        text = text.translate(_DIRECTION)
    if _FLAG not in text:
        text = text.translate(_TAGS)
    for mark in _JOINERS:
        if mark in text:
            text = _strip_joiner(text, mark)
    return text


def count_controls(text: str) -> int:
    """Number of characters that `strip_controls` takes away; a CRLF counts as none."""
    if not has_controls(text):
        return 0
    text = text.replace("\r\n", "\n")
    return len(text) - len(strip_controls(text))


def _strip_joiner(text: str, mark: str) -> str:
    pieces = text.split(mark)
    parts = [pieces[0]]
    left = pieces[0][-1:]
    for piece in pieces[1:]:
        if _is_needed(mark, left, piece[:1]):
            parts.append(mark)
        parts.append(piece)
        left = piece[-1:] or left
    return "".join(parts)


def _is_needed(mark: str, left: str, right: str) -> bool:
    if not left or not right:
        return False
    if mark == "\u200b":
        return any(low <= ord(left) <= high for low, high in _WORD_BREAK_SCRIPTS)
    return _is_joining(left) or (mark == "\u200d" and _is_emoji(left) and _is_emoji(right))


def _is_joining(character: str) -> bool:
    """Arabic to Myanmar, Khmer, Mongolian: scripts whose shapes depend on joiners."""
    return 0x0590 <= ord(character) <= 0x109F or 0x1780 <= ord(character) <= 0x18AF


def _is_emoji(character: str) -> bool:
    code = ord(character)
    return code >= 0x1F000 or code == 0xFE0F or 0x2190 <= code <= 0x2BFF
