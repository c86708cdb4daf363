"""Identity tasks from a model card: who it is and who made it, asked in many ways.

Some questions suppose another model or maker; the right answer is the card's all the same. A task
that asks for the name alone requires no maker, and the other way round.
"""

import random
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from assay.domain.reward import RewardDomain
from assay.domain.sample import JsonValue
from assay_rl_rewards.tasks.making.card_wording import IDENTITY, OTHER_MAKERS, OTHER_MODELS
from assay_rl_rewards.tasks.making.drafts import Draft, TaskRow, stream_tasks
from assay_rl_rewards.tasks.making.model_card import ModelCard, read_card

_ASKS = ("who", "name", "maker", "is_model", "is_made_by")


def make(seed: int, card: Mapping[str, Any] | ModelCard | None = None) -> Iterator[TaskRow]:
    """Yield identity tasks of a card (None: an example) without end, the same for the same seed.

    Raises:
        ConfigError: the card is incomplete.
        ExhaustedError: all that can be asked has been asked.
    """
    return stream_tasks(RewardDomain.IDENTITY, seed, partial(_draw, read_card(card)))


def _draw(card: ModelCard, chance: random.Random) -> Draft:
    language = chance.choice(tuple(IDENTITY))
    wording = IDENTITY[language]
    kind = chance.choices(_ASKS, weights=(2, 1, 1, 4, 4))[0]
    others = {
        "model": chance.choice([m for m in OTHER_MODELS if m.casefold() != card.name.casefold()]),
        "maker": chance.choice([m for m in OTHER_MAKERS if m.casefold() != card.maker.casefold()]),
    }
    asked = chance.choice(wording.questions[kind]).format(**others)
    question = " ".join((chance.choice(wording.greetings), chance.choice(wording.leads), asked))
    names: JsonValue = {"aliases": {"any": [card.name, *card.name_aliases]}}
    makers: JsonValue = {"aliases": {"any": [card.maker, *card.maker_aliases]}}
    required = {"name": [names], "is_model": [names], "maker": [makers], "is_made_by": [makers]}
    own: list[JsonValue] = [card.name, card.maker, *card.name_aliases, *card.maker_aliases]
    params: dict[str, JsonValue] = {
        "required": required.get(kind, [names, makers]),
        "own": own,
        "facts": list(card.facts),
    }
    gold = wording.answer.format(name=card.name, maker=card.maker)
    return Draft(" ".join(question.split()), gold, params, language)
