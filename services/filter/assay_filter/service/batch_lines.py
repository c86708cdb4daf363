"""Lines of OpenAI's Batch format: requests in, answers out.

A request `{"custom_id","method","url","body":{"sample":{...}}}` becomes a sample whose id is the
custom id. An answer carries it back, with what the run decided of the sample.
"""

from pathlib import Path
from typing import Any

from assay.datasets.canonical import record_bytes
from assay.datasets.json_text import JsonTextError, dump_json, parse_json
from assay.datasets.reading import read_lines
from assay.datasets.sources import Source
from assay.datasets.writing import JsonlWriter
from assay.domain.sample import JsonValue
from assay.web.problems import MAX_FIELDS, FieldError, shown

MAX_CUSTOM_ID_CHARS = 512
CURATE = "/v1/curate"


class WrongLines(Exception):
    """The input of a batch holds lines that are no requests; `errors` name the first of them."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__(errors)
        self.errors = errors


def adapt_lines(
    source: Source, target: Path, *, endpoint: str, max_lines: int, max_bytes: int
) -> int:
    """Write the samples of a batch's input, one a line; return how many.

    Raises:
        WrongLines: a line is no request to `endpoint`, or there are too many; nothing is written.
        InputError: the file cannot be read.
    """
    errors: list[FieldError] = []
    seen: set[str] = set()
    num_bytes = 0
    with JsonlWriter(target) as writer:
        for line in read_lines(source):
            num_bytes += len(line.data or b"")
            found = _sample_of(line.data, line.damage, endpoint, seen)
            if isinstance(found, bytes):
                writer.write(found)
            else:
                errors.append(found._replace(field=f"/{line.number}{found.field}"))
            if len(seen) > max_lines:
                errors.append(FieldError("", f"at most {max_lines} requests", "more"))
            if num_bytes > max_bytes:
                errors.append(FieldError("", f"at most {max_bytes} bytes of requests", "more"))
            if len(errors) >= MAX_FIELDS or len(seen) > max_lines or num_bytes > max_bytes:
                break
        if not seen and not errors:
            errors.append(FieldError("", "at least one request", "none"))
        if errors:
            raise WrongLines(errors)
    return len(seen)


def answer_line(record: bytes, *, batch_id: str, endpoint: str) -> bytes:
    """Return the line of an output file for one row of a result."""
    row, block = _split(record)
    body: dict[str, Any] = {"object": "judged.sample", **block}
    if endpoint == CURATE:
        body["sample"] = row
    custom_id = _custom_id(row)
    response = {"status_code": 200, "request_id": _request_id(batch_id, block), "body": body}
    return _line(batch_id, block, custom_id, response=response)


def error_line(record: bytes, *, batch_id: str) -> bytes:
    """Return the line of an error file for one row that could not be judged."""
    row, block = _split(record)
    reasons = ", ".join(block.get("reasons", ())) or "not judged"
    error = {"code": "not_judged", "message": reasons}
    return _line(batch_id, block, _custom_id(row), error=error)


def _sample_of(
    data: bytes | None, damage: str | None, endpoint: str, seen: set[str]
) -> bytes | FieldError:
    if data is None:
        return FieldError("", "a line of at most 16 MiB in a whole file", damage or "a longer line")
    try:
        request = parse_json(data)
    except JsonTextError as exc:
        return FieldError("", "one JSON object", exc.reason[:120])
    if not isinstance(request, dict):
        return FieldError("", "one JSON object", shown(request))
    custom_id, body = request.get("custom_id"), request.get("body")
    if not isinstance(custom_id, str) or not 0 < len(custom_id) <= MAX_CUSTOM_ID_CHARS:
        return FieldError("/custom_id", f"1 to {MAX_CUSTOM_ID_CHARS} characters", shown(custom_id))
    if custom_id in seen:
        return FieldError("/custom_id", "an id of its own", shown(custom_id))
    if request.get("method") != "POST":
        return FieldError("/method", "POST", shown(request.get("method")))
    if request.get("url") != endpoint:
        return FieldError("/url", f"{endpoint}, as the batch says", shown(request.get("url")))
    sample = body.get("sample") if isinstance(body, dict) else None
    if not isinstance(sample, dict):
        return FieldError("/body/sample", "an object", shown(sample))
    seen.add(custom_id)
    return record_bytes({**sample, "id": custom_id})


def _split(record: bytes) -> tuple[dict[str, JsonValue], dict[str, Any]]:
    """Return a row of a result without the block that says how it ended, and that block."""
    row = parse_json(record)
    assert isinstance(row, dict), "a result holds objects"
    block = row.pop("assay")
    assert isinstance(block, dict), "a result says how each sample ended"
    return row, block


def _custom_id(row: dict[str, JsonValue]) -> JsonValue:
    """Return the id of a row; one that was no sample stands as it was read, which is JSON."""
    raw = row.get("raw")
    if isinstance(raw, str) and "id" not in row:
        read = parse_json(raw.encode())
        return read.get("id") if isinstance(read, dict) else None
    return row.get("id")


def _line(
    batch_id: str, block: dict[str, Any], custom_id: JsonValue, **told: dict[str, Any]
) -> bytes:
    return dump_json(
        {
            "id": _request_id(batch_id, block),
            "custom_id": custom_id,
            "response": told.get("response"),
            "error": told.get("error"),
        }
    )


def _request_id(batch_id: str, block: dict[str, Any]) -> str:
    number = str(block.get("row", "")).rpartition(":")[2]
    return f"batch_req_{batch_id.removeprefix('batch_')}_{number}"
