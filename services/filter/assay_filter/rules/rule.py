"""What a rule is: an id, a version, settings with vetted defaults, and one method.

`check` yields actions (`assay.domain.action`); yielding nothing keeps the sample. Rules are pure:
no clock, no environment, no database, no memory between samples. Two kinds: a `PayloadRule` reads
the JSON object before its structure is known to be sound, a `Rule` reads a `View` of the sample.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from assay.domain.action import Action
from assay.domain.sample import JsonObject
from assay.verifiers.view import View


class RuleSettings(BaseModel):
    """Settings that every rule has; a rule adds its thresholds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(default=True, description="false switches the rule off")


S = TypeVar("S", bound=RuleSettings)


class BaseRule(Generic[S]):
    """What both kinds share. Subclasses set the class attributes and write `check`."""

    id: ClassVar[str]
    version: ClassVar[int] = 1
    summary: ClassVar[str]  # one line for the generated table: what is checked, what happens
    settings_type: ClassVar[type[RuleSettings]] = RuleSettings

    def __init__(self, settings: S) -> None:
        self.settings = settings


class PayloadRule(BaseRule[S], ABC):
    """A rule on the payload; it must accept any JSON object."""

    @abstractmethod
    def check(self, payload: JsonObject) -> Iterable[Action]:
        """Yield what is to be said of the payload; nothing when there is nothing."""


class Rule(BaseRule[S], ABC):
    """A rule on a sample whose structure is sound."""

    @abstractmethod
    def check(self, view: View) -> Iterable[Action]:
        """Yield what is to be said of the sample; nothing when there is nothing."""
