"""Kills parts of a server at random moments of a run and starts again what a supervisor would.

A seed chooses three to six faults, how far the run is at each, how long a part stays away, and
whether two faults come at once. Where the time of a lease, or of a message nobody took, would have
to go by, it is moved on in the database, for workers that are dead alone (`let_time_go_by`).
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from tests.chaos.figures import SeedFigures
from tests.chaos.processes import kill_all
from tests.chaos.undisturbed import DONE_SECONDS
from tests.chaos.world import ServerWorld
from tests.integration.deployment.server_home import until

KINDS = ("pool child", "worker", "api", "redis", "postgres", "judge")
MAX_PAUSE_SECONDS = 3.0
TOGETHER = 0.25  # how often the next fault comes before this one is mended
RECOVER_SECONDS = 150.0
MAX_RESUMES = 2


def disturb(world: ServerWorld, run_id: str, noted: SeedFigures, *, num_tasks: int) -> Any:
    """Disturb a run until it ends; return it as the API shows it."""
    rng = random.Random(noted.seed)
    begun = time.monotonic()
    for point, kinds in plan_of(rng, noted.seed, num_tasks):
        until("the run goes on", partial(_is_at, world, run_id, point), RECOVER_SECONDS)
        time.sleep(rng.uniform(0.0, 0.3))
        _break(world, run_id, kinds, rng, noted)
    run = world.until_ended(run_id, DONE_SECONDS)
    while run["status"] == "failed" and _died_too_often(run) and noted.resumes < MAX_RESUMES:
        noted.resumes += 1
        world.ask("POST", f"/v1/runs/{run_id}/resume")
        run = world.until_ended(run_id, DONE_SECONDS)
    noted.seconds = time.monotonic() - begun
    return run


def plan_of(rng: random.Random, seed: int, num_tasks: int) -> list[tuple[int, list[str]]]:
    """Return after how many done tasks which kinds come; every kind is the first of some seed."""
    kinds = [KINDS[seed % len(KINDS)]]
    kinds += [rng.choice(KINDS) for _ in range(rng.randrange(2, 6))]
    rng.shuffle(kinds)
    waves: list[list[str]] = []
    for kind in kinds:
        if waves and rng.random() < TOGETHER and kind not in waves[-1]:
            waves[-1].append(kind)
        else:
            waves.append([kind])
    points = sorted(rng.randrange(num_tasks - 2) for _ in waves)
    return list(zip(points, waves, strict=True))


def _is_at(world: ServerWorld, run_id: str, point: int) -> bool:
    return world.num_done(run_id) >= point or _is_over(world, run_id)


def _is_over(world: ServerWorld, run_id: str) -> bool:
    return all(
        task.state == "done" for task in world.tasks(run_id) if task.stage == "publish"
    ) and (any(task.stage == "publish" for task in world.tasks(run_id)))


def _break(
    world: ServerWorld, run_id: str, kinds: Sequence[str], rng: random.Random, noted: SeedFigures
) -> None:
    """Break the parts, one after the other, mend them in any order, and wait until work goes on."""
    before = world.num_done(run_id)
    begun = time.monotonic()
    mending: list[Callable[[], None]] = []
    try:
        for kind in kinds:
            mend = BREAKS[kind](world, rng)
            if mend is not None:
                noted.faults.append(kind)
                noted.restarts += [kind] * (kind != "pool child")
                mending.append(mend)
        time.sleep(rng.uniform(0.0, MAX_PAUSE_SECONDS))
    finally:
        rng.shuffle(mending)
        for mend in mending:
            mend()
    world.read(lambda connection: None)
    world.let_time_go_by(run_id)
    deadline = time.monotonic() + RECOVER_SECONDS
    while not (has_gone_on := world.num_done(run_id) > before) and not _has_ended(world, run_id):
        assert time.monotonic() < deadline, f"nothing after {kinds}: {world.last_words()}"
        time.sleep(0.1)
    if has_gone_on and len(mending) == 1:
        noted.recoveries.append((kinds[0], round(time.monotonic() - begun, 2)))


def _has_ended(world: ServerWorld, run_id: str) -> bool:
    run = world.ask("GET", f"/v1/runs/{run_id}").json()
    return run["status"] not in ("queued", "running")


def _died_too_often(run: Mapping[str, Any]) -> bool:
    """Tell whether the engine gave up because the faults hit one task again and again."""
    return "worker process died" in (run["error"] or {}).get("message", "")


def _break_pool_child(world: ServerWorld, rng: random.Random) -> Callable[[], None] | None:
    children = [child for worker in world.workers for child in world.pool_children(worker)]
    if not children:
        return None
    kill_all([rng.choice(children)])
    return lambda: None  # the pool, or its keeper, replaces it


def _break_worker(world: ServerWorld, rng: random.Random) -> Callable[[], None]:
    worker = rng.choice(world.workers)
    worker.kill()
    return worker.start


def _break_api(world: ServerWorld, rng: random.Random) -> Callable[[], None]:
    api = rng.choice(world.apis)
    api.kill()
    return api.start


def _break_redis(world: ServerWorld, rng: random.Random) -> Callable[[], None]:
    world.redis.kill()
    return world.redis.start


def _break_postgres(world: ServerWorld, rng: random.Random) -> Callable[[], None]:
    world.postgres.kill()
    return world.postgres.start


def _break_judge(world: ServerWorld, rng: random.Random) -> Callable[[], None]:
    world.judge.kill()
    return world.judge.start


Break = Callable[[ServerWorld, random.Random], Callable[[], None] | None]
BREAKS: Mapping[str, Break] = {
    "pool child": _break_pool_child,
    "worker": _break_worker,
    "api": _break_api,
    "redis": _break_redis,
    "postgres": _break_postgres,
    "judge": _break_judge,
}
