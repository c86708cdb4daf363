import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.domain.errors import BudgetError, ConfigError
from assay.domain.judgement import Usage
from assay_judge.cost import account
from assay_judge.cost.budget import Budget, Limit, Unit, parse_limit
from assay_judge.cost.prices import ModelPrice, PriceTable

TABLE = PriceTable(
    version="test",
    models=(ModelPrice(match="priced", prompt=Decimal(2), completion=Decimal(8)),),
)

# Reserves and settles from many tasks until the budget is spent; says what was really used.
SPENDER = """
import asyncio, json, random, sys
from pathlib import Path
from assay.domain.errors import BudgetError
from assay.domain.judgement import Usage
from assay_judge.cost.budget import Budget

async def spend(budget, seed):
    chance, used, most = random.Random(seed), 0, 0
    while True:
        estimate = chance.randint(50, 150)
        try:
            reservation = await budget.reserve(Usage(num_prompt_tokens=estimate))
        except BudgetError:
            return used
        await asyncio.sleep(chance.random() / 1000)
        real = chance.randint(0, estimate)
        used += real
        budget.settle(reservation, Usage(num_prompt_tokens=real))

async def main(path, limit, seed):
    budget = Budget(limit_tokens=int(limit), path=Path(path))
    print("open", flush=True)
    used = await asyncio.gather(*(spend(budget, f"{seed}-{n}") for n in range(50)))
    await budget.close()
    print(json.dumps(sum(used)), flush=True)

asyncio.run(main(*sys.argv[1:]))
"""
HOLDER = """
import asyncio, sys
from pathlib import Path
from assay.domain.judgement import Usage
from assay_judge.cost.budget import Budget

async def main(path):
    budget = Budget(limit_tokens=1000, path=Path(path))
    budget.settle(await budget.reserve(Usage(num_prompt_tokens=100)), Usage(num_prompt_tokens=70))
    await budget.reserve(Usage(num_prompt_tokens=800))
    print("reserved", flush=True)
    await asyncio.sleep(600)

asyncio.run(main(sys.argv[1]))
"""


def _tokens(number: int) -> Usage:
    return Usage(num_prompt_tokens=number)


def _use(budget: Budget, use: Callable[[Budget], Awaitable[None]]) -> None:
    async def run() -> None:
        try:
            await use(budget)
        finally:
            await budget.close()

    asyncio.run(run())


@pytest.fixture(params=["memory", "file"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "budget.db" if request.param == "file" else None


def test_nothing_is_reserved_beyond_the_limit(path: Path | None) -> None:
    async def use(budget: Budget) -> None:
        await budget.reserve(_tokens(60))
        await budget.reserve(_tokens(40))
        with pytest.raises(BudgetError, match=r"0 tokens spent and 100 tokens reserved.*raise"):
            await budget.reserve(_tokens(1))

    _use(Budget(limit_tokens=100, path=path), use)


def test_what_was_not_used_can_be_reserved_again(path: Path | None) -> None:
    async def use(budget: Budget) -> None:
        reservation = await budget.reserve(_tokens(100))
        budget.settle(reservation, _tokens(30))
        await budget.reserve(_tokens(70))
        with pytest.raises(BudgetError):
            await budget.reserve(_tokens(1))
        state = await budget.state()
        assert (state.spent, state.reserved, state.limit) == (30, 70, 100)

    _use(Budget(limit_tokens=100, path=path), use)


def test_the_limit_is_passed_by_no_more_than_estimates_were_too_low(path: Path | None) -> None:
    async def use(budget: Budget) -> None:
        reservation = await budget.reserve(_tokens(90))
        budget.settle(reservation, _tokens(130))
        assert (await budget.state()).spent == 130
        with pytest.raises(BudgetError):
            await budget.reserve(_tokens(1))

    _use(Budget(limit_tokens=100, path=path), use)


def test_a_cancelled_request_holds_nothing(path: Path | None) -> None:
    async def use(budget: Budget) -> None:
        tasks = [asyncio.create_task(budget.reserve(_tokens(10))) for _ in range(10)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        kept = [end for end in ends if not isinstance(end, BaseException)]
        assert (await budget.state()).reserved == 10 * len(kept)

    _use(Budget(limit_tokens=100, path=path), use)


def test_money_is_counted_with_the_price_table(path: Path | None) -> None:
    async def use(budget: Budget) -> None:
        usage = Usage(num_prompt_tokens=100, num_completion_tokens=100)
        budget.settle(await budget.reserve(usage, model="priced"), usage)
        assert (await budget.state()).spent == 1000
        with pytest.raises(BudgetError, match=r"\$0\.001000 spent"):
            await budget.reserve(_tokens(1), model="priced")

    _use(Budget(limit_micro_usd=1000, path=path, prices=TABLE), use)


def test_money_needs_prices() -> None:
    with pytest.raises(ConfigError, match="budget in tokens"):
        Budget(limit_micro_usd=5)
    with pytest.raises(ConfigError, match=r"'unpriced'.*'test'"):
        Budget(limit_micro_usd=5, prices=TABLE).check_model("unpriced")
    Budget(limit_tokens=5).check_model("unpriced")


@pytest.mark.parametrize(("micro_usd", "tokens"), [(None, None), (1, 1), (-1, None), (None, -1)])
def test_a_budget_has_one_limit(micro_usd: int | None, tokens: int | None) -> None:
    with pytest.raises(ConfigError, match="one limit"):
        Budget(micro_usd, tokens, prices=TABLE)


requests = st.lists(st.tuples(st.integers(0, 60), st.floats(0, 1)), max_size=30)


@settings(max_examples=60)
@given(requests, st.integers(0, 200))
def test_whatever_is_asked_spending_stays_within_the_limit(
    asked: list[tuple[int, float]], limit: int
) -> None:
    async def use(budget: Budget) -> None:
        for number, share in asked:
            try:
                reservation = await budget.reserve(_tokens(number))
            except BudgetError:
                state = await budget.state()
                assert state.spent + state.reserved + number > limit
                continue
            state = await budget.state()
            assert state.spent + state.reserved <= limit
            budget.settle(reservation, _tokens(int(number * share)))

    _use(Budget(limit_tokens=limit), use)


def test_what_was_spent_is_remembered_by_the_file(tmp_path: Path) -> None:
    async def spend(budget: Budget) -> None:
        budget.settle(await budget.reserve(_tokens(80)), _tokens(80))
        await budget.reserve(_tokens(20))  # never settled: released by close

    async def more(budget: Budget) -> None:
        state = await budget.state()
        assert (state.spent, state.reserved) == (80, 0)
        await budget.reserve(_tokens(60))

    path = tmp_path / "budget.db"
    _use(Budget(limit_tokens=100, path=path), spend)
    _use(Budget(limit_tokens=140, path=path), more)


def test_a_file_counts_one_unit(tmp_path: Path) -> None:
    async def nothing(budget: Budget) -> None:
        """Open and close."""

    path = tmp_path / "budget.db"
    _use(Budget(limit_tokens=100, path=path), nothing)
    with pytest.raises(ConfigError, match="to count micro_usd, found tokens"):
        Budget(limit_micro_usd=100, path=path, prices=TABLE)


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    path.write_text("not a database, and long enough to look at. " * 9)
    with pytest.raises(ConfigError, match="sound budget file"):
        Budget(limit_tokens=100, path=path)


def test_processes_together_spend_the_budget_and_no_more(tmp_path: Path) -> None:
    path, limit = tmp_path / "budget.db", 60_000
    command = [sys.executable, "-c", SPENDER, str(path), str(limit)]
    spenders = [
        subprocess.Popen([*command, str(seed)], stdout=subprocess.PIPE) for seed in range(3)
    ]
    outs = [spender.communicate(timeout=100)[0] for spender in spenders]
    assert [spender.returncode for spender in spenders] == [0, 0, 0]
    used = sum(json.loads(out.splitlines()[-1]) for out in outs)
    assert limit - 3 * 50 * 150 < used <= limit  # each task stops at its first refusal

    async def look(budget: Budget) -> None:
        state = await budget.state()
        assert (state.spent, state.reserved) == (used, 0)

    _use(Budget(limit_tokens=limit, path=path), look)


def test_a_killed_process_holds_its_reservations_no_longer(tmp_path: Path) -> None:
    path = tmp_path / "budget.db"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"reserved\n"

        async def use(budget: Budget) -> None:
            with pytest.raises(BudgetError, match="70 tokens spent and 800 tokens reserved"):
                await budget.reserve(_tokens(500))
            holder.send_signal(signal.SIGKILL)
            holder.wait()
            await asyncio.sleep(account.SWEEP_SECONDS + 0.05)
            await budget.reserve(_tokens(500))
            assert (await budget.state()).spent == 70  # what was settled stays spent

        _use(Budget(limit_tokens=1000, path=path), use)


@pytest.mark.parametrize(
    ("machine", "age_seconds", "is_held"),
    [("elsewhere", 60, True), ("elsewhere", account.MAX_RESERVATION_SECONDS + 60, False)],
)
def test_reservations_of_another_machine_end_with_time(
    tmp_path: Path, machine: str, age_seconds: float, is_held: bool
) -> None:
    async def nothing(budget: Budget) -> None:
        """Open and close."""

    async def look(budget: Budget) -> None:
        assert (await budget.state()).reserved == (500 if is_held else 0)

    path = tmp_path / "budget.db"
    _use(Budget(limit_tokens=1000, path=path), nothing)
    connection = sqlite3.connect(path)
    row = ("token", 1, machine, 1, "1", 500, time.time() - age_seconds)
    connection.execute("INSERT INTO reservation VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    connection.commit()
    connection.close()
    _use(Budget(limit_tokens=1000, path=path), look)


def test_a_reused_process_id_holds_nothing(tmp_path: Path) -> None:
    async def nothing(budget: Budget) -> None:
        """Open and close."""

    async def look(budget: Budget) -> None:
        assert (await budget.state()).reserved == 0

    path = tmp_path / "budget.db"
    _use(Budget(limit_tokens=1000, path=path), nothing)
    machine = account.owner_of_this_process().machine
    connection = sqlite3.connect(path)
    row = ("token", 1, machine, os.getpid(), "another start", 500, time.time())
    connection.execute("INSERT INTO reservation VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    connection.commit()
    connection.close()
    _use(Budget(limit_tokens=1000, path=path), look)


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("5 usd", 5_000_000, Unit.MICRO_USD),
        ("5USD", 5_000_000, Unit.MICRO_USD),
        ("2.50$", 2_500_000, Unit.MICRO_USD),
        ("$3", 3_000_000, Unit.MICRO_USD),
        ("$ 0.000001", 1, Unit.MICRO_USD),
        ("10 dollars", 10_000_000, Unit.MICRO_USD),
        ("1.5k usd", 1_500_000_000, Unit.MICRO_USD),
        ("300k tokens", 300_000, Unit.TOKENS),
        ("300ktokens", 300_000, Unit.TOKENS),
        ("2M", 2_000_000, Unit.TOKENS),
        (" 1.5 m tokens ", 1_500_000, Unit.TOKENS),
        ("1_000_000", 1_000_000, Unit.TOKENS),
        ("7", 7, Unit.TOKENS),
        ("1 token", 1, Unit.TOKENS),
        ("2B", 2_000_000_000, Unit.TOKENS),
    ],
)
def test_limits_are_read_as_people_write_them(text: str, amount: int, unit: Unit) -> None:
    assert parse_limit(text) == Limit(amount, unit)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "usd",
        "five usd",
        "5 eur",
        "-5 usd",
        "0",
        "0 usd",
        "1,000 tokens",
        "1.5",
        "0.0000001 usd",
        "5 usd tokens",
        "5k k",
        "1e9",
        "nan",
        "inf usd",
        "5..0",
        ".",
        "$5 usd",
        "9" * 30,
        "9" * 100_000 + " usd",
    ],
)
def test_other_limits_are_refused_with_examples(text: str) -> None:
    with pytest.raises(ConfigError, match=r"'5 usd', '2.50\$', '300k tokens' or '2M'") as caught:
        parse_limit(text)
    assert len(str(caught.value)) < 400


@given(st.text(max_size=40))
def test_any_text_is_a_limit_or_a_wrong_configuration(text: str) -> None:
    try:
        limit = parse_limit(text)
    except ConfigError:
        return
    assert limit.amount > 0
