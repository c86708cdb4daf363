"""Mojibake: UTF-8 that was read as an 8-bit code page, and how to take that back.

A damaged character is a *sequence*: the characters that a code page shows for one UTF-8 lead byte
and its continuation bytes. An accented letter before a quote or a dash spells a sequence too, so a
text is repaired only where one *strong* sequence proves the damage: one that decodes to a character
in use and whose continuation is more than quotes, dashes, ellipses or superscripts. Repair is
repeated for double damage. Invariant: text without a strong sequence is returned as it is.

Deciding by strict UTF-8 decoding is ftfy's idea (R. Speer). Its wide search over code pages was
measured to turn half-lost Chinese into other Chinese, so pages are tried one at a time here.
"""

from dataclasses import dataclass
from itertools import islice

from assay.verifiers.patterns import Match, Pattern, compile_pattern

_MAX_ROUNDS = 3  # triple damage is seen in scraped forums; deeper is not
_MAX_CANDIDATES = 1000  # strong sequences looked at for one that decodes
_MIN_PAIRS = 3  # pages other than CP1252: two-byte sequences alone need this many

_WEAK = "‘’‚“”„‹›«»–—…™\xa0¹²³"  # natural neighbours of an accented letter
_WEAK_AFTER_A = (
    "‘’‚“”„‹›«»–—…"  # after Â and Ã, which are hardly ever followed by a space or figure
)
_AUTO_TYPED = frozenset("‘’“\xa0–—…•")  # what editors put into English text by themselves
_CURLY = str.maketrans({"‘": "'", "’": "'", "“": '"', "\xa0": " "})

# Scripts, punctuation and symbols in use; IPA, Armenian, Syriac and the like are what quotes after
# accented capitals decode to.
_IN_USE = (
    r"\x{A0}-\x{17F}\x{192}\x{1A0}\x{1A1}\x{1AF}\x{1B0}\x{2C6}\x{2DC}\x{300}-\x{304}\x{384}-\x{3CE}"
    r"\x{400}-\x{45F}\x{490}\x{491}\x{5D0}-\x{5EA}\x{600}-\x{6FF}\x{900}-\x{DFF}\x{E00}-\x{E7F}"
    r"\x{1E00}-\x{1EFF}\x{2000}-\x{209F}\x{20A0}-\x{20BF}\x{2100}-\x{27BF}\x{2B00}-\x{2BFF}"
    r"\x{3000}-\x{9FFF}\x{AC00}-\x{D7A3}\x{FE0F}\x{FEFF}\x{FF00}-\x{FFFD}"
    r"\x{1F000}-\x{1FAFF}\x{20000}-\x{2FFFF}"
)
_UNUSED = compile_pattern(rf"[^\x00-\x{{9F}}{_IN_USE}]")
_LOST_QUOTE = compile_pattern(r"â€\x{9D}?")  # 0x9D has no character in CP1252 and gets lost
_LOST_SPACE = compile_pattern(r"(^|[\pLl\pP\s])Â ")
_LOST_A_GRAVE = compile_pattern(r"(^|[\pLl\s])Ã  ?")
_RESIDUE = compile_pattern(r"[ÂÃâ-ï](?:[\x{80}-\x{9F}¡-ª¬-±´-¸º¼-¿€ƒ†‡ˆ‰ŠŒŽ•˜™šœžŸ])|ï¿½|â€")
_C1 = {code: bytes([code]).decode("cp1252", "ignore") or chr(code) for code in range(0x80, 0xA0)}


@dataclass(frozen=True, slots=True)
class _Page:
    """A code page: `byte_of` maps its characters to Latin-1 ones of the same byte."""

    byte_of: dict[int, str]
    pair: str
    run: Pattern
    strong: Pattern
    weak_pair: Pattern


def _class(characters: str) -> str:
    return "[" + "".join(f"\\x{{{ord(c):X}}}" for c in characters) + "]"


def _page(codec: str, *, is_default: bool = False) -> _Page:
    byte_of: dict[int, str] = {}
    for byte in range(0x80, 0xF5):
        character = bytes([byte]).decode(codec, "ignore")
        if character:
            byte_of[ord(character)] = chr(byte)
        if is_default:
            byte_of[byte] = chr(byte)  # Latin-1 leaves C1 controls where CP1252 has punctuation

    def pick(low: int, high: int, without: str = "") -> str:
        found = (chr(c) for c, b in byte_of.items() if low <= ord(b) <= high)
        return _class("".join(c for c in found if c not in without))

    tail, sure = pick(0x80, 0xBF), pick(0x80, 0xBF, _WEAK)
    long = f"{pick(0xE0, 0xEF)}{tail}{{2}}|{pick(0xF0, 0xF4)}{tail}{{3}}"
    if is_default:
        strong = (
            f"[ÂÃ]{pick(0x80, 0xBF, _WEAK_AFTER_A)}|[ÄÅ]{sure}|(?:{pick(0xC6, 0xDF)}{sure}){{2}}"
            f"|{pick(0xE0, 0xEF)}(?:{sure}{tail}|{tail}{sure})|{pick(0xF0, 0xF4)}{tail}{{3}}"
        )
    else:
        strong = long
    return _Page(
        byte_of,
        pick(0xC2, 0xF4) + tail,
        compile_pattern(f"(?:{pick(0xC2, 0xDF)}{tail}|{long})+"),
        compile_pattern(strong),
        compile_pattern(f"{pick(0xC3, 0xC5)}{tail}"),
    )


_CP1252 = _page("cp1252", is_default=True)
_OTHER_PAGES = tuple(_page(codec) for codec in ("cp1250", "mac_roman", "cp1251", "cp437"))
_PAGES = (_CP1252, *_OTHER_PAGES)
_GATE = compile_pattern("|".join(page.pair for page in _PAGES) + r"|[\x{80}-\x{9F}]|Â ")


def may_have_mojibake(text: str) -> bool:
    """One pass that is False for nearly all clean text: no two characters spell UTF-8 bytes."""
    return not text.isascii() and _GATE.search(text) is not None


def repair_mojibake(text: str) -> str:
    """Return `text` with wrongly decoded UTF-8 decoded rightly; unchanged when none is proved."""
    if not may_have_mojibake(text):
        return text
    repaired = text
    for _ in range(_MAX_ROUNDS):
        once = _repair_once(repaired)
        if once == repaired:
            break
        repaired = once
    if repaired != text:
        return _plain_typography(_recover_lost(repaired))
    return _without_lost_spaces(text)


def repair_c1(text: str) -> str:
    """Turn stray C1 controls into the CP1252 punctuation that they stand for, where there is one.

    NEL (U+0085) is an ellipsis there; controls without a CP1252 character stay for others to drop.
    """
    return text if text.isascii() else text.translate(_C1)


def count_mojibake(text: str) -> int:
    """How many characters `text` has too many because of damage that can be repaired."""
    return max(0, len(text) - len(repair_mojibake(text)))


def count_residue(text: str) -> int:
    """Number of places where bytes of UTF-8 still show, beyond repair because some were lost."""
    if text.isascii():
        return 0
    return sum(1 for _ in islice(_RESIDUE.finditer(text), _MAX_CANDIDATES))


def _repair_once(text: str) -> str:
    for page in _PAGES:
        if _is_damaged(text, page):
            return _decode_all(text, page)
    return text


def _is_damaged(text: str, page: _Page) -> bool:
    for match in islice(page.strong.finditer(text), _MAX_CANDIDATES):
        decoded = _decode(match.group(), page)
        if decoded is not None and (page is _CP1252 or not decoded.isalpha()):
            return True
    return page is not _CP1252 and _is_full_of_pairs(text, page)


def _is_full_of_pairs(text: str, page: _Page) -> bool:
    """Accented Latin letters alone prove the damage when they are most of the foreign text."""
    num_pairs = sum(
        (decoded := _decode(m.group(), page)) is not None and decoded.isalpha()
        for m in islice(page.weak_pair.finditer(text), _MAX_CANDIDATES)
    )
    if num_pairs < _MIN_PAIRS:
        return False
    num_foreign = sum(not c.isascii() for c in islice(text, 100 * _MAX_CANDIDATES))
    return 4 * num_pairs >= min(num_foreign, _MAX_CANDIDATES)


def _decode_all(text: str, page: _Page) -> str:
    whole = _decode(text, page)  # strict, so it fails where one sequence is broken
    return page.run.sub(lambda m: _decode_run(m, page), text) if whole is None else whole


def _decode_run(match: Match, page: _Page) -> str:
    raw = match.group()
    whole = _decode(raw, page)
    if whole is not None:
        return whole
    parts: list[str] = []
    position = 0
    while position < len(raw):
        step = _sequence_length(page.byte_of[ord(raw[position])])
        sequence = raw[position : position + step]
        parts.append(_decode(sequence, page) or sequence)
        position += step
    return "".join(parts)


def _sequence_length(lead: str) -> int:
    return 2 if lead < "\xe0" else 3 if lead < "\xf0" else 4


def _decode(raw: str, page: _Page) -> str | None:
    try:
        decoded = raw.translate(page.byte_of).encode("latin-1").decode("utf-8")
    except UnicodeError:  # a foreign character, an overlong form, a surrogate: not these bytes
        return None
    return decoded if _UNUSED.search(decoded) is None else None


def _recover_lost(text: str) -> str:
    """Restore sequences of a damaged text that lost a byte on the way, where only one fits."""
    text = _LOST_QUOTE.sub(lambda _: "”", text)
    text = _LOST_A_GRAVE.sub(lambda m: f"{m.group(1)}à ", text)
    return _without_lost_spaces(text)


def _without_lost_spaces(text: str) -> str:
    """A no-break space whose second half became a blank."""
    return _LOST_SPACE.sub(lambda m: f"{m.group(1)} ", text) if "Â " in text else text


def _plain_typography(text: str) -> str:
    """Give ASCII quotes and spaces to a text whose only foreign characters are a quote's halves.

    Opening quotes that nothing closes and no accented letter: the author wrote ASCII, and a
    converter put the curly forms in before the damage.
    """
    foreign = {c for c in text if not c.isascii()}
    return text.translate(_CURLY) if foreign <= _AUTO_TYPED else text
