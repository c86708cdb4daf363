"""What workers do before they are forked must succeed, or no service would start."""

import pytest

from assay.domain.sample import Message
from assay_rl_rewards.catalogue import VERIFIERS
from assay_rl_rewards.pool.jobs import PoolItem
from assay_rl_rewards.verifier import Task
from assay_rl_rewards.warm_up import ITEMS


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: f"{item.verifier}-{item.text[:20]}")
def test_every_item_earns_1(item: PoolItem) -> None:
    verifier = VERIFIERS[item.verifier]
    task = Task(
        item.task["domain"],  # type: ignore[arg-type]
        (Message("user", "Please answer."),),
        item.task["reference"],
        item.task["params"],  # type: ignore[arg-type]
    )
    assert verifier.grade(verifier.read_task(task), item.text).score == 1.0


def test_every_verifier_is_warmed_up_but_measures() -> None:
    assert {item.verifier for item in ITEMS} == set(VERIFIERS) - {"language", "repetition"}
