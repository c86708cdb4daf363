"""Calibration tasks from a model card: what it says is known, what no card could say is not.

Half of the questions have their answer on the card, or follow from it by a division or a
difference, and abstaining on them earns nothing. The other half ask for what nobody can know, and
only abstaining is right. Quotients and differences are checked by adding up again.
"""

import random
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

from assay.domain.reward import RewardDomain
from assay.domain.sample import JsonValue
from assay_rl_rewards.tasks.making.card_wording import ABSTAIN, KNOWN, UNKNOWN
from assay_rl_rewards.tasks.making.drafts import Draft, TaskRow, stream_tasks
from assay_rl_rewards.tasks.making.model_card import ModelCard, read_card

_PLAIN = ("licence", "context", "languages")
_LONGEST_DOCUMENT = 20_000


def make(seed: int, card: Mapping[str, Any] | ModelCard | None = None) -> Iterator[TaskRow]:
    """Yield calibration tasks of a card (None: an example) without end, the same for a seed.

    Raises:
        ConfigError: the card is incomplete.
        ExhaustedError: all that can be asked has been asked.
    """
    return stream_tasks(RewardDomain.KNOWLEDGE_CALIBRATION, seed, partial(_draw, read_card(card)))


def _draw(card: ModelCard, chance: random.Random) -> Draft:
    language = chance.choice(tuple(KNOWN))
    if chance.random() < 0.5:
        question, gold = _known(card, chance, language)
        params: dict[str, JsonValue] = {"known": True}
    else:
        question, gold, params = _unknown(card, chance, language), None, {}
    return Draft(f"{question}\n{ABSTAIN[language]}", gold, params, language)


def _known(card: ModelCard, chance: random.Random, language: str) -> tuple[str, JsonValue]:
    kind = chance.choice((*_PLAIN, *("fits", "left") * 6))
    size = chance.randint(1, min(_LONGEST_DOCUMENT, card.context_length))
    return KNOWN[language][kind].format(size=size), _answer(card, kind, size)


def _answer(card: ModelCard, kind: str, size: int) -> JsonValue:
    if kind == "licence":
        return [card.licence, *card.licence_aliases]
    if kind == "languages":
        return len(card.languages)
    if kind == "fits":
        count = card.context_length // size
        assert count * size <= card.context_length < (count + 1) * size
        return count
    if kind == "left":
        left = card.context_length - size
        assert left + size == card.context_length
        return left
    thousands, rest = divmod(card.context_length, 1024)
    return [card.context_length] if rest else [card.context_length, f"{thousands}K"]


def _unknown(card: ModelCard, chance: random.Random, language: str) -> str:
    day = date(2000, 1, 1) + timedelta(chance.randrange(9000))
    template = chance.choice(UNKNOWN[language])
    count = chance.randint(1000, 99_999)
    return template.format(day=day.isoformat(), maker=card.maker, count=count)
