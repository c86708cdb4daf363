"""The parts of an OpenAPI document that all services share: problems and the API key."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema

from assay.web.problems import MEDIA_TYPE, Kind

_REF = "#/components/schemas/{model}"


class FieldErrorBody(BaseModel):
    """A wrong member of the request."""

    field: str = Field(description="JSON pointer (RFC 6901) into the body")
    expected: str
    found: str


class ProblemBody(BaseModel):
    """An RFC 9457 problem."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(
        description="stable URN; branch on it", examples=["urn:assay:problem:not-ready"]
    )
    title: str
    status: int
    detail: str = Field(description="what was expected, what was found, what to do")
    instance: str = Field(description="the request's id, as in X-Request-ID")
    retryable: bool = Field(description="whether the same request may succeed later")
    retry_after_seconds: int | None = None
    code: str | None = Field(default=None, description="the judge's error code, where it has one")
    fields: list[FieldErrorBody] | None = None


def problem_responses(kinds: Iterable[Kind]) -> dict[int | str, dict[str, Any]]:
    """Return FastAPI's `responses` for the problems that an endpoint may answer with."""
    by_status: dict[int | str, list[Kind]] = {}
    for kind in kinds:
        by_status.setdefault(kind.status, []).append(kind)
    return {status: _response(kinds) for status, kinds in by_status.items()}


def json_body(model: type[BaseModel], examples: dict[str, Any]) -> dict[str, Any]:
    """Return `openapi_extra` for an endpoint that reads its body by itself."""
    schema = {"$ref": _REF.format(model=model.__name__)}
    content = {"application/json": {"schema": schema, "examples": examples}}
    return {"requestBody": {"required": True, "content": content}}


def add_components(document: dict[str, Any], models: Sequence[type[BaseModel]]) -> None:
    """Add schemas that routes name by reference, and the API key, to an OpenAPI document."""
    everything = [(model, "validation") for model in (ProblemBody, *models)]
    _, definitions = models_json_schema(everything, ref_template=_REF)  # type: ignore[arg-type]
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name, schema in definitions["$defs"].items():
        schemas.setdefault(name, schema)
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{"key": []}, {}]


def _response(kinds: Sequence[Kind]) -> dict[str, Any]:
    schema = {"$ref": _REF.format(model=ProblemBody.__name__)}
    examples = {kind.slug: {"value": _example(kind)} for kind in kinds}
    response: dict[str, Any] = {
        "description": "; ".join(kind.title for kind in kinds),
        "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}},
    }
    if any(kind.status in (429, 503) for kind in kinds):
        response["headers"] = {
            "Retry-After": {"description": "seconds", "schema": {"type": "integer"}}
        }
    return response


def _example(kind: Kind) -> dict[str, Any]:
    return {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": "expected ..., found ...; ...",
        "instance": "4f1c0f6e8d5b4c0f9a3d2b1e0c9f8a7d",
        "retryable": kind.is_retryable,
    }
