"""What the engine asks of a model server, and what it gets: the port `Backend` and its data.

Two questions exist. `generate` asks for one bounded JSON text (evidence). `read_labels` asks, for
each of many conversations, how probable each of a few labels is as the next token; the attacker's
text cannot emit that token, for it is read, not written. A backend never cuts a prompt and never
makes up an answer: what it cannot answer is a `JudgeBackendError` with a code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict, Field

from assay.domain.judgement import Usage
from assay.domain.sample import JsonObject


class GenerationKind(StrEnum):
    """How the server can be held to a shape, best first."""

    GRAMMAR = "grammar"  # structured_outputs.grammar
    JSON_SCHEMA = "json_schema"  # response_format json_schema, with a repetition guard
    JSON_OBJECT = "json_object"  # response_format json_object
    TEXT = "text"  # nothing: the first JSON object in the text


class ReadingKind(StrEnum):
    """How label probabilities can be read, best first."""

    TOKEN_IDS = "token_ids"  # logprob_token_ids after a continued prefix: exact, with true mass
    TOP_LOGPROBS = "top_logprobs"  # labels found among the top logprobs; mass is a lower bound
    SAMPLED = "sampled"  # one token, no probability: a choice without a spread


class Capabilities(BaseModel):
    """What the start-up probe found out about a server."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    server: str  # for example "vllm 0.32.0", or "unknown"
    model: str
    max_model_len: int | None
    fingerprint: str | None
    generation: GenerationKind
    reading: ReadingKind
    has_batch: bool
    has_tokenize: bool
    has_continue: bool  # continue_final_message works
    reports_cached_tokens: bool
    special_tokens: tuple[str, ...] = ()
    labels: Mapping[str, int] = Field(default_factory=dict)  # label -> token id
    probed_mass: int | None = None  # label mass of a canned read, in thousandths
    problems: tuple[str, ...] = ()  # sentences: what is missing and what it costs
    is_healthy: bool = True


class Prompt(NamedTuple):
    """One conversation with the judge. A non-empty `assistant` is a prefix to be continued."""

    system: str
    user: str
    assistant: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """The form of an answer in each language that a server may understand."""

    grammar: str  # EBNF
    json_schema: JsonObject
    max_tokens: int  # computed from the bounds of the form


@dataclass(frozen=True, slots=True)
class Generate:
    """Ask for one text of a given shape. `labels` asks for their logprobs at each position."""

    prompt: Prompt
    shape: Shape
    seed: int
    temperature: float = 0.0
    labels: tuple[str, ...] = ()


class Token(NamedTuple):
    """One generated token: its bytes, and the logprobs of the labels asked for (by label)."""

    text: bytes
    logprobs: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Generation:
    """An answer. `finish_reason` other than `stop` means that the text is not whole."""

    text: str
    finish_reason: str
    tokens: tuple[Token, ...]
    usage: Usage


@dataclass(frozen=True, slots=True)
class Ask:
    """Read the next token of `prompt` (whose `assistant` is not empty) among `labels`.

    `question` is one sentence that says the same to servers that cannot continue a prefix; it is
    sent as the end of the user's text there, and the prefix is not.
    """

    prompt: Prompt
    labels: tuple[str, ...]
    question: str


class LabelRead(NamedTuple):
    """Probabilities of labels as they are (not normalised), by label, in the order asked.

    `mass` is their sum where the server shows probabilities before any mask, else None. With
    `ReadingKind.SAMPLED` the chosen label has probability 1.0 and `is_sampled` is true.
    """

    probabilities: Mapping[str, float]
    mass: float | None
    is_sampled: bool = False


@dataclass(frozen=True, slots=True)
class Reads:
    """Answers to a batch of `Ask`, in order, and what the batch cost."""

    reads: tuple[LabelRead, ...]
    usage: Usage


class Backend(Protocol):
    """A model server. All methods raise `JudgeBackendError` and nothing else for its failures."""

    @property
    def capabilities(self) -> Capabilities:
        """What the probe found; constant for the backend's life."""

    async def generate(self, call: Generate) -> Generation:
        """Return one text; codes as in `JudgeBackendError`."""

    async def read_labels(self, asks: Sequence[Ask]) -> Reads:
        """Return one read per ask, in order. A server's batch limit is the backend's own affair."""

    async def count_tokens(self, prompt: Prompt) -> int | None:
        """Return the exact number of prompt tokens, or None when the server cannot tell."""

    async def close(self) -> None:
        """Let go of connections."""
