"""The environments of the services that `assay serve all` starts, made from its own.

Each service reads its own variables; what joins them is filled in where the user has not: the
filter and the rewards ask the judge beside them, under a key that only these processes know.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from assay_cli.settings import whole_environment

KEYS = "ASSAY_API_KEYS"


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the services listen."""

    judge: int
    filter: int
    rewards: int


def service_environments(ports: Ports) -> dict[str, dict[str, str]]:
    """Return the environment of each service, by its name in `assay serve`."""
    given = whole_environment()
    judge_url = f"http://127.0.0.1:{ports.judge}"
    inner_key = secrets.token_urlsafe(32) if given.get(KEYS) else None
    return {
        "judge": _judge(given, inner_key),
        "filter": _beside(
            given, "ASSAY_FILTER_JUDGE_URL", "ASSAY_JUDGE_BACKEND_API_KEY", judge_url, inner_key
        ),
        "rl-rewards": _beside(
            given,
            "ASSAY_RL_REWARDS_JUDGE_URL",
            "ASSAY_RL_REWARDS_JUDGE_API_KEY",
            judge_url,
            inner_key,
        ),
    }


def _judge(given: Mapping[str, str], inner_key: str | None) -> dict[str, str]:
    """The judge takes the inner key beside those of the user."""
    return {**given} if inner_key is None else {**given, KEYS: f"{given[KEYS]},{inner_key}"}


def _beside(
    given: Mapping[str, str], url_name: str, key_name: str, judge_url: str, inner_key: str | None
) -> dict[str, str]:
    """A service that asks the judge beside it, unless the user named another one."""
    if given.get(url_name):
        return {**given}
    found = {**given, url_name: judge_url}
    return found if inner_key is None else {**found, key_name: inner_key}
