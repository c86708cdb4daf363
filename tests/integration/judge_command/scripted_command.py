"""`assay` with a scripted judge behind `assay judge`; run with -m, as a process of its own.

The judge is real but for the model: it shares judgements through the cache that --cache names,
counts in a ledger and keeps to --budget. Each judgement takes 100 prompt tokens, 10 written ones
and `SCRIPTED_SECONDS`; a response with FAIL in it gets none.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence

from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import DimensionScore, Judgement, Usage
from assay.domain.ports import Judged
from assay.domain.sample import Sample
from assay_cli import judge as command
from assay_cli import main
from assay_cli.judges import JudgeOptions
from assay_judge.cache.keys import judgement_key, sample_body
from assay_judge.cache.sharing import SharedJudgements
from assay_judge.cache.store import open_cache
from assay_judge.cost.budget import Budget
from assay_judge.cost.ledger import Ledger
from assay_judge.cost.prices import load_prices
from assay_judge.scoring.handle import JudgeHandle

USAGE = Usage(num_calls=1, num_prompt_tokens=100, num_completion_tokens=10)
DIMENSIONS = ("correctness", "instruction_following", "completeness")


class ScriptedJudge:
    """Gives every response full points."""

    def __init__(self, options: JudgeOptions) -> None:
        prices = load_prices(options.prices)
        self.ledger = Ledger(prices)
        self._shared = SharedJudgements(open_cache(options.cache))
        self._budget = Budget.parse(options.budget, prices=prices) if options.budget else None
        self._seconds = float(os.environ.get("SCRIPTED_SECONDS", "0"))

    async def judge_many(self, samples: Sequence[Sample]) -> list[Judged]:
        return [await self._judge(sample) for sample in samples]

    async def close(self) -> None:
        await self._shared.close()
        if self._budget is not None:
            await self._budget.close()

    async def _judge(self, sample: Sample) -> Judged:
        judgements = []
        for turn in sample.assistant_turns:
            key = judgement_key(
                sample_body=sample_body(sample), turn=turn, version="1", fingerprint=None
            )
            try:
                judgement = await self._shared.get_or_make(key, self._maker(sample, turn))
            except JudgeBackendError as exc:
                self.ledger.record_failure(exc.code, model="scripted")
                return exc
            self.ledger.record_judgement(judgement)
            judgements.append(judgement)
        return tuple(judgements)

    def _maker(self, sample: Sample, turn: int) -> Callable[[], Awaitable[Judgement]]:
        async def make() -> Judgement:
            reservation = await self._budget.reserve(USAGE) if self._budget else None
            await asyncio.sleep(self._seconds)
            if self._budget is not None and reservation is not None:
                self._budget.settle(reservation, USAGE)
            if "FAIL" in (sample.messages[turn].content or ""):
                raise JudgeBackendError("the script says so", "timeout")
            scores = {name: DimensionScore(score=5000) for name in DIMENSIONS}
            return Judgement(judge="scripted", version="1", turn=turn, scores=scores, usage=USAGE)

        return make


def open_scripted(name: str, options: JudgeOptions) -> command.OpenJudge:
    async def open_judge() -> JudgeHandle:
        judge = ScriptedJudge(options)
        return JudgeHandle("scripted", judge, judge.ledger)

    return open_judge


def run_command() -> None:
    """Run `assay` with the arguments in sys.argv."""
    if not any(known.callback is command.judge for known in main.app.registered_commands):
        main.app.command("judge")(command.judge)
    main.run()


if __name__ == "__main__":
    command._open = open_scripted
    run_command()
