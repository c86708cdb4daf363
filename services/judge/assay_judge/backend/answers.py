"""Reads a server's chat answers. What is not as it should be is `malformed`, never guessed.

Bytes of tokens: vLLM 0.32 gives a character that spans several tokens whole at its last token and
nothing at those before, then the end-of-turn token; but of some rare sequences it shows another
character than the text has (measured). Hence tokens are matched to the text from both ends.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import Usage
from assay_judge.backend.contract import Generation, LabelRead, ReadingKind, Token
from assay_judge.backend.dialect import Dialect
from assay_judge.backend.failures import malformed
from assay_judge.backend.parsing import alternatives_of
from assay_judge.backend.transport import Answer

NO_LOGPROBS: Mapping[str, float] = {}
AROUND_LABELS = " \t\n\"'`*.:,"  # what models put around a label they write


def generation_of(answer: Answer, labels: Sequence[str] = ()) -> Generation:
    """Read one text. Tokens that are no label carry no logprobs, and those in a row are one.

    Raises:
        JudgeBackendError: code `malformed`.
    """
    try:
        choice = answer.document["choices"][0]
        text = _text(choice["message"]["content"])
        finish_reason = _text(choice["finish_reason"]) or "unknown"
        positions = (choice.get("logprobs") or {}).get("content") or ()
        tokens = _tokens(text, positions, labels) if labels and positions else ()
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise _malformed(error) from error
    return Generation(text, finish_reason, tokens, usage_of(answer))


def reads_of(
    answer: Answer, labels: Sequence[Sequence[str]], kind: ReadingKind, dialect: Dialect
) -> tuple[LabelRead, ...]:
    """Read the next token of as many conversations as `labels` has entries, in their order.

    Raises:
        JudgeBackendError: code `malformed`; also when a conversation has no answer.
    """
    try:
        by_index = {choice["index"]: choice for choice in answer.document["choices"]}
        return tuple(
            _read(by_index[index], asked, kind, dialect) for index, asked in enumerate(labels)
        )
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise _malformed(error) from error


def usage_of(answer: Answer) -> Usage:
    """Read what an answer cost; a server that does not count gives zeros.

    Raises:
        JudgeBackendError: code `malformed`.
    """
    try:
        told = answer.document.get("usage") or {}
        cached = (told.get("prompt_tokens_details") or {}).get("cached_tokens")
        return Usage(
            num_calls=1,
            num_retries=answer.num_retries,
            num_prompt_tokens=told.get("prompt_tokens") or 0,
            num_cached_tokens=cached,
            num_completion_tokens=told.get("completion_tokens") or 0,
            milliseconds=answer.milliseconds,
        )
    except (AttributeError, TypeError, ValueError) as error:
        what = f"a usage that is none ({type(error).__name__})"
        raise malformed(what).as_error(1) from error


def _text(told: Any) -> str:
    """Return the text; none at all (a model that only thought aloud) is an empty one."""
    text = told or ""
    if not isinstance(text, str):
        raise TypeError("expected a text")
    return text


def _tokens(
    text: str, positions: Sequence[Mapping[str, Any]], labels: Sequence[str]
) -> tuple[Token, ...]:
    """Return the tokens that are labels, and what stands between them as one token each."""
    written = text.encode()
    size = len(written)
    known = frozenset(labels)
    tokens: list[Token] = []
    start = end = 0
    for position in positions:
        if end >= size:
            break
        token = position["token"]
        if token in known:
            if not written.startswith(token.encode(), end):
                return _aligned(written, positions, known)
            if end > start:
                tokens.append(Token(written[start:end], NO_LOGPROBS))
            start = end + len(token.encode())
            tokens.append(Token(written[end:start], _of_labels(position, known)))
        told = position.get("bytes")
        end += len(told) if told is not None else len(token.encode())
    if end != size:
        return _aligned(written, positions, known)
    if size > start:
        tokens.append(Token(written[start:], NO_LOGPROBS))
    return tuple(tokens)


def _bytes(position: Mapping[str, Any]) -> Sequence[int]:
    told: list[int] | None = position.get("bytes")
    return position["token"].encode() if told is None else told


def _aligned(
    text: bytes, positions: Sequence[Mapping[str, Any]], labels: frozenset[str]
) -> tuple[Token, ...]:
    """Return tokens that match the text from either end, and what is between them as one."""
    tokens = [
        Token(
            bytes(_bytes(position)),
            _of_labels(position, labels) if position["token"] in labels else NO_LOGPROBS,
        )
        for position in positions
    ]
    while tokens and not text.endswith(tokens[-1].text):
        tokens.pop()  # the end of the turn, which is not part of the text
    first = start = 0
    while first < len(tokens) and text.startswith(tokens[first].text, start):
        start += len(tokens[first].text)
        first += 1
    last, end = len(tokens), len(text)
    while last > first and text.endswith(tokens[last - 1].text, start, end):
        last -= 1
        end -= len(tokens[last].text)
    between = (Token(text[start:end], NO_LOGPROBS),) if end > start else ()
    return (*tokens[:first], *between, *tokens[last:])


def _of_labels(position: Mapping[str, Any], labels: frozenset[str]) -> dict[str, float]:
    logprobs: dict[str, float] = {}
    for other in alternatives_of(position):
        label, logprob = other.token, other.logprob
        # the likelier of two tokens that are written alike (at a word's start and inside it)
        if label in labels and logprob > logprobs.get(label, -math.inf):
            logprobs[label] = logprob
    return logprobs


def _read(
    choice: Mapping[str, Any], labels: Sequence[str], kind: ReadingKind, dialect: Dialect
) -> LabelRead:
    if kind is ReadingKind.SAMPLED:
        chosen = _chosen(_text(choice["message"]["content"]), labels)
        return LabelRead({label: float(label == chosen) for label in labels}, None, is_sampled=True)
    others = choice["logprobs"]["content"][0]["top_logprobs"]
    if kind is ReadingKind.TOKEN_IDS:
        logprobs = {t["token"]: t["logprob"] for t in others}
        shown = dialect.shown
        probabilities = {label: math.exp(logprobs[shown[label]]) for label in labels}
    else:
        probabilities = _among(others, labels)
    return LabelRead(probabilities, min(1.0, math.fsum(probabilities.values())))


def _among(others: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> dict[str, float]:
    """Add up every way to write a label: ` 5` and `5`, `Yes` and `yes`."""
    if not others:
        raise ValueError("no top logprobs")
    written = {label.casefold(): label for label in labels}
    probabilities = dict.fromkeys(labels, 0.0)
    for other in others:
        label = written.get(other["token"].strip(AROUND_LABELS).casefold())
        if label is not None:
            probabilities[label] += math.exp(other["logprob"])
    return probabilities


def _chosen(text: str, labels: Sequence[str]) -> str:
    words = text.strip(AROUND_LABELS).casefold()
    for label in labels:
        rest = words.removeprefix(label.casefold())
        if rest != words and not rest[:1].isalnum():
            return label
    raise ValueError(f"expected one of {list(labels)}, found {words[:20]!r}")


def _malformed(error: Exception) -> JudgeBackendError:
    what = f"one without {error}" if isinstance(error, KeyError) else type(error).__name__
    if isinstance(error, ValueError):
        what = str(error)
    return malformed(f"{what}; is it an OpenAI-compatible server?").as_error(1)
