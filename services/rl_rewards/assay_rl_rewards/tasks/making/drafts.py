"""Drafts of tasks, and the endless stream of distinct tasks that a seed gives.

A maker draws one draft at a time from a seeded source of chance; the stream drops questions that
were asked before and gives each task an id made of its content, so that the same seed gives the
same tasks and two seeds share no id but for the same question.
"""

import hashlib
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from assay.domain.reward import RewardDomain
from assay.domain.sample import JsonValue

MAX_MISSES = 20_000  # draws without a new question: the maker has nothing more to ask
TaskRow: TypeAlias = dict[str, JsonValue]

BOXED = {
    "en": "Put the final answer in \\boxed{}.",
    "de": "Schreibe die endgültige Antwort in \\boxed{}.",
    "es": "Escribe la respuesta final en \\boxed{}.",
    "fr": "Écris la réponse finale dans \\boxed{}.",
    "it": "Scrivi la risposta finale in \\boxed{}.",
    "pt": "Escreva a resposta final em \\boxed{}.",
    "nl": "Zet het eindantwoord in \\boxed{}.",
    "cs": "Konečnou odpověď napiš do \\boxed{}.",
    "ja": "最終的な答えを \\boxed{} の中に書いてください。",
    "zh": "请把最终答案写在 \\boxed{} 中。",
    "ko": "최종 답을 \\boxed{} 안에 쓰세요.",
    "ar": "اكتب الإجابة النهائية داخل \\boxed{}.",
}


class ExhaustedError(RuntimeError):
    """A maker can ask nothing that it has not asked."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One task in the making; `system` is what stands before the question."""

    question: str
    reference: JsonValue
    params: Mapping[str, JsonValue]
    language: str = "en"
    system: str | None = None


def stream_tasks(
    domain: RewardDomain, seed: int, draw: Callable[[random.Random], Draft | None]
) -> Iterator[TaskRow]:
    """Yield tasks with questions that differ; `draw` gives None where a draw led to no task.

    Raises:
        ExhaustedError: `draw` gave nothing new for a long time.
    """
    chance = random.Random(f"{domain}:{seed}")
    seen: set[bytes] = set()
    misses = 0
    while misses < MAX_MISSES:
        draft = draw(chance)
        key = None if draft is None else _digest(draft)
        if draft is None or key is None or key in seen:
            misses += 1
            continue
        seen.add(key)
        misses = 0
        yield _row(domain, draft, key)
    raise ExhaustedError(f"expected a new question within {MAX_MISSES} draws, found none")


def _digest(draft: Draft) -> bytes:
    asked = " ".join(f"{draft.system or ''} {draft.question}".casefold().split())
    return hashlib.sha256(asked.encode()).digest()[:16]


def _row(domain: RewardDomain, draft: Draft, key: bytes) -> TaskRow:
    messages = [{"role": "user", "content": draft.question}]
    if draft.system is not None:
        messages.insert(0, {"role": "system", "content": draft.system})
    return {
        "id": f"{domain.value}-{key.hex()}",
        "domain": domain.value,
        "messages": messages,
        "reference": draft.reference,
        "params": dict(draft.params),
        "language": draft.language,
        "source": f"assay/{domain.value}",
    }
