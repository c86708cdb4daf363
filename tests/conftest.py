"""Fixtures for all tests."""

from pathlib import Path

import pytest
from tests.fakes.postgres_server import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url", "shared_data"]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The labelled data that stands beside the checkout on some machines."""
    folder = Path(__file__).parents[1].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the labelled data is not on this machine (looked for {folder})")
    return folder
