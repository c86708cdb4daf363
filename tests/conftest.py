"""Fixtures for all tests."""

import gc
import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from tests.fakes.audit_databases import audit_engine, filled_audit
from tests.fakes.postgres_server import postgres_server, postgres_url

__all__ = ["audit_engine", "filled_audit", "postgres_server", "postgres_url", "shared_data"]

# Tests start many processes: what one of them has compiled, the others only read.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A busy machine is no failure: how long an example takes belongs into benchmarks. Each run draws
# other examples; `make properties` draws many.
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("short", CALM, max_examples=40)
settings.register_profile("long", CALM, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))


def pytest_collection_finish() -> None:
    """Thousands of collected tests live to the end: no collection of cycles walks them again."""
    gc.freeze()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The labelled data that stands beside the checkout on some machines."""
    folder = Path(__file__).parents[1].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the labelled data is not on this machine (looked for {folder})")
    return folder
