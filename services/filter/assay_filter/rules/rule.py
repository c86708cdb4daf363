"""What a rule is: an id, a version, settings with vetted defaults, and one method.

`check` reads a `View` and yields actions (`assay.domain.action`); yielding nothing keeps the
sample. Rules are pure: no clock, no environment, no database, no memory between samples.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from assay.domain.action import Action
from assay.verifiers.view import View


class RuleSettings(BaseModel):
    """Settings that every rule has; a rule adds its thresholds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True


S = TypeVar("S", bound=RuleSettings)


class Rule(ABC, Generic[S]):
    """One check. Subclasses set `id`, `version`, `summary`, `settings_type` and write `check`."""

    id: ClassVar[str]
    version: ClassVar[int] = 1
    summary: ClassVar[str]  # one line for the generated table: what is checked, what happens
    settings_type: ClassVar[type[RuleSettings]] = RuleSettings

    def __init__(self, settings: S) -> None:
        self.settings = settings

    @abstractmethod
    def check(self, view: View) -> Iterable[Action]:
        """Yield what is to be said of the sample; nothing when there is nothing."""
