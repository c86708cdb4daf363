"""Whether a task can be trained on: its gold earns everything, what knows nothing earns nothing.

A task that pays for an empty answer, for the question said back or for every option at once teaches
a policy to say just that. Each such answer is graded here by the task's own verifier, before any
rollout is. An answer that is right by chance (`A`, `0`) is no fault of one task; two different ones
that both win are, and how often each wins over a whole set is told by `summarise`.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from assay.domain.errors import InvalidTaskError
from assay.verifiers.patterns import compile_pattern
from assay_rl_rewards.verifier import Task, Verifier

FULL_SCORE = 1.0
WRAPPERS = ("{}", "\\boxed{{{}}}", "<answer>{}</answer>", "Answer: {}", "```\n{}\n```")
EMPTY_ANSWERS = (
    "",
    " \n",
    "...",
    "Answer:",
    "\\boxed{}",
    "<answer></answer>",
    "```\n```",
    "{}",
    "[]",
)
ABSTENTIONS = (
    "I don't know.",
    "I do not know the answer to that.",
    "I cannot answer this question.",
    "Ich weiss es nicht.",
    "No lo s\u00e9.",
    "Je ne sais pas.",
    "\u6211\u4e0d\u77e5\u9053\u3002",
    "\u308f\u304b\u308a\u307e\u305b\u3093\u3002",
)
CONSTANTS = ("0", "1", "2", "-1", "10", "100", "A", "B", "C", "D", "yes", "no", "true", "false")
MAX_FORMULAS = 16
_FENCED = compile_pattern(r"\$([^$]+)\$|\\\((.+?)\\\)")
_PLAIN = compile_pattern(r"(?:[0-9)][A-Za-z]\b|[-+*/^=().0-9\s]|\b[A-Za-z]\b)+")
# A letter and an operation: a bare number of the question may well be its answer.
_LETTER = compile_pattern(r"[A-Za-z]")
_OPERATION = compile_pattern(r"[-+*/^=(\\]")
# Verifiers that give a share for not attempting, by their specification.
PAY_ABSTAINING = frozenset(("knowledge_calibration",))


class FaultKind(StrEnum):
    """What makes a task unfit."""

    INVALID = "invalid"
    GOLD_LOSES = "gold_loses"
    EMPTY_WINS = "empty_wins"
    ABSTAINING_WINS = "abstaining_wins"
    ECHO_WINS = "echo_wins"
    DECOY_WINS = "decoy_wins"
    CONSTANTS_WIN = "constants_win"


@dataclass(frozen=True, slots=True)
class TaskFault:
    """One reason to refuse a task."""

    kind: FaultKind
    reason: str


@dataclass(frozen=True, slots=True)
class TaskCheck:
    """What was found; `constants` are fixed answers that earn everything here."""

    faults: tuple[TaskFault, ...]
    constants: tuple[str, ...] = ()
    has_gold: bool = True

    @property
    def is_fit(self) -> bool:
        return not self.faults


@dataclass(frozen=True, slots=True)
class SetSummary:
    """A set of checked tasks; `constant_shares`: of the fit ones, how many a fixed answer wins."""

    num_tasks: int
    num_fit: int
    faults: dict[str, int]
    constant_shares: dict[str, float]


def check_task(verifier: Verifier[Any], task: Task) -> TaskCheck:
    """Grade what must win and what must lose; of each kind, the first that does not is told."""
    try:
        read = verifier.read_task(task)
    except InvalidTaskError as exc:
        return TaskCheck((TaskFault(FaultKind.INVALID, str(exc)),), has_gold=False)
    faults: list[TaskFault] = []
    gold = verifier.render_gold(read)
    if gold is not None and verifier.grade(read, gold).score < FULL_SCORE:
        reason = f"expected the gold answer to earn 1, found {_told(verifier, read, gold)}"
        faults.append(TaskFault(FaultKind.GOLD_LOSES, reason))
    found: set[FaultKind] = set()
    for kind, name, text in _losers(verifier, read, task):
        if kind not in found and verifier.grade(read, text).score > 0:
            found.add(kind)
            told = _told(verifier, read, text)
            faults.append(TaskFault(kind, f"expected {name} to earn nothing, found {told}"))
    constants = _winning_constants(verifier, read)
    if len(constants) > 1:
        reason = f"expected one answer to be right, found that all of these are: {constants}"
        faults.append(TaskFault(FaultKind.CONSTANTS_WIN, reason))
    return TaskCheck(tuple(faults), constants, has_gold=gold is not None)


def summarise(checks: Sequence[TaskCheck]) -> SetSummary:
    """Count faults by kind, and how much of a set each fixed answer would earn."""
    fit = [check for check in checks if check.is_fit]
    wins = Counter(constant for check in fit for constant in check.constants)
    return SetSummary(
        num_tasks=len(checks),
        num_fit=len(fit),
        faults=dict(
            sorted(Counter(f.kind.value for check in checks for f in check.faults).items())
        ),
        constant_shares={name: count / len(fit) for name, count in sorted(wins.items())},
    )


def _losers(verifier: Verifier[Any], read: Any, task: Task) -> Iterator[tuple[FaultKind, str, str]]:
    for text in EMPTY_ANSWERS:
        yield FaultKind.EMPTY_WINS, "an empty answer", text
    if verifier.id not in PAY_ABSTAINING:
        for text in ABSTENTIONS:
            for wrapper in WRAPPERS:
                yield FaultKind.ABSTAINING_WINS, "an answer that abstains", wrapper.format(text)
    if task.question.strip():
        for wrapper in WRAPPERS:
            yield FaultKind.ECHO_WINS, "the echoed question", wrapper.format(task.question)
        for formula in _list_formulas(task.question):
            for wrapper in WRAPPERS:
                yield FaultKind.ECHO_WINS, "a formula of the question", wrapper.format(formula)
    for decoy in verifier.list_decoys(read):
        yield FaultKind.DECOY_WINS, f"a decoy ({decoy.kind})", decoy.text


def _list_formulas(question: str) -> list[str]:
    r"""The formulas of a question, between dollars, in `\(..\)` or bare."""
    fenced = [m.group(1) or m.group(2) for m in _FENCED.finditer(question)]
    plain = [m.group() for m in _PLAIN.finditer(question)]
    found = (text.strip().rstrip(".").strip() for text in (*fenced, *plain))
    formulas = [f for f in found if _LETTER.search(f) and _OPERATION.search(f)]
    return list(dict.fromkeys(formulas))[:MAX_FORMULAS]


def _winning_constants(verifier: Verifier[Any], read: Any) -> tuple[str, ...]:
    return tuple(
        constant
        for constant in CONSTANTS
        if any(
            verifier.grade(read, wrapper.format(constant)).score >= FULL_SCORE
            for wrapper in WRAPPERS
        )
    )


def _told(verifier: Verifier[Any], read: Any, text: str) -> str:
    grade = verifier.grade(read, text)
    return f"{grade.score:g} ({grade.reason})"
