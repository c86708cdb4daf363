"""Runs whose processes are killed at random moments leave what undisturbed ones leave."""

import pytest
from tests.chaos.disturbing import disturb
from tests.chaos.figures import Figures, SeedFigures
from tests.chaos.laptop import disturb_command
from tests.chaos.undisturbed import PIPELINE, Undisturbed, assert_undisturbed
from tests.chaos.world import ServerWorld
from tests.integration.commands import ForkServer
from tests.integration.conftest import Job
from tests.integration.curated import assert_same_results

pytestmark = pytest.mark.faults

SEEDS = range(30)


def assert_server_mends(
    seed: int,
    world: ServerWorld,
    uploads: list[str],
    expected: Undisturbed,
    server: ForkServer,
    figures: Figures,
) -> None:
    noted = SeedFigures("server", seed)
    figures.seeds.append(noted)
    run_id = world.submit(uploads, PIPELINE, first=seed)
    run = disturb(world, run_id, noted, num_tasks=sum(expected.num_tasks.values()))
    assert_undisturbed(world, run, expected, server)
    noted.identical = True


def assert_laptop_mends(seed: int, job: Job, undisturbed: Job, figures: Figures) -> None:
    noted = SeedFigures("laptop", seed)
    figures.seeds.append(noted)
    disturb_command(job, noted)
    assert not (job.out / ".assay-work").exists()
    assert_same_results(job.out, undisturbed.out)
    verified = job.verify()
    assert verified.code == 0, verified.out + verified.err
    noted.identical = True


def test_server_whose_processes_are_killed_gives_the_same_bytes(
    world: ServerWorld,
    uploads: list[str],
    expected: Undisturbed,
    server: ForkServer,
    figures: Figures,
) -> None:
    assert_server_mends(0, world, uploads, expected, server, figures)


@pytest.mark.usefixtures("without_database")
def test_command_whose_processes_are_killed_gives_the_same_bytes(
    job: Job, undisturbed: Job, figures: Figures
) -> None:
    assert_laptop_mends(0, job, undisturbed, figures)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_server_mends_whatever_the_seed(
    seed: int,
    world: ServerWorld,
    uploads: list[str],
    expected: Undisturbed,
    server: ForkServer,
    figures: Figures,
) -> None:
    assert_server_mends(seed, world, uploads, expected, server, figures)


@pytest.mark.usefixtures("without_database")
@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_command_mends_whatever_the_seed(
    seed: int, job: Job, undisturbed: Job, figures: Figures
) -> None:
    assert_laptop_mends(seed, job, undisturbed, figures)
