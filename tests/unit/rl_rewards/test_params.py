"""The table of params covers the verifiers of all domains, and each entry has a schema."""

import pytest

from assay.domain.reward import RewardDomain
from assay_rl_rewards.catalogue import VERIFIERS
from assay_rl_rewards.params import PARAMS
from assay_rl_rewards.routes.versions import load_routes


def test_every_verifier_of_a_domain_says_what_it_takes() -> None:
    assert set(PARAMS) == {domain.value for domain in RewardDomain} & set(VERIFIERS)


@pytest.mark.parametrize("name", sorted(PARAMS))
def test_what_is_taken_is_told_as_a_schema(name: str) -> None:
    schema = PARAMS[name].json_schema()
    assert {"type", "oneOf", "anyOf", "$ref"} & set(schema)


def test_the_shipped_routes_name_verifiers_that_exist() -> None:
    routes = load_routes("default", VERIFIERS)
    assert set(routes) == {domain.value for domain in RewardDomain}
    for domain, route in routes.items():
        assert route.main_verifier in (domain, None)
