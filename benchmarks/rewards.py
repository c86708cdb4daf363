"""Speed of the reward service: by domain, over HTTP, with hostile answers, beside Math-Verify.

    python -m benchmarks.rewards [a] [b] [c] [e] [--json FILE] [--workers N] [--rounds N]

a  one answer in one process, by kind of task: microseconds of processor time, p50 and p99, and
   verifications/s of a core.
b  a step of 1,024 rollouts (64 groups of 16, eleven kinds of tasks, write-ups of 0 to 6,000
   characters) over HTTP to `assay serve rl-rewards` in a process of its own: with fresh answers,
   and the same again. Target: fresh under 2 s. Beside it, in pairs, the same step in an engine
   without HTTP: (d) what HTTP costs. Target: at most 15 %.
c  the step with 2 % answers that never end. Target: at most clean + hostile x deadline / workers
   + 10 %; p99 of the normal ones' work.
e  1,024 mathematical answers beside Math-Verify as verl uses it (parse and verify in a
   ProcessPoolExecutor, one result awaited each), in pairs. Target: ours is ahead.

A ratio stands as median and interval (order statistics; in brackets the chance that it holds the
true median). Run it on an idle machine: the load is shown. The exit code is 1 when a target was
missed.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
from benchmarks.judging.meters import Watch
from benchmarks.judging.pairs import middle
from benchmarks.judging.tables import print_table
from tests.fakes.known_rollouts import MAKERS

from assay.domain.rollout import Rollout
from assay_rl_rewards.catalogue import VERIFIERS
from assay_rl_rewards.final_text import read_final_text
from assay_rl_rewards.opening import open_engine
from assay_rl_rewards.service.settings import RewardServiceSettings
from assay_rl_rewards.verifier import Task

GROUPS, GROUP_SIZE = 64, 16
LENGTHS = (0, 200, 600, 1_500, 3_000, 6_000)  # characters before the answer, one after another
TARGET_SECONDS, MAX_HTTP_SHARE, SLACK = 2.0, 0.15, 1.10
HOSTILE_EVERY = 50
DEADLINE_SECONDS = 2.0
START_SECONDS = 120.0
ENDLESS = "```sql\nSELECT count(*) FROM p a, p b, p c, p d, p e WHERE a.age > -{n}\n```"
VERL_SECONDS = 30.0
Result = dict[str, object]


def main() -> None:
    arguments = _arguments()
    watch = Watch()
    parts = {"a": by_kind, "b": over_http, "c": with_hostile, "e": beside_math_verify}
    chosen = arguments.parts or list(parts)
    results = {name: parts[name](arguments) for name in chosen}
    print(watch.conditions())
    results["conditions"] = {"conditions": str(watch.conditions()), "workers": arguments.workers}
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n")
    missed = [name for name, result in results.items() if result.get("is_reached") is False]
    if missed:
        sys.exit(f"targets missed in: {', '.join(missed)}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="a, b, c, e (default: all)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.parts) - set("abce"))
    if unknown:
        parser.error(f"expected parts of a, b, c, e, found {', '.join(unknown)}")
    return arguments


def step(number: int, kinds: Sequence[str] = tuple(MAKERS)) -> list[Rollout]:
    """Return a step that shares no answer with any other step."""
    rollouts = []
    for group in range(GROUPS):
        task = MAKERS[kinds[group % len(kinds)]](number * GROUPS + group)
        for at in range(GROUP_SIZE):
            length = LENGTHS[at % len(LENGTHS)]
            name = f"{number}-{at}"
            rollouts.append(
                task.rollout(is_right=at % 2 == 0, num_chars=length, name=name, group=f"g{group}")
            )
    return rollouts


def by_kind(arguments: argparse.Namespace) -> Result:
    rows, figures = [], {}
    for kind in MAKERS:
        _grade_all(step(0, [kind])[:64])
        spent = _grade_all(step(1, [kind]))
        p50, p99 = (_percentile(spent, q) * 1e6 for q in (50, 99))
        rate = len(spent) / sum(spent)
        rows.append((kind, f"{rate:,.0f}", f"{p50:,.0f}", f"{p99:,.0f}"))
        figures[kind] = {"per_second": rate, "p50_us": p50, "p99_us": p99}
    print_table(("(a) kind", "verifications/s", "p50 us", "p99 us"), rows)
    return {"kinds": figures}


def _grade_all(rollouts: Sequence[Rollout]) -> list[float]:
    """Grade rollouts here; a group's task is read once, at its first answer."""
    tasks: dict[str | None, object] = {}
    spent = []
    for rollout in rollouts:
        begun = time.process_time()
        verifier = VERIFIERS[rollout.domain]
        if rollout.group not in tasks:
            task = Task(
                rollout.domain,
                rollout.messages,
                rollout.reference,
                rollout.params,
                rollout.language,
            )
            tasks[rollout.group] = verifier.read_task(task)
        verifier.grade(tasks[rollout.group], read_final_text(rollout.response).text)
        spent.append(time.process_time() - begun)
    return spent


@contextmanager
def service(workers: int) -> Iterator[httpx.Client]:
    """Run `assay serve rl-rewards` and give a client of it."""
    words = ["serve", "rl-rewards", "--port", "0", "--workers", str(workers)]
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen([sys.executable, "-m", "assay_cli", *words], stderr=log)
        try:
            port = _port(process, log.fileno())
            url = f"http://127.0.0.1:{port}"
            with httpx.Client(base_url=url, timeout=300, trust_env=False) as client:
                yield client
        finally:
            process.terminate()
            process.wait(60)


def _port(process: "subprocess.Popen[bytes]", log: int) -> int:
    over = time.monotonic() + START_SECONDS
    while time.monotonic() < over and process.poll() is None:
        told = os.pread(log, 1 << 16, 0).decode()
        for line in told.splitlines():
            if "event=service.started" in line:
                return int(line.split("port=")[1].split()[0])
        time.sleep(0.05)
    raise RuntimeError("expected the service to start, found that it did not")


def _body(rollouts: Sequence[Rollout]) -> bytes:
    rows = [
        {
            "id": each.id,
            "group": each.group,
            "domain": each.domain,
            "prompt": each.messages[0].content,
            "response": each.response,
            "reference": each.reference,
            "params": each.params,
            "language": each.language,
        }
        for each in rollouts
    ]
    return json.dumps({"rollouts": rows}).encode()


def _post(client: httpx.Client, body: bytes) -> float:
    begun = time.perf_counter()
    answer = client.post("/v1/rewards", content=body, headers={"content-type": "application/json"})
    seconds = time.perf_counter() - begun
    answer.raise_for_status()
    rewards = [each["reward"] for each in answer.json()["rewards"]]
    assert rewards == [float(at % 2 == 0) for at in range(len(rewards))]
    return seconds


def over_http(arguments: argparse.Namespace) -> Result:
    settings = RewardServiceSettings(workers=arguments.workers)
    fresh, again, bare = [], [], []

    async def rounds(client: httpx.Client) -> None:
        async with open_engine(settings) as engine:
            await engine.score(step(0))
            _post(client, _body(step(0)))
            for number in range(1, arguments.rounds + 1):
                body, rollouts = _body(step(number)), step(number)
                fresh.append(_post(client, body))
                begun = time.perf_counter()
                await engine.score(rollouts)
                bare.append(time.perf_counter() - begun)
                again.append(_post(client, body))

    with service(arguments.workers) as client:
        asyncio.run(rounds(client))
    shares = middle([one / other for one, other in zip(fresh, bare, strict=True)])
    rows = [
        (name, f"{statistics.median(all_):.3f}", f"{min(all_):.3f}", f"{max(all_):.3f}")
        for name, all_ in (("HTTP, fresh", fresh), ("HTTP, again", again), ("no HTTP", bare))
    ]
    print_table(("(b) 1,024 rollouts, seconds", "median", "least", "most"), rows)
    print(f"(d) HTTP beside no HTTP: {shares} (target {1 + MAX_HTTP_SHARE})\n")
    return {
        "fresh": fresh,
        "again": again,
        "bare": bare,
        "http_share": shares.median,
        "is_reached": statistics.median(fresh) < TARGET_SECONDS
        and shares.median <= 1 + MAX_HTTP_SHARE,
    }


def with_hostile(arguments: argparse.Namespace) -> Result:
    settings = RewardServiceSettings(workers=arguments.workers, deadline_seconds=DEADLINE_SECONDS)

    async def measure() -> Mapping[str, float]:
        async with open_engine(settings) as engine:
            await engine.score(step(0))
            begun = time.perf_counter()
            clean = await engine.score(step(1))
            clean_seconds = time.perf_counter() - begun
            mixed, hostile = step(2), MAKERS["text2sql"](0)
            places = range(HOSTILE_EVERY // 2, len(mixed), HOSTILE_EVERY)
            for at in places:
                messages, task = mixed[at].messages, hostile
                mixed[at] = Rollout(
                    task.domain, messages, ENDLESS.format(n=at), task.reference, task.params
                )
            begun = time.perf_counter()
            scoring = await engine.score(mixed)
            seconds = time.perf_counter() - begun
        normal = [r for at, r in enumerate(scoring.rewards) if at not in places]
        assert all(r.reward == float(at % 2 == 0) for at, r in enumerate(clean.rewards))
        assert all(scoring.rewards[at].reward == 0.0 for at in places)
        assert all(
            r.reward == float(at % 2 == 0)
            for at, r in enumerate(scoring.rewards)
            if at not in places
        )
        bound = SLACK * (clean_seconds + len(places) * DEADLINE_SECONDS / arguments.workers)
        return {
            "clean_seconds": clean_seconds,
            "seconds": seconds,
            "bound_seconds": bound,
            "clean_p99_ms": _percentile([r.milliseconds for r in clean.rewards], 99),
            "normal_p99_ms": _percentile([r.milliseconds for r in normal], 99),
        }

    found = asyncio.run(measure())
    print_table(("(c) with 2 % hostile", "value"), [(k, f"{v:.2f}") for k, v in found.items()])
    return {**found, "is_reached": found["seconds"] <= found["bound_seconds"]}


def beside_math_verify(arguments: argparse.Namespace) -> Result:
    settings = RewardServiceSettings(workers=arguments.workers)
    ours, theirs = [], []

    async def rounds(pool: ProcessPoolExecutor) -> None:
        async with open_engine(settings) as engine:
            for number in range(arguments.rounds + 1):
                rollouts = step(number, ("arithmetic", "algebra"))
                begun = time.perf_counter()
                await engine.score(rollouts)
                between = time.perf_counter()
                jobs = [pool.submit(_math_verify, str(r.reference), r.response) for r in rollouts]
                for job in jobs:
                    job.result(timeout=VERL_SECONDS)
                ours.append(between - begun)
                theirs.append(time.perf_counter() - between)

    with ProcessPoolExecutor(arguments.workers) as pool:
        asyncio.run(rounds(pool))
    ratios = middle([b / a for a, b in zip(ours[1:], theirs[1:], strict=True)])
    print(f"(e) Math-Verify's time beside ours, 1,024 answers: {ratios}")
    print(f"    {statistics.median(ours[1:]):.2f} s and {statistics.median(theirs[1:]):.2f} s\n")
    return {"ours": ours, "theirs": theirs, "ratio": ratios.median, "is_reached": ratios.median > 1}


def _math_verify(gold: str, response: str) -> float:
    from math_verify import ExprExtractionConfig, LatexExtractionConfig, parse, verify

    targets = (ExprExtractionConfig(), LatexExtractionConfig())
    found = parse(response, extraction_config=targets)
    wanted = parse(f"\\boxed{{{gold}}}", extraction_config=(LatexExtractionConfig(),))
    return float(verify(wanted, found))


def _percentile(values: Sequence[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


if __name__ == "__main__":
    main()
