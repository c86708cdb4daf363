import json
import random
from collections import Counter
from itertools import islice
from typing import Any

import pytest

from assay_rl_rewards.domains.structured_output import StructuredOutput
from assay_rl_rewards.tasks.making import structured_output
from assay_rl_rewards.tasks.making.documents.texts import STYLES, Statement, Style
from assay_rl_rewards.tasks.making.documents.values import draw_value, read_value, tell_value
from assay_rl_rewards.tasks.making.documents.vocabulary import ENTITIES, LANGUAGES, Part
from assay_rl_rewards.tasks.making.structured_output import Form, gather
from assay_rl_rewards.tasks.making.supply import read_row

VERIFIER = StructuredOutput()
STATEMENTS = [
    Statement(("open",), "yes"),
    Statement(("rooms", "1", "name"), "Bradell"),
    Statement(("rooms", "1", "floor"), "3"),
    Statement(("rooms", "2", "floor"), "4"),
    Statement(("director", "name"), "Cel Fenga"),
    Statement(("keywords",), "orga; ulna"),
]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_text_states_is_read_from_it_again(style: Style, language: str) -> None:
    text = style.write(STATEMENTS, language)
    assert sorted(style.read(text, language)) == sorted(STATEMENTS)
    assert sorted(style.read(text.replace("Bradell", "Other"), language)) != sorted(STATEMENTS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_value_is_read_as_it_was_told(language: str) -> None:
    chance = random.Random(5)
    for entity in ENTITIES:
        for field in (*entity.fields, *(f for part in entity.parts for f in part.fields)):
            value = draw_value(field, chance)
            assert read_value(field, tell_value(field, value, language), language) == value


def test_what_the_schema_does_not_know_is_no_part_of_the_object() -> None:
    library = ENTITIES[1]
    name, city, *_ = library.fields
    rooms = next(part for part in library.parts if part.is_list)
    form = Form(
        [name], [Part(rooms.key, rooms.labels, rooms.fields[:2], is_list=True)], frozenset()
    )
    statements = [
        Statement((city.labels["en"],), "Galholm"),
        Statement((name.labels["en"],), "Torwen"),
        *STATEMENTS[1:4],
    ]
    assert gather(form, statements, "en") == {
        "name": "Torwen",
        "rooms": [{"name": "Bradell", "floor": 3}, {"floor": 4}],
    }


def test_a_hundred_tasks_pay_their_gold_and_no_decoy() -> None:
    places, styles = Counter[str](), Counter[str]()
    for row in islice(structured_output.make(8), 100):
        task = read_row(row)
        read = VERIFIER.read_task(task)
        gold = VERIFIER.render_gold(read)
        assert gold is not None
        assert VERIFIER.grade(read, gold).score == 1
        for decoy in VERIFIER.list_decoys(read):
            assert VERIFIER.grade(read, decoy.text).score == 0, decoy.kind
        places[str(task.params["extract"])] += 1
        _, _, text = task.question.split("\n\n", 2)
        styles[text.partition("\n")[2][0]] += 1
    assert set(places) == {"whole", "fenced"}
    assert styles["|"] > 10 < styles["-"]


def test_one_wrong_value_earns_nothing() -> None:
    for row in islice(structured_output.make(2), 20):
        read = VERIFIER.read_task(read_row(row))
        wrong: Any = json.loads(json.dumps(row["reference"]))
        wrong.popitem()
        answer = json.dumps(wrong)
        for text in (answer, f"```json\n{answer}\n```"):
            assert VERIFIER.grade(read, text).score == 0


def test_tasks_have_ids_of_their_own() -> None:
    assert len({row["id"] for row in islice(structured_output.make(9), 300)}) == 300
