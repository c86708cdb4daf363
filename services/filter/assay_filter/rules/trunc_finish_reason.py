"""Reads the generator's own word that it ran into its token limit.

Where it is kept differs: at the top of the metadata, under `choices` (OpenAI), `response`,
`generation`, `meta` or `usage` and under several names. The search is bounded in depth and width.
"""

from collections.abc import Iterable, Iterator

from pydantic import Field

from assay.domain.action import Action, Drop
from assay.domain.sample import JsonValue
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings

_MAX_DEPTH = 4
_MAX_MEMBERS = 200


class TruncFinishReasonSettings(RuleSettings):
    """Where the signal stands and which values mean a cut."""

    keys: tuple[str, ...] = Field(
        default=("finish_reason", "stop_reason", "finishReason", "stopReason", "done_reason"),
        description="metadata keys, at any depth up to four, that hold the reason for the end",
    )
    values: tuple[str, ...] = Field(
        default=("length", "max_tokens", "max_length", "model_length", "max_output_tokens"),
        description="values (case ignored) that mean the token limit was hit; any of them drops",
    )


class TruncFinishReason(Rule[TruncFinishReasonSettings]):
    """Drops on the first such value."""

    id = "trunc.finish_reason"
    summary = "Responses whose metadata says that the token limit was hit are dropped"
    settings_type = TruncFinishReasonSettings

    def __init__(self, settings: TruncFinishReasonSettings) -> None:
        super().__init__(settings)
        self._keys = frozenset(settings.keys)
        self._values = frozenset(value.lower() for value in settings.values)

    def check(self, view: View) -> Iterable[Action]:
        metadata = view.sample.metadata
        if not metadata:
            return
        for key, reason in _reasons(metadata, self._keys):
            if reason.lower() in self._values:
                yield Drop(
                    f"metadata {key!r} is {reason[:80]!r}: the generator stopped at its token "
                    "limit, the response is cut off"
                )
                return


def _reasons(metadata: JsonValue, keys: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Every text under one of `keys`, breadth first."""
    level: list[JsonValue] = [metadata]
    for _ in range(_MAX_DEPTH):
        below: list[JsonValue] = []
        for node in level[:_MAX_MEMBERS]:
            if isinstance(node, dict):
                for key in keys.intersection(node):
                    value = node[key]
                    if isinstance(value, str):
                        yield key, value
                below += [value for value in node.values() if isinstance(value, (dict, list))]
            elif isinstance(node, list):
                below += [v for v in node[:_MAX_MEMBERS] if isinstance(v, (dict, list))]
        if not below:
            return
        level = below
