"""A real PostgreSQL server for the tests of this folder."""

from tests.fakes.postgres_server import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]
