"""What the service tells of itself: its domains, their routes and versions, its limits."""

from collections.abc import Mapping
from typing import Any

from assay_rl_rewards.engine import RewardEngine
from assay_rl_rewards.params import PARAMS
from assay_rl_rewards.routes.versions import VersionedRoute
from assay_rl_rewards.service.settings import RewardServiceSettings
from assay_rl_rewards.verifier import Verifier


def describe_domains(
    engine: RewardEngine,
    catalogue: Mapping[str, Verifier[Any]],
    settings: RewardServiceSettings,
) -> dict[str, Any]:
    """Return the body of `GET /v1/domains`."""
    versions = engine.versions()
    return {
        "domains": [
            _domain(route, versions[domain], catalogue) for domain, route in engine.routes.items()
        ],
        "limits": {
            "max_rollouts": settings.max_rollouts,
            "max_body_bytes": settings.max_body_bytes,
            "max_response_chars": settings.max_response_chars,
            "deadline_seconds": settings.deadline_seconds,
            "request_timeout_seconds": settings.request_timeout_seconds,
        },
    }


def _domain(
    route: VersionedRoute, version: str, catalogue: Mapping[str, Verifier[Any]]
) -> dict[str, Any]:
    names = dict.fromkeys(route.verifiers.values())  # each once, in order
    return {
        "domain": route.id,
        "version": version,
        "digest": route.digest,
        "route": route.route.model_dump(mode="json"),
        "verifiers": [
            {
                "id": name,
                "version": catalogue[name].version,
                "params": PARAMS[name].json_schema() if name in PARAMS else None,
            }
            for name in names
        ],
    }
