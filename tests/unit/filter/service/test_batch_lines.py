"""Lines of batches: any sample keeps its custom id on the way in and out."""

from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.datasets.sources import Source
from assay_filter.service.batch_lines import (
    CURATE,
    WrongLines,
    adapt_lines,
    answer_line,
    error_line,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
URL = "/v1/score"


def adapt(folder: Path, lines: list[bytes], *, max_lines: int = 100) -> list[bytes]:
    source = folder / "in.jsonl"
    source.write_bytes(b"\n".join(lines) + b"\n")
    target = folder / "out.jsonl"
    number = adapt_lines(
        Source("in.jsonl", source, "jsonl"),
        target,
        endpoint=URL,
        max_lines=max_lines,
        max_bytes=1 << 20,
    )
    found = target.read_bytes().splitlines()
    assert len(found) == number
    return found


@given(
    sample=st.dictionaries(st.text(max_size=5), JSON, max_size=4),
    custom_id=st.text(min_size=1, max_size=20),
)
def test_a_sample_keeps_everything_but_its_id(
    tmp_path_factory: pytest.TempPathFactory, sample: dict[str, object], custom_id: str
) -> None:
    try:
        line = orjson.dumps(
            {"custom_id": custom_id, "method": "POST", "url": URL, "body": {"sample": sample}}
        )
    except TypeError:  # half a character, or an integer beyond 64 bits: no such line can be sent
        return
    (adapted,) = adapt(tmp_path_factory.mktemp("batch"), [line])
    assert orjson.loads(adapted) == {**sample, "id": custom_id}


def test_the_first_wrong_lines_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(WrongLines) as raised:
        adapt(tmp_path, [b"{}"] * 500)
    assert len(raised.value.errors) == 20
    assert raised.value.errors[0].field == "/1/custom_id"
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def row(**members: object) -> bytes:
    block = {"outcome": "accepted", "row": "in.jsonl:7", "reasons": ["a", "b"]}
    return orjson.dumps({"id": "c", "messages": [], **members, "assay": block})


def test_an_answer_carries_the_id_and_what_was_decided() -> None:
    answer = orjson.loads(answer_line(row(), batch_id="batch_1", endpoint=URL))
    assert answer["id"] == "batch_req_1_7"
    assert answer["custom_id"] == "c"
    assert answer["response"]["body"]["outcome"] == "accepted"
    assert "sample" not in answer["response"]["body"]
    curated = orjson.loads(answer_line(row(), batch_id="batch_1", endpoint=CURATE))
    assert curated["response"]["body"]["sample"] == {"id": "c", "messages": []}


def test_an_error_says_why() -> None:
    error = orjson.loads(error_line(row(), batch_id="batch_1"))
    assert error["response"] is None
    assert error["error"] == {"code": "not_judged", "message": "a, b"}


def test_a_row_that_was_no_sample_keeps_its_id() -> None:
    raw = orjson.dumps({"id": "odd", "colour": "red"}).decode()
    line = orjson.dumps({"raw": raw, "assay": {"row": "in.jsonl:1"}})
    assert orjson.loads(answer_line(line, batch_id="batch_1", endpoint=URL))["custom_id"] == "odd"
