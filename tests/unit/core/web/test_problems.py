import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

from assay.web.problems import (
    MAX_FIELDS,
    NOT_READY,
    FieldError,
    Kind,
    Problem,
    fields_of,
    invalid,
    problem_of_status,
    shown,
)


def test_a_problem_has_the_members_of_rfc_9457() -> None:
    problem = Problem(NOT_READY, "expected a judge, found none", retry_after_seconds=3)
    assert orjson.loads(problem.body("id-1")) == {
        "type": "urn:assay:problem:not-ready",
        "title": "The service is not ready",
        "status": 503,
        "detail": "expected a judge, found none",
        "instance": "id-1",
        "retryable": True,
        "retry_after_seconds": 3,
    }
    assert problem.all_headers()["retry-after"] == "3"
    assert problem.all_headers()["content-type"] == "application/problem+json"


@pytest.mark.parametrize("status", [400, 404, 405, 413, 418, 429, 500, 503])
def test_every_status_has_a_problem(status: int) -> None:
    problem = problem_of_status(status, "")
    assert problem.kind.status == status
    assert problem.detail


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    count: int
    names: list[str]


def test_validation_errors_become_pointers_with_expected_and_found() -> None:
    with pytest.raises(ValidationError) as caught:
        _Body.model_validate({"names": ["a", 7], "a/b~c": 1})
    fields = fields_of(caught.value.errors(include_url=False))
    assert FieldError("/count", "a value", "nothing") in fields
    assert FieldError("/names/1", "a valid string", "7") in fields
    assert FieldError("/a~1b~0c", "no such member", "1") in fields
    problem = invalid(fields)
    assert problem.kind.status == 422
    assert "and 2 more" in problem.detail


def test_a_long_list_of_fields_is_cut() -> None:
    fields = [FieldError(f"/{at}", "a", "b") for at in range(100)]
    assert len(invalid(fields).members("id")["fields"]) == MAX_FIELDS


@given(st.text() | st.lists(st.integers()) | st.binary())
def test_what_was_found_is_shown_short(value: object) -> None:
    assert len(shown(value)) <= 80


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_can_be_told(text: str) -> None:
    problem = Problem(Kind(400, "x", "X"), text, [FieldError("", text, text)])
    assert orjson.loads(problem.body("id"))["detail"] == text
