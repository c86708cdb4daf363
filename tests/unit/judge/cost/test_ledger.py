import threading
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from assay.domain.judgement import Judgement, Usage
from assay_judge.cost.ledger import Ledger
from assay_judge.cost.prices import ModelPrice, PriceTable

TABLE = PriceTable(
    version="test-1",
    models=(ModelPrice(match="priced", prompt=Decimal(2), completion=Decimal(8)),),
)
usages = st.builds(
    Usage,
    num_calls=st.integers(0, 9),
    num_prompt_tokens=st.integers(0, 9999),
    num_cached_tokens=st.none() | st.integers(0, 99),
    from_cache=st.integers(0, 1),
)


@given(st.lists(st.tuples(st.sampled_from("ab"), usages)))
def test_totals_are_sums_whatever_the_order(records: list[tuple[str, Usage]]) -> None:
    forward, backward = Ledger(), Ledger()
    for model, usage in records:
        forward.record(usage, model=model)
    for model, usage in reversed(records):
        backward.record(usage, model=model)
    assert forward.snapshot() == backward.snapshot()
    assert forward.totals == sum((usage for _, usage in records), Usage())
    assert forward.snapshot().num_judgements == len(records)


def test_a_judgement_is_recorded_with_its_model_and_what_it_made_up() -> None:
    ledger = Ledger()
    usage = Usage(num_calls=2, num_prompt_tokens=10)
    judgement = Judgement(
        judge="m", version="1", turn=1, scores={}, usage=usage, num_fabricated_quotes=3
    )
    ledger.record_judgement(judgement)
    ledger.record_judgement(judgement.model_copy(update={"usage": Usage(from_cache=1)}))
    snapshot = ledger.snapshot()
    assert snapshot.num_fabricated_quotes == 6
    assert snapshot.num_cache_hits == 1
    assert snapshot.models["m"].num_judgements == 2
    assert snapshot.models["m"].usage == Usage(num_calls=2, num_prompt_tokens=10, from_cache=1)


def test_failures_are_counted_by_code_and_what_they_cost_is_kept() -> None:
    ledger = Ledger()
    ledger.record_failure("timeout", usage=Usage(num_calls=1, num_prompt_tokens=7), model="m")
    ledger.record_failure("timeout", model="m")
    ledger.record_failure("malformed", model="n")
    snapshot = ledger.snapshot()
    assert snapshot.errors == {"malformed": 1, "timeout": 2}
    assert (snapshot.num_judgements, snapshot.usage.num_prompt_tokens) == (0, 7)
    assert snapshot.models["m"].num_errors == 2


def test_the_cost_names_its_price_table() -> None:
    ledger = Ledger(TABLE)
    ledger.record(Usage(num_prompt_tokens=100, num_completion_tokens=10), model="priced")
    snapshot = ledger.snapshot()
    assert (snapshot.cost_micro_usd, snapshot.prices) == (280, "test-1")
    assert snapshot.models["priced"].cost_micro_usd == 280


def test_tokens_without_a_price_make_the_whole_cost_unknown() -> None:
    ledger = Ledger(TABLE)
    ledger.record(Usage(num_prompt_tokens=100), model="priced")
    ledger.record(Usage(from_cache=1), model="unpriced")
    assert ledger.snapshot().cost_micro_usd == 200  # an answer from the cache needs no price
    ledger.record(Usage(num_prompt_tokens=1), model="unpriced")
    assert ledger.snapshot().cost_micro_usd is None


def test_without_a_price_table_there_is_no_cost() -> None:
    ledger = Ledger()
    ledger.record(Usage())
    assert ledger.snapshot().cost_micro_usd is None


def test_threads_lose_nothing() -> None:
    ledger = Ledger()

    def record() -> None:
        for _ in range(500):
            ledger.record(Usage(num_calls=1), model="m")
            ledger.record_failure("timeout", model="m")

    threads = [threading.Thread(target=record) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    snapshot = ledger.snapshot()
    assert (snapshot.usage.num_calls, snapshot.errors["timeout"]) == (2000, 2000)
