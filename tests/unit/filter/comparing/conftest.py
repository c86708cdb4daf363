"""Audit databases of both kinds, empty and upgraded."""

import pytest
from sqlalchemy import Engine


@pytest.fixture
def engine(audit_engine: Engine) -> Engine:
    return audit_engine
