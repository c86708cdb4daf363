"""Finds the score digits of a generated text among its tokens, by bytes.

A server gives logprobs per token, the form gives the place of each digit in the text; a digit
counts only where one token is exactly that digit, for then the logprobs at that token are those of
the score. A text within the answer cannot pass for a score, for its quotation marks are escaped;
neither can one before or after the answer, for only the first object is looked at.
"""

import math
from collections.abc import Mapping, Sequence

from assay.domain.errors import JudgeBackendError
from assay.verifiers.patterns import Match, compile_pattern
from assay_judge.backend.contract import Generation, LabelRead, Token
from assay_judge.reading.json_object import Span, first_object
from assay_judge.reading.outline import DIGITS

_SCORES = compile_pattern(r'"scores"\s*:\s*\{')
_COMPACT_SCORES = '"scores":{'
_DIGIT = compile_pattern(r'"([a-z][a-z0-9_]*)"\s*:\s*([1-5])\s*[,}]')
_MAX_LOGPROB = 1e-3  # float noise above log(1)


def digit_reads(
    generation: Generation,
    names: Sequence[str],
    *,
    span: Span | None = None,
    is_masked: bool = True,
) -> Mapping[str, LabelRead]:
    """Return the distribution of each name's digit in the object `scores` of an answer.

    Behind a grammar's mask the labels hold all that is left, and their true mass is not seen; so
    `mass` is None there, else the sum of the probabilities. `span` is the answer's in the text,
    where that has been read already.

    Raises:
        JudgeBackendError: code `malformed`; a digit is missing, doubled or no token of its own, as
            where a tokenizer joins it with the mark before it.
    """
    tokens_at = _tokens_by_offset(generation.tokens)
    reads = {}
    for name, offset in _digit_offsets(generation, names, span).items():
        token = tokens_at.get(offset)
        if token is None or len(token.text) != 1:
            raise _malformed(f"the score of {name} as a token of its own", "another division")
        reads[name] = _read(token, is_masked=is_masked)
    return reads


def _digit_offsets(
    generation: Generation, names: Sequence[str], span: Span | None
) -> Mapping[str, int]:
    """Byte offsets of the digits in the answer's `scores`, by name and in the order of `names`."""
    body = b"".join([token.text for token in generation.tokens])
    text = generation.text
    if body != _encoded(text):
        text, span = body.decode("latin-1"), None  # a character a byte
    start, end = span or first_object(text).span
    answer = text[start:end]
    places = _compact_places(answer, names) or _places(answer, names)
    if len(body) == len(text):
        return {name: start + place for name, place in places.items()}
    return {name: len(_encoded(text[: start + place])) for name, place in places.items()}


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def _compact_places(answer: str, names: Sequence[str]) -> Mapping[str, int]:
    """Offsets of the digits where a JSON object ends with `scores` as a grammar has it, else none.

    Saves two searches by pattern (15 us); what is written in any other way is left to them.
    """
    _, mark, scores = answer.rpartition(_COMPACT_SCORES)
    begin = len(answer) - len(scores)
    places, end = {}, 0
    for name in names if mark else ():
        key = f'"{name}":'
        place = end + len(key)
        if not scores.startswith(key, end) or scores[place] not in DIGITS:
            return {}
        places[name] = begin + place
        end = place + len("4,")  # a comma, for it is JSON
    return places if scores[end - 1 :] == "}}" else {}


def _places(answer: str, names: Sequence[str]) -> Mapping[str, int]:
    """Offsets of the digits in the last object `scores` of an answer, however it is written."""
    starts = [match.end() for match in _SCORES.finditer(answer)]
    if not starts:
        raise _malformed("scores among the tokens", "none")
    found: dict[str, list[Match]] = {name: [] for name in names}
    for match in _DIGIT.finditer(answer[starts[-1] :]):
        found.get(match.group(1), []).append(match)
    for name, matches in found.items():
        if len(matches) != 1:
            raise _malformed(f"one digit in scores.{name}", f"{len(matches)}")
    return {name: starts[-1] + matches[0].start(2) for name, matches in found.items()}


def _tokens_by_offset(tokens: Sequence[Token]) -> dict[int, Token]:
    offset, found = 0, {}
    for token in tokens:
        if token.text:
            found[offset] = token
        offset += len(token.text)
    return found


def _read(token: Token, *, is_masked: bool) -> LabelRead:
    told, chances = token.logprobs, {}
    for digit in DIGITS:
        logprob = told.get(digit)
        if logprob is None:
            chances[digit] = 0.0
        elif logprob <= _MAX_LOGPROB:
            chances[digit] = math.exp(logprob)
        else:  # NaN too
            raise _malformed("a logprob of at most 0", f"{logprob:.3f}")
    if not any(chances.values()):
        raise _malformed("logprobs of the five digits", "none")
    return LabelRead(chances, None if is_masked else math.fsum(chances.values()))


def _malformed(expected: str, found: str) -> JudgeBackendError:
    return JudgeBackendError(
        f"expected {expected}, found {found}; the server's tokens do not show it", "malformed"
    )
