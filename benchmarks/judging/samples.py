"""Samples of every type and of a chosen size, as many as wanted, the same for the same seed.

The words are those that the tiny model of the real-server tests was trained on, so its answers
stay in form; each sample has its number in its question, so no two are the same.
"""

import math
import random
from collections.abc import Iterator

from tests.vllm.conversations import WORDS

from assay.domain.sample import Document, JsonObject, Message, Sample, SampleType, Tool, ToolCall

TYPES = tuple(SampleType)
SENTENCE_WORDS = 12
ASKED_SHARE = 0.3  # of a sample's text is the question, the rest answer and documents
PARAMETERS: JsonObject = {
    "type": "object",
    "properties": {"place": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["place"],
}


def iter_samples(*, seed: int, low: int, high: int) -> Iterator[Sample]:
    """Yield samples without end, of `low` to `high` characters (evenly spread in the logarithm)."""
    number = 0
    while True:
        yield make_sample(number, seed=seed, low=low, high=high)
        number += 1


def make_samples(count: int, *, seed: int, low: int, high: int) -> list[Sample]:
    """Return the first `count` of `iter_samples`."""
    return [make_sample(number, seed=seed, low=low, high=high) for number in range(count)]


def make_sample(number: int, *, seed: int, low: int, high: int) -> Sample:
    """Return the sample of that number."""
    source = random.Random(f"{seed}/{number}")
    size = round(math.exp(source.uniform(math.log(low), math.log(high))))
    kind = TYPES[number % len(TYPES)]
    asked = round(size * ASKED_SHARE)
    question = Message("user", f"Question {number}: {_text(source, asked)}")
    return _MAKERS[kind](source, question, size - asked)


def _plain(source: random.Random, question: Message, size: int) -> Sample:
    return Sample((question, Message("assistant", _text(source, size))))


def _turns(source: random.Random, question: Message, size: int) -> Sample:
    third = size // 3
    again = Message("user", _text(source, third))
    answers = [Message("assistant", _text(source, third)) for _ in range(2)]
    return Sample((question, answers[0], again, answers[1]), type=SampleType.MULTI_TURN)


def _grounded(source: random.Random, question: Message, size: int) -> Sample:
    third = size // 3
    documents = tuple(
        Document(f"d{at}", _text(source, 20), _text(source, third)) for at in range(1, 3)
    )
    answer = Message("assistant", _text(source, third))
    return Sample((question, answer), documents=documents, type=SampleType.RAG)


def _calling(source: random.Random, question: Message, size: int) -> Sample:
    half = size // 2
    tool = Tool("forecast", _text(source, half), PARAMETERS)
    call = ToolCall("call-1", "forecast", '{"place":"Praha","days":3}')
    messages = (
        question,
        Message("assistant", None, (call,)),
        Message("tool", '{"days":["sun","rain","sun"]}', tool_call_id="call-1"),
        Message("assistant", _text(source, half)),
    )
    return Sample(messages, (tool,), type=SampleType.TOOL_CALLING)


def _foreign(source: random.Random, question: Message, size: int) -> Sample:
    text = f"La réponse, brièvement : {_text(source, size)}"
    answer = Message("assistant", text)
    return Sample((question, answer), type=SampleType.MULTILINGUAL, language="fr")


def _sums(source: random.Random, question: Message, size: int) -> Sample:
    lines, length = [], 0
    while length < size:
        one, two = source.randint(2, 99), source.randint(2, 99)
        lines.append(f"{one} * {two} = {one * two}, {_text(source, 60)}")
        length += len(lines[-1])
    return Sample((question, Message("assistant", "\n".join(lines))), type=SampleType.MATH)


def _code(source: random.Random, question: Message, size: int) -> Sample:
    lines = ["def total(values: list[int]) -> int:"]
    length = 0
    while length < size - 60:
        lines.append(f"    # {_text(source, 60)}")
        length += len(lines[-1])
    lines.append("    return sum(values)")
    text = "\n".join(["```python", *lines, "```"])
    return Sample((question, Message("assistant", text)), type=SampleType.CODE)


def _text(source: random.Random, size: int) -> str:
    """Sentences of together about `size` characters."""
    sentences, length = [], 0
    while length < size:
        words = source.choices(WORDS, k=SENTENCE_WORDS)
        sentences.append(f"{' '.join(words).capitalize()}.")
        length += len(sentences[-1]) + 1
    text = " ".join(sentences)
    return text if len(text) <= size + 10 else text[: max(size, 1)].rstrip() + "."


_MAKERS = {
    SampleType.SINGLE_TURN: _plain,
    SampleType.MULTI_TURN: _turns,
    SampleType.RAG: _grounded,
    SampleType.TOOL_CALLING: _calling,
    SampleType.MULTILINGUAL: _foreign,
    SampleType.MATH: _sums,
    SampleType.CODE: _code,
}
