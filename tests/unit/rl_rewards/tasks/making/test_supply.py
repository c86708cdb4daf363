from collections.abc import Iterator

import pytest

from assay.domain.errors import ConfigError
from assay.domain.reward import RewardDomain
from assay.domain.sample import JsonValue
from assay_rl_rewards.tasks.making.catalogue import open_maker, read_domain
from assay_rl_rewards.tasks.making.drafts import ExhaustedError, TaskRow
from assay_rl_rewards.tasks.making.supply import MAX_TASKS, Supply


def _row(question: str, reference: JsonValue = 7, **params: JsonValue) -> TaskRow:
    return {
        "id": question,
        "domain": "math",
        "messages": [{"role": "user", "content": question}],
        "reference": reference,
        "params": params,
        "language": "en",
        "source": "test",
    }


def _supply(*rows: TaskRow) -> Supply:
    return Supply(RewardDomain.MATH, iter(rows))


def test_a_question_asked_before_in_other_case_and_blanks_is_dropped() -> None:
    supply = _supply(_row("What is 3 + 4?"), _row("what  is 3 + 4?\n"), _row("What is 4 + 3?"))
    assert [row["id"] for row in supply.take(9)] == ["What is 3 + 4?", "What is 4 + 3?"]
    assert supply.drops == {"repeated": 1}
    assert supply.languages == {"en": 2}


def test_unfit_tasks_are_dropped_and_counted_by_their_fault() -> None:
    unreadable = _row("What is it?", "a word", answer_form="numeral")
    echoing = _row("7", 7)
    supply = _supply(unreadable, echoing, _row("What is 3 + 4?"))
    assert [row["id"] for row in supply.take(9)] == ["What is 3 + 4?"]
    assert supply.drops == {"invalid": 1, "echo_wins": 1}


def test_a_maker_with_nothing_new_ends_the_supply() -> None:
    def ending() -> Iterator[TaskRow]:
        yield _row("What is 3 + 4?")
        raise ExhaustedError("nothing new")

    supply = Supply(RewardDomain.MATH, ending())
    assert len(list(supply.take(5))) == 1
    assert supply.is_exhausted


def test_a_supply_that_has_what_was_wanted_asks_its_maker_for_no_more() -> None:
    rows = iter([_row("What is 3 + 4?"), _row("What is 4 + 3?")])
    supply = Supply(RewardDomain.MATH, rows)
    assert len(list(supply.take(1))) == 1
    assert not supply.is_exhausted
    assert next(rows)["id"] == "What is 4 + 3?"


@pytest.mark.parametrize("count", [0, -1, MAX_TASKS + 1])
def test_memory_is_bounded_by_the_number_of_tasks(count: int) -> None:
    with pytest.raises(ValueError, match="expected 1 to"):
        list(_supply().take(count))


def test_a_domain_without_a_maker_and_a_card_without_a_reader_are_refused() -> None:
    with pytest.raises(ConfigError, match="found 'science'"):
        read_domain("science")
    with pytest.raises(ConfigError, match="found one for 'math'"):
        open_maker(RewardDomain.MATH, 1, {"name": "Larch"})
    with pytest.raises(ConfigError, match="model card"):
        open_maker(RewardDomain.IDENTITY, 1, {"name": "Larch"})
