"""A version changes when a reward may, and with nothing else; the shipped routes are whole."""

from typing import Any

import pytest
from tests.fakes.in_process_pool import VERIFIERS, ExactMatch

from assay.configs import load_config
from assay.domain.errors import ConfigError
from assay.domain.reward import RewardDomain
from assay_rl_rewards.routes.route import Route, RouteSet
from assay_rl_rewards.routes.versions import load_routes, version_route

BODY: dict[str, Any] = {
    "parts": [{"type": "verifier", "name": "correctness", "verifier": "math", "weight": 1.0}]
}


def version_of(body: dict[str, Any], catalogue: Any = VERIFIERS, **scorers: str) -> str:
    return version_route("math", Route.model_validate(body), catalogue).version(scorers, "c0")


def test_a_version_names_route_digest_and_verifiers() -> None:
    route = version_route("math", Route.model_validate(BODY), VERIFIERS)
    assert route.version({}, "c0") == f"math@{route.digest[:16]}:math/3+c0"
    assert len(route.digest) == 64


def test_the_digest_is_of_the_resolved_route() -> None:
    spelled_out = BODY | {"gates": [], "shaping": [], "clip": None, "truncated": "zero"}
    assert version_of(spelled_out) == version_of(BODY)
    assert version_of(BODY | {"truncated": "score"}) != version_of(BODY)


def test_a_new_version_of_a_verifier_is_a_new_version_of_the_route() -> None:
    class Newer(ExactMatch):
        version = 4

    assert version_of(BODY, {**VERIFIERS, "math": Newer()}).endswith(":math/4+c0")


def test_a_scorer_has_its_version_in_it() -> None:
    body = {"parts": [{"type": "reward_model", "name": "p", "weight": 1}]}
    assert version_of(body).endswith(":reward_model/none+c0")
    assert version_of(body, reward_model="rm-7").endswith(":reward_model/rm-7+c0")


def test_shaping_without_weight_measures_nothing() -> None:
    repetition = {"type": "repetition", "name": "r", "free_share": 0.1, "full_share": 0.5}
    off = Route.model_validate(BODY | {"shaping": [repetition]})
    on = Route.model_validate(BODY | {"shaping": [repetition | {"weight": 0.5}]})
    assert "r" not in version_route("math", off, VERIFIERS).verifiers
    assert version_route("math", on, VERIFIERS).verifiers["r"] == "repetition"


def test_a_verifier_that_does_not_exist_is_named() -> None:
    body = {"parts": [{"type": "verifier", "name": "p", "verifier": "maths", "weight": 1}]}
    with pytest.raises(ConfigError, match=r"expected verifiers of .* found maths"):
        version_of(body)


def test_the_shipped_routes_cover_every_domain() -> None:
    routes = load_config(RouteSet, "rewards", "default").routes
    assert set(routes) == set(RewardDomain)
    for route in routes.values():
        assert not any(shaping.weight for shaping in route.shaping), "shaping is off"


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(ConfigError, match="expected a rewards file or one of"):
        load_routes("nowhere", VERIFIERS)
