"""What the judge is told: the static system prompt, and the short task at the end of a message.

The system prompt is made of the role and ground rules, the rubric, an addendum per kind of sample
and the form of the answer, in this order. Invariant: it depends on its arguments alone and holds
nothing of a sample, so a server computes it once and serves it from its prefix cache.
"""

import hashlib
from dataclasses import dataclass
from functools import cache, lru_cache

from assay.domain.rubric import Rubric
from assay.domain.sample import Sample, SampleType
from assay_judge.prompts.exhibit import LAYOUT_VERSION
from assay_judge.prompts.files import read_prompts
from assay_judge.prompts.rubric_text import note_members, rubric_sections

TAILS = ("evidence", "score", "confirm", "check", "injection")
_ENGLISH = ("en", "eng", "english")
MAX_CACHED = 512  # system prompts; each is some 7 KB


def system_prompt(
    type: SampleType,
    rubric: Rubric,
    *,
    descending: bool = False,
    with_scores: bool = False,
    extra: frozenset[SampleType] = frozenset(),
) -> str:
    """Return the system prompt for samples of one kind.

    Args:
        type: the sample's type; its addendum is included.
        rubric: dimensions with their levels, defects and checks that the judge is told of.
        descending: show the levels from 5 to 1, to measure and average out the bias of order.
        with_scores: ask for scores in the same answer as the evidence.
        extra: further kinds whose addenda apply, as `extra_kinds` finds them.
    """
    return _build(type, _Told(rubric), descending, with_scores, extra)


def extra_kinds(sample: Sample) -> frozenset[SampleType]:
    """Return the kinds that apply beside the sample's own type: documents, tools, turns, language.

    Decided for the whole sample, so that all its turns share one system prompt.
    """
    kinds = set()
    if sample.documents:
        kinds.add(SampleType.RAG)
    if sample.tools or any(message.tool_calls for message in sample.messages):
        kinds.add(SampleType.TOOL_CALLING)
    if sum(message.role == "user" for message in sample.messages) > 1:
        kinds.add(SampleType.MULTI_TURN)
    if sample.language and sample.language.lower().replace("_", "-").split("-")[0] not in _ENGLISH:
        kinds.add(SampleType.MULTILINGUAL)
    return frozenset(kinds - {sample.type})


@cache
def prompts_digest() -> str:
    """Return the SHA-256 over all prompt files, as first read, and the version of the layout.

    Another digest means that a judge may be shown something else for the same sample and rubric.
    """
    return hashlib.sha256(f"{LAYOUT_VERSION}:{read_prompts().digest}".encode()).hexdigest()


def tail(name: str, **fields: str) -> str:
    """Return the task that ends the user's message.

    Args:
        name: one of `TAILS`.
        fields: `confirm` takes `quote` and `defect`, `check` takes `question`. A value is a JSON
            literal (see `encode_text`) or text of the rubric, never raw text of a sample.

    Raises:
        ConfigError: there is no such task, or a field is missing or unknown.
    """
    return read_prompts().file(f"tail_{name}").fill(fields)


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """A rubric as a cache key: the object itself, for its contents cannot be hashed.

    The cache keeps the rubric alive, so that no other one can come to stand at its address.
    """

    rubric: Rubric

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Told) and other.rubric is self.rubric

    def __hash__(self) -> int:
        return id(self.rubric)


@lru_cache(maxsize=MAX_CACHED)
def _build(
    type: SampleType,
    told: _Told,
    descending: bool,
    with_scores: bool,
    extra: frozenset[SampleType],
) -> str:
    prompts = read_prompts()
    parts = [
        prompts.file("role").fill({}),
        *rubric_sections(told.rubric, prompts, descending=descending),
        *(prompts.file(f"kind_{kind}").fill({}) for kind in _kinds(type, extra)),
        prompts.file("answer").fill({"notes": note_members(told.rubric)}),
    ]
    if with_scores:
        parts.append(prompts.file("answer_scores").fill({}))
    return "\n\n".join(parts)


def _kinds(type: SampleType, extra: frozenset[SampleType]) -> list[SampleType]:
    """All kinds in one fixed order; a conversation of several turns is no single turn."""
    kinds = {type, *extra}
    if SampleType.MULTI_TURN in kinds:
        kinds.discard(SampleType.SINGLE_TURN)
    return [kind for kind in SampleType if kind in kinds]
