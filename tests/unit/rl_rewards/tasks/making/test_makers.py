import json
from collections import Counter
from functools import cache
from itertools import islice
from typing import Any

import pytest

from assay_rl_rewards.catalogue import VERIFIERS
from assay_rl_rewards.tasks.making import identity, in_context_learning, knowledge_calibration
from assay_rl_rewards.tasks.making.catalogue import CARD_MAKERS, MAKERS, open_maker, read_domain
from assay_rl_rewards.tasks.making.drafts import TaskRow
from assay_rl_rewards.tasks.making.supply import read_row

NUM_TASKS = 24
NUM_LANGUAGES = {"text2sql": 1}
NUM_GRADED = {"text2sql": 4}  # each runs its decoys on three databases
DOMAINS = pytest.mark.parametrize("domain", [d.value for d in (*MAKERS, *CARD_MAKERS)])


@cache
def _rows(domain: str, seed: int = 3, num: int = NUM_TASKS) -> list[TaskRow]:
    return list(islice(open_maker(read_domain(domain), seed), num))


@DOMAINS
def test_gold_earns_all_and_what_knows_nothing_earns_nothing(domain: str) -> None:
    verifier = VERIFIERS[domain]
    for row in _rows(domain)[: NUM_GRADED.get(domain)]:
        task = read_row(row)
        read = verifier.read_task(task)
        gold = verifier.render_gold(read)
        assert gold is not None
        assert verifier.grade(read, gold).score == 1
        losing = [decoy.text for decoy in verifier.list_decoys(read)]
        for text in (*losing, "", task.question, f"Answer: {task.question}"):
            assert verifier.grade(read, text).score == 0, row


@DOMAINS
def test_the_same_seed_gives_the_same_distinct_tasks(domain: str) -> None:
    rows = _rows(domain)
    assert json.dumps(rows[:5]) == json.dumps(_rows(domain, num=5))
    assert len({json.dumps(row["messages"]) for row in rows}) == NUM_TASKS
    assert len({row["id"] for row in rows}) == NUM_TASKS
    assert not {str(row["id"]) for row in rows} >= {str(row["id"]) for row in _rows(domain, 4, 5)}


@DOMAINS
def test_rows_have_the_shape_of_rl_tasks_in_several_languages(domain: str) -> None:
    rows = _rows(domain)
    keys = {"id", "domain", "messages", "reference", "params", "language", "source"}
    assert all(set(row) == keys and row["domain"] == domain for row in rows)
    assert len({row["language"] for row in rows}) >= NUM_LANGUAGES.get(domain, 4)


def test_labels_of_induction_tasks_are_balanced_and_the_query_is_hidden() -> None:
    gold_places: Counter[int] = Counter()
    for row in islice(in_context_learning.make(5), 120):
        params: Any = row["params"]
        assert params["query"] not in {shown["input"] for shown in params["demonstrations"]}
        if params["normaliser"] == "label":
            shown = Counter(each["output"] for each in params["demonstrations"])
            assert len(set(shown.values())) == 1
            gold_places[params["labels"].index(row["reference"])] += 1
    assert max(gold_places.values()) < 0.75 * gold_places.total()


def test_a_card_gives_its_own_names_and_facts() -> None:
    card = {
        "name": "Granite",
        "maker": "IBM",
        "languages": ["en", "de"],
        "licence": "Apache-2.0",
        "context_length": 8192,
    }
    text = json.dumps(list(islice(identity.make(1, card), 20)))
    assert "Granite" in text
    assert "Larch" not in text
    rows = list(islice(knowledge_calibration.make(1, card), 120))
    answers = [row["reference"] for row in rows if "context" in json.dumps(row["messages"])]
    assert [8192, "8K"] in answers
    known = Counter(row["reference"] is not None for row in rows)
    assert 0.3 < known[True] / known.total() < 0.7
