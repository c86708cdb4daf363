"""The makers of tasks that exist, by domain: an explicit table.

`science`, `instruction_following` and `general_chat` have none: their tasks need facts or texts
from outside, or a judge.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from assay.domain.errors import ConfigError
from assay.domain.reward import RewardDomain
from assay_rl_rewards.tasks.making import (
    identity,
    in_context_learning,
    knowledge_calibration,
    logical_reasoning,
    math,
    structured_output,
    temporal_reasoning,
    text2sql,
)
from assay_rl_rewards.tasks.making.drafts import TaskRow

Maker: TypeAlias = Callable[[int], Iterator[TaskRow]]
CardMaker: TypeAlias = Callable[[int, Mapping[str, Any] | None], Iterator[TaskRow]]

MAKERS: Mapping[RewardDomain, Maker] = {
    RewardDomain.IN_CONTEXT_LEARNING: in_context_learning.make,
    RewardDomain.LOGICAL_REASONING: logical_reasoning.make,
    RewardDomain.MATH: math.make,
    RewardDomain.STRUCTURED_OUTPUT: structured_output.make,
    RewardDomain.TEMPORAL_REASONING: temporal_reasoning.make,
    RewardDomain.TEXT2SQL: text2sql.make,
}
CARD_MAKERS: Mapping[RewardDomain, CardMaker] = {
    RewardDomain.IDENTITY: identity.make,
    RewardDomain.KNOWLEDGE_CALIBRATION: knowledge_calibration.make,
}
DOMAINS = (*MAKERS, *CARD_MAKERS)


def read_domain(name: str) -> RewardDomain:
    """Return the domain of a name.

    Raises:
        ConfigError: there is no maker for it.
    """
    for domain in DOMAINS:
        if domain.value == name:
            return domain
    raise ConfigError(
        f"expected a domain that tasks are made for ({', '.join(sorted(DOMAINS))}), found {name!r}"
    )


def open_maker(
    domain: RewardDomain, seed: int, card: Mapping[str, Any] | None = None
) -> Iterator[TaskRow]:
    """Return the tasks of a domain, endless or until nothing new can be asked.

    Args:
        domain: one of `DOMAINS`.
        seed: the same tasks come for the same seed.
        card: facts of a model, for the domains of `CARD_MAKERS`; None: an example.

    Raises:
        ConfigError: a card is given to a domain that reads none, or lacks a fact.
    """
    if domain in CARD_MAKERS:
        return CARD_MAKERS[domain](seed, card)
    if card is not None:
        raise ConfigError(
            f"expected a model card only for {', '.join(sorted(CARD_MAKERS))},"
            f" found one for {domain.value!r}"
        )
    return MAKERS[domain](seed)
