r"""One form for the digits, signs and letters of all scripts: NFKC, and what NFKC gets wrong.

NFKC alone would read 2½ as 21/2 and 10⁵ as 105, so fractions and raised or lowered characters are
written out before it. The Arabic decimal and thousands marks stay: `numbers` knows what they mean.
Sources: UAX 15, the Unicode categories Nd and No.
"""

from itertools import groupby
from unicodedata import decimal, decomposition, normalize

_MINUS = "\u2010\u2011\u2012\u2013\u2014\u2212\ufe58\ufe63\uff0d\u207b\u208b"
_INVISIBLE = (
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    0x2060,
    *range(0x2066, 0x206A),
    0xFEFF,
    0x061C,
    0x00AD,
)  # direction marks around Arabic numbers, zero-width blanks


class _Digits(dict[int, str]):
    """Every decimal digit of Unicode as the ASCII one; learns as it meets them."""

    def __missing__(self, codepoint: int) -> str:
        character = chr(codepoint)
        value = decimal(character, None)
        folded = self[codepoint] = character if value is None else str(value)
        return folded


_FOLDS = _Digits({**dict.fromkeys(_INVISIBLE, ""), **dict.fromkeys(map(ord, _MINUS), "-")})


def fold_digits(text: str) -> str:
    r"""Return `text` in NFKC with ASCII digits, signs and fractions, without invisible characters.

    A raised run becomes `^{..}`, a lowered one `_{..}`, and a fraction character `n/d` (after a
    digit with a blank before it, so that 2½ is `2 1/2`).
    """
    if text.isascii():
        return text
    written = "".join(_write_out(kind, "".join(run)) for kind, run in groupby(text, _kind))
    return normalize("NFKC", written).translate(_FOLDS)


def _kind(character: str) -> str:
    """`fraction`, `super`, `sub`, or nothing for a character that NFKC folds well."""
    if character.isascii():
        return ""
    tag = decomposition(character).partition(">")[0][1:]
    if tag == "fraction" and "2044" in decomposition(character):
        return tag
    is_written_out = tag in ("super", "sub") and character not in "\u2122\u2120"  # TM, SM
    return tag if is_written_out else ""


def _write_out(kind: str, run: str) -> str:
    if not kind:
        return run
    plain = normalize("NFKC", run)
    if kind == "fraction":
        return " " + " ".join(normalize("NFKC", c) for c in run).replace("\u2044", "/")
    if plain in ("o", "a"):  # ordinal marks: 1º
        return plain
    return f"{'^' if kind == 'super' else '_'}{{{plain}}}"
