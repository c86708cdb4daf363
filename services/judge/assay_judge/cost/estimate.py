"""What judging would take, before anything is asked: calls and tokens for each mode.

Prompts are made as they would be sent and measured in bytes; bytes become tokens by the ratio that
the server's own tokenizer shows on some of them, else by an assumed one, and the estimate says
which. What the model will write is unknown, so there are two ends: `least` has empty answers and a
prefix cache that keeps all it can, `most` has full answers, as many claimed defects as fit, and no
prefix cache. Left out: the sentences of code's own facts, retries, samples too long for the model,
and answers that the judgement cache already holds.
"""

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field

from assay.domain.judgement import Usage
from assay.domain.rubric import Rubric
from assay.domain.sample import Sample
from assay.verifiers.view import View
from assay_judge.backend.contract import Capabilities, GenerationKind, Prompt, ReadingKind
from assay_judge.cost.planned_calls import CallPlanner, PlannedCall, empty_answer, num_bytes
from assay_judge.engine.desk import Desk
from assay_judge.engine.examine import plan_of
from assay_judge.engine.settings import EngineSettings, Mode
from assay_judge.hostile.defences import Defences
from assay_judge.hostile.master_keys import find_master_key

ASSUMED_BYTES_PER_TOKEN = 3.5  # measured tokenizers need three to four bytes
NUM_COUNTED = 32  # prompts that the server counts
SINGLE = (Mode.FAST, Mode.STANDARD, Mode.THOROUGH)
OFFLINE = Capabilities(
    server="unknown",
    model="",
    max_model_len=None,
    fingerprint=None,
    generation=GenerationKind.GRAMMAR,
    reading=ReadingKind.TOKEN_IDS,
    has_batch=True,
    has_tokenize=False,
    has_continue=True,
    reports_cached_tokens=False,
)
CountTokens = Callable[[Prompt], Awaitable[int | None]]


@dataclass(frozen=True, slots=True)
class ModeEstimate:
    """What one mode would take, at least and at most; a read counts as a call."""

    mode: Mode
    least: Usage
    most: Usage


@dataclass(frozen=True, slots=True)
class Estimate:
    """What judging would take.

    Attributes:
        num_turns: assistant turns.
        num_without_calls: of them, those without substance, which no model needs to see.
        bytes_per_token: of the samples' texts.
        num_counted: prompts that the server counted; 0 says that the ratio is assumed.
    """

    num_samples: int
    num_turns: int
    num_without_calls: int
    bytes_per_token: float
    num_counted: int
    modes: tuple[ModeEstimate, ...]


@dataclass(slots=True)
class _Sums:
    """Sums over the calls of one plan, at one of the two ends."""

    static: Counter[str] = field(default_factory=Counter)  # system prompt -> calls with it
    num_bytes: int = 0  # after the system prompts
    num_fresh_bytes: int = 0  # of them, those that stand in no prompt before
    num_after_answers: int = 0  # calls that have an answer before them
    num_answer_tokens: int = 0  # of full answers before calls
    num_texts: int = 0
    num_written_tokens: int = 0

    def add(self, call: PlannedCall, num: int, *, is_first: bool) -> None:
        self.static[call.system] += num
        self.num_bytes += num * (call.text_bytes + call.task_bytes)
        self.num_fresh_bytes += num * call.task_bytes + call.text_bytes * is_first
        self.num_after_answers += num * (call.answer_tokens > 0)
        self.num_answer_tokens += num * call.answer_tokens
        self.num_texts += num * (not call.is_read)
        self.num_written_tokens += num * call.writes


class Estimator:
    """Looks at samples one by one, and then says what they would take.

    Args:
        rubric: what would be judged by.
        settings: of the engine; its mode does not matter.
        capabilities: of the server; those of an unknown one unless given.
    """

    def __init__(
        self,
        rubric: Rubric,
        settings: EngineSettings | None = None,
        *,
        capabilities: Capabilities = OFFLINE,
    ) -> None:
        settings, defences = settings or EngineSettings(), Defences()
        self._planner = CallPlanner(
            Desk(rubric, settings, capabilities, nonce_key=b"", defences=defences)
        )
        self._plans = [plan_of(m, settings, read_scores=defences.read_scores) for m in SINGLE]
        self._least = {mode: _Sums() for mode in SINGLE}
        self._most = {mode: _Sums() for mode in SINGLE}
        self._empty_bytes = num_bytes(empty_answer(rubric))
        self._num_samples = self._num_turns = self._num_without_calls = 0
        self._kept: list[Prompt] = []
        self._random = random.Random(0)  # chooses which prompts to count

    def add(self, sample: Sample) -> None:
        """Look at one sample."""
        self._num_samples += 1
        view = View(sample)
        for turn in view.assistant_turns:
            self._num_turns += 1
            if find_master_key(sample, turn) is None:
                self._add_turn(view, turn)
            else:
                self._num_without_calls += 1

    async def finish(self, count: CountTokens | None = None) -> Estimate:
        """Return the estimate.

        Args:
            count: counts tokens as the server does, where there is one to ask.

        Raises:
            JudgeBackendError: the server failed while counting.
        """
        systems = {system for sums in self._most.values() for system in sums.static}
        counted = {} if count is None else await _count_static(systems, count)
        ratio, num_counted = await self._measure(count)
        static = {
            system: counted.get(system) or _tokens(num_bytes(system), ratio) for system in systems
        }
        least = {mode: self._least_usage(sums, static, ratio) for mode, sums in self._least.items()}
        most = {mode: _most_usage(sums, static, ratio) for mode, sums in self._most.items()}
        modes = [ModeEstimate(mode, least[mode], most[mode]) for mode in SINGLE]
        both = most[Mode.FAST] + most[Mode.STANDARD]
        modes.append(ModeEstimate(Mode.CASCADE, least[Mode.FAST], both))
        return Estimate(
            num_samples=self._num_samples,
            num_turns=self._num_turns,
            num_without_calls=self._num_without_calls,
            bytes_per_token=ratio,
            num_counted=num_counted,
            modes=tuple(modes),
        )

    def _add_turn(self, view: View, turn: int) -> None:
        text = self._planner.render(view, turn)
        first_system = ""
        for plan in self._plans:
            seen: set[str] = set()
            for call in self._planner.calls(view, turn, text, plan):
                first_system = first_system or call.system
                is_first = call.system not in seen
                seen.add(call.system)
                self._least[plan.mode].add(call, call.least, is_first=is_first)
                self._most[plan.mode].add(call, call.most, is_first=is_first)
        self._keep(Prompt(first_system, text))

    def _keep(self, prompt: Prompt) -> None:
        """Keep a fair choice of the prompts, whatever the order of the samples."""
        if len(self._kept) < NUM_COUNTED:
            self._kept.append(prompt)
            return
        at = self._random.randrange(self._num_turns - self._num_without_calls)
        if at < NUM_COUNTED:
            self._kept[at] = prompt

    async def _measure(self, count: CountTokens | None) -> tuple[float, int]:
        size = num_tokens = num_counted = 0
        for prompt in self._kept if count is not None else ():
            assert count is not None
            whole, static = await count(prompt), await count(Prompt(prompt.system, ""))
            if whole is None or static is None or whole <= static:
                continue
            size += num_bytes(prompt.user)
            num_tokens += whole - static
            num_counted += 1
        return (size / num_tokens if num_counted else ASSUMED_BYTES_PER_TOKEN), num_counted

    def _least_usage(self, sums: _Sums, static: Mapping[str, int], ratio: float) -> Usage:
        """Empty answers; each static prompt and each text is computed once."""
        answers = sums.num_after_answers * self._empty_bytes
        prompt = _static_total(sums, static) + _tokens(sums.num_bytes + answers, ratio)
        fresh = sum(static[s] for s in sums.static) + _tokens(sums.num_fresh_bytes + answers, ratio)
        num_reads = sums.static.total() - sums.num_texts
        return Usage(
            num_calls=sums.static.total(),
            num_prompt_tokens=prompt,
            num_cached_tokens=max(prompt - fresh, 0),
            num_completion_tokens=num_reads + _tokens(sums.num_texts * self._empty_bytes, ratio),
        )


def _most_usage(sums: _Sums, static: Mapping[str, int], ratio: float) -> Usage:
    """Full answers, everything claimed, and nothing cached."""
    prompt = _static_total(sums, static) + _tokens(sums.num_bytes, ratio)
    return Usage(
        num_calls=sums.static.total(),
        num_prompt_tokens=prompt + sums.num_answer_tokens,
        num_cached_tokens=0,
        num_completion_tokens=sums.num_written_tokens,
    )


async def _count_static(systems: Collection[str], count: CountTokens) -> dict[str, int]:
    counted = {}
    for system in systems:
        number = await count(Prompt(system, ""))
        if number is not None:
            counted[system] = number
    return counted


def _static_total(sums: _Sums, static: Mapping[str, int]) -> int:
    return sum(static[system] * number for system, number in sums.static.items())


def _tokens(size: int, ratio: float) -> int:
    return round(size / ratio)
