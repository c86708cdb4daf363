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
from assay_judge.reading.json_object import first_object
from assay_judge.reading.outline import DIGITS

_SCORES = compile_pattern(r'"scores"\s*:\s*\{')
_DIGIT = compile_pattern(r'"([a-z][a-z0-9_]*)"\s*:\s*([1-5])\s*[,}]')
_MAX_LOGPROB = 1e-3  # float noise above log(1)


def digit_reads(
    generation: Generation, names: Sequence[str], *, is_masked: bool = True
) -> Mapping[str, LabelRead]:
    """Return the distribution of each name's digit in the object `scores` of an answer.

    Behind a grammar's mask the labels hold all that is left, and their true mass is not seen; so
    `mass` is None there, else the sum of the probabilities.

    Raises:
        JudgeBackendError: code `malformed`; a digit is missing, doubled or no token of its own, as
            where a tokenizer joins it with the mark before it.
    """
    body = b"".join(token.text for token in generation.tokens)
    tokens_at = _tokens_by_offset(generation.tokens)
    offsets = _digit_offsets(body.decode("latin-1"), names)  # a character a byte
    reads = {}
    for name, offset in offsets.items():
        token = tokens_at.get(offset)
        if token is None or len(token.text) != 1:
            raise _malformed(f"the score of {name} as a token of its own", "another division")
        reads[name] = _read(token, is_masked=is_masked)
    return reads


def _digit_offsets(body: str, names: Sequence[str]) -> Mapping[str, int]:
    """Offsets of the digits in the answer's `scores`, by name and in the order of `names`."""
    found_object = first_object(body)
    answer = body[found_object.start : found_object.end]
    starts = [match.end() for match in _SCORES.finditer(answer)]
    if not starts:
        raise _malformed("scores among the tokens", "none")
    found: dict[str, list[Match]] = {name: [] for name in names}
    for match in _DIGIT.finditer(answer[starts[-1] :]):
        found.get(match.group(1), []).append(match)
    for name, matches in found.items():
        if len(matches) != 1:
            raise _malformed(f"one digit in scores.{name}", f"{len(matches)}")
    begin = found_object.start + starts[-1]
    return {name: begin + matches[0].start(2) for name, matches in found.items()}


def _tokens_by_offset(tokens: Sequence[Token]) -> dict[int, Token]:
    offset, found = 0, {}
    for token in tokens:
        if token.text:
            found[offset] = token
        offset += len(token.text)
    return found


def _read(token: Token, *, is_masked: bool) -> LabelRead:
    chances = {digit: _probability(token.logprobs.get(digit)) for digit in DIGITS}
    if not any(chances.values()):
        raise _malformed("logprobs of the five digits", "none")
    return LabelRead(chances, None if is_masked else math.fsum(chances.values()))


def _probability(logprob: float | None) -> float:
    if logprob is None:
        return 0.0
    if not logprob <= _MAX_LOGPROB:  # NaN fails too
        raise _malformed("a logprob of at most 0", f"{logprob:.3f}")
    return math.exp(logprob)


def _malformed(expected: str, found: str) -> JudgeBackendError:
    return JudgeBackendError(
        f"expected {expected}, found {found}; the server's tokens do not show it", "malformed"
    )
