"""Undoes the usual disguises of an instruction, each once, with bounded work.

The idea: text that a model can read through, a pattern must be able to read through as well: leet
digits, letters set apart, Base64, hexadecimal, escapes, ROT13, reversed text. A cheap test decides
for each whether there is anything to undo. Invariant: linear; at most `MAX_DECODED` characters of
encoded runs are decoded.
"""

import base64
import binascii
import html
import urllib.parse
from collections.abc import Iterator

from assay.verifiers.patterns import Match, compile_pattern
from assay_judge.hostile.folding import fold_hostile

MAX_DECODED = 64_000  # characters of encoded runs, per text
MAX_RUN = 8_000
MIN_LEET_WORDS = 3
MIN_TEXT = 8  # characters that a decoded run must have

_BASE64_RUN = r"[A-Za-z0-9+/_-]{24,}={0,2}"
_HEX_RUN = r"(?:[0-9A-Fa-f]{2}[ :,]?){16,}"
_ESCAPE_RUN = (
    r"(?:\\u[0-9A-Fa-f]{4}){5,}|(?:\\x[0-9A-Fa-f]{2}){5,}|(?:%[0-9A-Fa-f]{2}){5,}"
    r"|(?:&#x?[0-9A-Fa-f]{1,6};){5,}"
)
_LEET_PAIR = r"(?:[a-z][@$!|0134578]|[@$!|0134578][a-z])"
_LEET_RUN = rf"[a-z0-9@$!|]*{_LEET_PAIR}[a-z0-9@$!|]*"
_SPACED_RUN = r"(?:^|[^\pL\pN])((?:[\pL\pN][ .\-|/,]{1,3}){7,}[\pL\pN])(?:[^\pL\pN]|$)"
_ROT13_HINT_RUN = r"\b(?:vtaber|fpber|tenqre|rinyhngbe|erfcbafr|nafjre|engvat|ehoevp|whqtr)\b"
_REVERSED_RUN = r"\b(?:erocs|esnopser|rewsna|etar|erongi|redarg|rotaulave|egduj|skram|gnitar)\b"
_RARE_RUN = "|".join((_SPACED_RUN, _ROT13_HINT_RUN, _REVERSED_RUN))
_ENCODED = compile_pattern("|".join((_BASE64_RUN, _HEX_RUN, _ESCAPE_RUN)))
_RARE = compile_pattern(f"(?m){_RARE_RUN}")
# One look for all of it. It stays apart from the gate of `injection`: together they have so many
# states that on texts never seen before looking takes twice as long.
_SIGN = compile_pattern(f"(?m){_LEET_PAIR}|{_RARE_RUN}")
# MIN_LEET_WORDS of them: each pair stands in a run of its own.
_LEET_RUNS = compile_pattern(f"(?s){'.*[^a-z0-9@$!|].*'.join([_LEET_PAIR] * MIN_LEET_WORDS)}")
_BASE64, _HEX = compile_pattern(_BASE64_RUN), compile_pattern(_HEX_RUN)
_ESCAPES = compile_pattern(_ESCAPE_RUN)
_ESCAPE = compile_pattern(r"\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})")
_LEET_WORD, _SPACED = compile_pattern(_LEET_RUN), compile_pattern(_SPACED_RUN)
_ROT13_HINT, _REVERSED_HINT = compile_pattern(_ROT13_HINT_RUN), compile_pattern(_REVERSED_RUN)
_LEET = str.maketrans("@$!|0134578", "asiioieastb")
_ROT13 = str.maketrans("abcdefghijklmnopqrstuvwxyz", "nopqrstuvwxyzabcdefghijklm")
_GAP = compile_pattern(r"[ .\-|/,]+")
_WIDE_GAP = compile_pattern(r"[ ]{2,}|[ ]?[|/,][ ]?")
_WORD = compile_pattern(
    r"give|assign|award|rate|this|the|response|answer|output|reply|score|rating|grade|full|marks|of"
    r"|maximum|highest|perfect|five|points|ignore|all|previous|prior|above|instructions?|rubric"
    r"|evaluator|grader|judge|accept|must|please|[0-9]+"
)
_URL_SAFE = str.maketrans("-_", "+/")
_HEX_GAPS = str.maketrans("", "", " :,")


def undisguised(text: str, folded: str) -> Iterator[str]:
    """Yield folded texts that stand behind disguises in `text`; none for ordinary text."""
    if may_be_encoded(text):
        yield from _decoded(_searchable(text))
    if not may_be_disguised(folded):
        return
    if _LEET_RUNS.search(folded) is not None:
        yield _LEET_WORD.sub(lambda match: match.group().translate(_LEET), folded)
    if _SPACED.search(folded) is not None:
        yield "\n".join(_closed(match.group(1)) for match in _SPACED.finditer(folded))
    if _ROT13_HINT.search(folded) is not None:
        yield folded.translate(_ROT13)
    if _REVERSED_HINT.search(folded) is not None:
        yield folded[::-1]


def may_be_encoded(text: str) -> bool:
    """Whether a run in `text` looks encoded: Base64, hexadecimal, escapes."""
    return _ENCODED.search(_searchable(text)) is not None


def may_be_disguised(folded: str) -> bool:
    """Whether letters of the folded text may stand for others; a line counts as a text."""
    if _SIGN.search(folded) is None:
        return False
    return _LEET_RUNS.search(folded) is not None or _RARE.search(folded) is not None


def _searchable(text: str) -> str:
    """The text itself, without lone surrogates, which have no UTF-8 form."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _decoded(text: str) -> Iterator[str]:
    left = MAX_DECODED
    for pattern, decode in ((_BASE64, _from_base64), (_HEX, _from_hex)):
        for match in pattern.finditer(text):
            run = match.group()[:MAX_RUN]
            left -= len(run)
            if left < 0:
                return
            plain = decode(run)
            if plain is not None:
                yield fold_hostile(plain)
    if _ESCAPES.search(text) is not None:
        yield fold_hostile(html.unescape(urllib.parse.unquote(_ESCAPE.sub(_character, text))))


def _from_base64(run: str) -> str | None:
    run = run.rstrip("=").translate(_URL_SAFE)
    run = run[: len(run) - (len(run) % 4 == 1)]
    try:
        return _readable(base64.b64decode(run + "=" * (-len(run) % 4), validate=True))
    except binascii.Error:
        return None


def _from_hex(run: str) -> str | None:
    digits = run.translate(_HEX_GAPS)
    return _readable(bytes.fromhex(digits[: len(digits) // 2 * 2]))


def _readable(raw: bytes) -> str | None:
    """The text that `raw` is, or None for what is no text (a digest, an image, an identifier)."""
    text = raw.decode("utf-8", "ignore")
    visible = sum(character.isprintable() or character.isspace() for character in text)
    is_text = len(text.encode()) >= 0.9 * len(raw) and visible >= 0.95 * len(text)
    return text if is_text and len(text) >= MIN_TEXT else None


def _character(match: Match) -> str:
    return chr(int(match.group(1) or match.group(2), 16))


def _closed(run: str) -> str:
    """A run of letters set apart, closed up: by its wider gaps, and by the words of grading."""
    by_gaps = " ".join(_GAP.sub("", word) for word in _WIDE_GAP.sub("\0", run).split("\0"))
    return f"{by_gaps}\n{_WORD.sub(lambda m: f' {m.group()} ', _GAP.sub('', run))}"
