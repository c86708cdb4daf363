"""The table of params names verifiers that exist, and each has a schema of an object."""

import pytest

from assay_rl_rewards.catalogue import VERIFIERS
from assay_rl_rewards.params import PARAMS


@pytest.mark.parametrize("name", sorted(PARAMS))
def test_what_is_described_exists_and_is_told_as_a_schema(name: str) -> None:
    assert name in VERIFIERS
    schema = PARAMS[name].json_schema()
    assert {"type", "oneOf", "anyOf", "$ref"} & set(schema)
