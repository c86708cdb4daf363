"""The conversations that teach a tiny model the answer form: what the engine really sends.

A recording backend stands in for the server while the engine judges generated samples; each prompt
is kept with the answer of the form that it asks for. Scores and answers are drawn at random: the
model learns what an answer looks like, not what is good.
"""

import asyncio
import json
import random
from collections.abc import Sequence
from pathlib import Path

from assay.domain.judgement import Usage
from assay.domain.sample import Document, Message, Sample, SampleType, Tool
from assay.rubrics import load_rubric
from assay_judge.backend.contract import (
    Ask,
    Capabilities,
    Generate,
    Generation,
    GenerationKind,
    LabelRead,
    Prompt,
    ReadingKind,
    Reads,
    Token,
)
from assay_judge.backend.trials import CANNED_ASK
from assay_judge.engine.llm_judge import LlmJudge
from assay_judge.engine.settings import EngineSettings, Mode

TEXT = """
    river stone market winter answer table light garden number small green paper window city
    train music letter water bread simple reason often slowly north cloud field house
    morning Fluss Haus Garten Zahl rue pain maison ville lumiere casa libro agua noche
    ciudad
"""
WORDS = TEXT.split()


class RecordingBackend:
    """Answers in form and keeps what was asked."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.kept: list[tuple[Prompt, str]] = []
        self.capabilities = Capabilities(
            server="recorder",
            model="recorder",
            max_model_len=None,
            fingerprint=None,
            generation=GenerationKind.GRAMMAR,
            reading=ReadingKind.TOKEN_IDS,
            has_batch=True,
            has_tokenize=False,
            has_continue=True,
            reports_cached_tokens=False,
        )

    async def generate(self, call: Generate) -> Generation:
        text = self._evidence(call)
        self.kept.append((call.prompt, text))
        tokens = tuple(
            Token(c.encode(), {x: -0.1 if x == c else -4.0 for x in call.labels}) for c in text
        )
        return Generation(text, "stop", tokens, Usage(num_calls=1))

    async def read_labels(self, asks: Sequence[Ask]) -> Reads:
        reads = []
        for ask in asks:
            label = "no" if "no" in ask.labels else self.random.choice(ask.labels[2:])
            self.kept.append((ask.prompt, label))
            spread = 0.1 / (len(ask.labels) - 1)
            reads.append(LabelRead({x: 0.9 if x == label else spread for x in ask.labels}, 1.0))
        return Reads(tuple(reads), Usage(num_calls=1))

    async def count_tokens(self, prompt: Prompt) -> int | None:
        return None

    async def close(self) -> None:
        """Nothing to close."""

    def _evidence(self, call: Generate) -> str:
        names = list(load_rubric("default").judged_dimensions)
        body: dict[str, object] = {
            "lang": "en",
            "claims": [],
            "defects": [],
            "notes": {name: self.random.choice(("fine", "clear", "short")) for name in names},
        }
        if call.labels:
            body["scores"] = {name: self.random.randint(3, 5) for name in names}
        return json.dumps(body, separators=(",", ":"))


def made_samples(num_samples: int, seed: int) -> list[Sample]:
    """Return samples of every type, their texts drawn from a small list of words."""
    source = random.Random(seed)

    def text(low: int, high: int) -> str:
        return " ".join(source.choices(WORDS, k=source.randint(low, high))) + "."

    samples = []
    for number in range(num_samples):
        kind = list(SampleType)[number % len(SampleType)]
        messages = [Message("user", text(5, 40)), Message("assistant", text(5, 80))]
        if kind is SampleType.MULTI_TURN:
            messages += [Message("user", text(5, 20)), Message("assistant", text(5, 40))]
        documents = (Document("d1", text(1, 3), text(20, 60)),) if kind is SampleType.RAG else ()
        tools = (Tool("look_up", text(3, 6), None),) if kind is SampleType.TOOL_CALLING else ()
        samples.append(Sample(tuple(messages), tools, documents, kind))
    return samples


def write_conversations(path: Path, *, num_samples: int = 42) -> None:
    """Write the training file."""
    backend = RecordingBackend(3)

    async def record() -> None:
        for mode in (Mode.FAST, Mode.STANDARD):
            judge = LlmJudge(
                backend, load_rubric("default"), EngineSettings(mode=mode), nonce_key=b"train"
            )
            for sample in made_samples(num_samples, seed=len(mode)):
                await judge.judge_sample(sample)

    asyncio.run(record())
    for digit in "34453454" * 5:  # the probe's own read, which tells whether a model keeps to form
        backend.kept.append((CANNED_ASK.prompt, digit))
    with path.open("w", encoding="utf-8") as stream:
        for prompt, target in backend.kept:
            messages = [
                {"role": "system", "content": prompt.system},
                {"role": "user", "content": prompt.user},
            ]
            if prompt.assistant:
                messages.append({"role": "assistant", "content": prompt.assistant})
            stream.write(json.dumps({"messages": messages, "target": target}) + "\n")
