"""Schemas of tasks reach nothing and take bounded time."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from assay.domain.errors import InvalidTaskError
from assay_rl_rewards.answers.json_schema import compile_schema

DRAFT_4 = "http://json-schema.org/draft-04/schema#"


def test_a_reference_to_an_address_is_never_fetched() -> None:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        with pytest.raises(InvalidTaskError):
            compile_schema({"$ref": f"http://127.0.0.1:{server.server_port}/x.json"})
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert asked == []


def test_a_reference_to_a_file_is_never_read(tmp_path: Path) -> None:
    path = tmp_path / "schema.json"
    path.write_text('{"type": "integer"}', encoding="utf-8")
    with pytest.raises(InvalidTaskError):
        compile_schema({"$ref": path.as_uri()})


@pytest.mark.parametrize(
    "schema",
    [
        None,
        1,
        [],
        {"type": "foo"},
        {"pattern": "("},
        {"pattern": "^(a{1,1000}){1,1000}$"},
        {"$schema": "http://127.0.0.1/meta"},
        {"enum": ["x" * 70_000]},
        {"not": {"$ref": "#/nowhere"}},
    ],
)
def test_what_is_no_schema_is_refused(schema: Any) -> None:
    with pytest.raises(InvalidTaskError):
        compile_schema(schema)


def test_a_schema_nested_too_deeply_is_refused() -> None:
    schema: dict[str, Any] = {}
    for _ in range(70):
        schema = {"not": schema}
    with pytest.raises(InvalidTaskError, match="levels"):
        compile_schema(schema)


def test_references_that_multiply_are_refused() -> None:
    definitions: dict[str, Any] = {
        f"d{i}": {"allOf": [{"$ref": f"#/definitions/d{i + 1}"}] * 2} for i in range(24)
    }
    definitions["d24"] = {"type": "integer"}
    with pytest.raises(InvalidTaskError, match="too many"):
        compile_schema({"definitions": definitions, "$ref": "#/definitions/d0"})


@pytest.mark.parametrize(
    ("schema", "valid", "invalid"),
    [
        ({"type": "string", "pattern": "^(a+)+$"}, "aaa", "a" * 30 + "!"),
        ({"type": "string", "pattern": "^(?!x)(a+)+$"}, "aaa", "a" * 3000 + "!"),
        ({"type": "string", "format": "date"}, "2026-02-28", "2026-02-30"),
        ({"uniqueItems": True}, [{"a": i} for i in range(5000)], [1, 1.0]),
        ({"type": "integer", "maximum": 5}, 5.0, 10**400),
        (
            {"$schema": DRAFT_4, "maximum": 5, "exclusiveMaximum": True},
            4,
            5,
        ),
        ({"properties": {"n": {"$ref": "#"}}, "required": ["v"]}, {"v": 1}, {"v": 1, "n": {}}),
    ],
)
def test_values_are_held_against_a_schema(schema: Any, valid: Any, invalid: Any) -> None:
    validator = compile_schema(schema)
    assert validator.is_valid(valid)
    assert not validator.is_valid(invalid)


def test_a_schema_that_refers_to_itself_alone_ends() -> None:
    assert compile_schema({"$ref": "#"}).is_valid(1)
    assert compile_schema({"allOf": [{"$ref": "#"}, {"$ref": "#"}]}).is_valid(1)
