"""Which judges a server's runs can name: `evidence`, `off`, and `default`, the configured one.

Clients never send addresses; an operator names one server in ASSAY_FILTER_JUDGE_URL.
"""

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from assay.domain.errors import ConfigError
from assay.domain.rubric import Rubric
from assay_cli.judges import (
    JudgeMaker,
    JudgeOptions,
    MakeModelJudge,
    check_judge,
    close_judge,
    judge_factory,
)
from assay_cli.settings import FilterJudgeSettings

if TYPE_CHECKING:
    from assay_filter.runs.context import RunContext

NAMES = ("evidence", "off", "default")
LOOK_SECONDS = 30  # how long a look at the judge's server is believed


@dataclass(frozen=True, slots=True)
class ServerJudges:
    """Gives the judge of a run, in workers, and tells its name and version, in the service."""

    def __call__(self, context: "RunContext") -> JudgeMaker | None:
        """Return what makes the run's judge; None where nobody is asked."""
        return _maker(context.request.judge, context.rubric, context.record.seed)

    def describe(self, name: str, rubric: Rubric) -> tuple[str, str]:
        """Return the judge's name and version, which a run is begun with.

        Raises:
            ConfigError: there is no judge of this name here.
            JudgeBackendError: its server cannot be reached, or gives no usable scores.
        """
        period = int(time.monotonic() / LOOK_SECONDS)
        settings = FilterJudgeSettings().model_dump_json()
        return _look(name, rubric.model_dump_json(), settings, period)


@lru_cache(maxsize=16)
def _look(name: str, rubric: str, _settings: str, _period: int) -> tuple[str, str]:
    maker = _maker(name, Rubric.model_validate_json(rubric), 0)
    if maker is None:
        return "off", "0"
    judge = maker.for_a_look()() if isinstance(maker, MakeModelJudge) else maker()
    try:
        check_judge(judge)
        return judge.name, judge.version
    finally:
        close_judge(judge)


def _maker(name: str, rubric: Rubric, seed: int) -> JudgeMaker | None:
    if name not in NAMES:
        raise ConfigError(f"expected a judge among {list(NAMES)}, found {name[:80]!r}")
    settings = FilterJudgeSettings()
    if name != "default":
        return judge_factory(name)
    if settings.judge_url is None:
        return judge_factory("evidence")
    options = JudgeOptions(
        model=settings.judge_model,
        mode=settings.judge_mode,
        rubric=rubric,
        seed=seed,
        cache=settings.judge_cache,
        max_in_flight=settings.judge_concurrency,
    )
    return judge_factory(settings.judge_url, options)
