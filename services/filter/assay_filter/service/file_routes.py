"""The endpoints of files: upload, look, list, read, delete; in the shape of OpenAI's.

Outputs of batches are files too: they are made from the run's results when somebody asks for them.
"""

import asyncio
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from starlette.responses import StreamingResponse

from assay.datasets.expansion import Bounds
from assay.domain.errors import InputError
from assay.web.openapi import problem_responses
from assay.web.problems import (
    INVALID_REQUEST,
    UNAUTHORIZED,
    FieldError,
    ProblemError,
    invalid,
    shown,
)
from assay_filter.service.batch_files import find_output, is_output_id
from assay_filter.service.delivery import Delivery, deliver
from assay_filter.service.files import (
    NewUpload,
    Quota,
    Upload,
    delete_file,
    find_file,
    keep_file,
    list_files,
)
from assay_filter.service.inspection import inspect_file
from assay_filter.service.parts import Parts, caller_of
from assay_filter.service.problems import (
    FILE_IN_USE,
    FILE_NOT_FOUND,
    RANGE_NOT_SATISFIABLE,
    READING_KINDS,
    RUN_NOT_FINISHED,
    STORAGE_FULL,
    UNUSABLE_FILE,
    told,
)
from assay_filter.service.receiving import FORM, Received, Reception, received
from assay_filter.service.schemas import FileBody, FileDeleted, FileList

PURPOSES = ("curate", "batch")
MAX_PAGE = 1000
MAX_INSPECTIONS = 2  # at a time: expanding a large file takes a thread and a core
MEDIA_TYPES = {
    "jsonl": "application/jsonl",
    "jsonl.gz": "application/gzip",
    "jsonl.zst": "application/zstd",
    "parquet": "application/vnd.apache.parquet",
}
FileId = Annotated[str, Path(description="id of a file")]
_UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "purpose": {"type": "string", "enum": list(PURPOSES)},
                    },
                }
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


def routes(parts: Parts) -> APIRouter:
    """Return the endpoints under `/v1/files`."""
    router = APIRouter(prefix="/v1/files", tags=["files"])
    _add_upload(router, parts)
    _add_list(router, parts)
    _add_file(router, parts)
    return router


def file_body(parts: Parts, upload: Upload) -> dict[str, Any]:
    """Return a file in the shape of OpenAI's."""
    hours = parts.settings.file_hours
    created = upload.created_at // 1000
    return {
        "id": upload.id,
        "object": "file",
        "bytes": upload.num_bytes,
        "created_at": created,
        "expires_at": None if hours is None else created + round(hours * 3600),
        "filename": upload.filename,
        "purpose": upload.purpose,
        "status": "processed",
        "sha256": upload.sha256,
        "format": upload.format,
    }


def page_of(data: list[dict[str, Any]], *, has_more: bool) -> dict[str, Any]:
    """Return a page of a list, with the cursors that OpenAI's SDK reads, and ours."""
    last = data[-1]["id"] if data else None
    return {
        "object": "list",
        "data": data,
        "first_id": data[0]["id"] if data else None,
        "last_id": last,
        "has_more": has_more,
        "next_cursor": last if has_more else None,
    }


def _add_upload(router: APIRouter, parts: Parts) -> None:
    inspections = asyncio.Semaphore(MAX_INSPECTIONS)

    @router.post(
        "",
        summary="Upload a file: its bytes as the body, or a multipart form",
        response_model=FileBody,
        responses=problem_responses((*READING_KINDS, UNUSABLE_FILE, STORAGE_FULL)),
        openapi_extra=_UPLOAD_BODY,
    )
    async def upload(
        request: Request,
        filename: Annotated[
            str | None, Query(description="its name, where the body is the file itself")
        ] = None,
        purpose: Annotated[str | None, Query(description="curate (default) or batch")] = None,
    ) -> Response:
        kept = await _take(parts, request, inspections)
        return _json(file_body(parts, kept))


def _add_list(router: APIRouter, parts: Parts) -> None:
    @router.get(
        "",
        summary="List files",
        response_model=FileList,
        responses=problem_responses((UNAUTHORIZED, INVALID_REQUEST, FILE_NOT_FOUND)),
    )
    def show_files(
        after: Annotated[str | None, Query(description="id of the last file seen")] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 100,
        purpose: Annotated[Literal["curate", "batch"] | None, Query()] = None,
        order: Annotated[Literal["asc", "desc"], Query(description="by time")] = "desc",
    ) -> Response:
        found, has_more = list_files(
            parts.engine,
            after=after,
            limit=limit,
            purpose=purpose,
            newest_first=order == "desc",
        )
        data = [file_body(parts, each) for each in found]
        return _json(page_of(data, has_more=has_more))


def _add_file(router: APIRouter, parts: Parts) -> None:
    looking = problem_responses((UNAUTHORIZED, FILE_NOT_FOUND))

    @router.get("/{file_id}", summary="Look at a file", response_model=FileBody, responses=looking)
    def show_file(file_id: FileId) -> Response:
        if is_output_id(file_id):
            return _json(find_output(parts, file_id).body())
        return _json(file_body(parts, find_file(parts.engine, file_id)))

    @router.get(
        "/{file_id}/content",
        summary="Read a file, or a range of it",
        response_class=StreamingResponse,
        responses=problem_responses(
            (UNAUTHORIZED, FILE_NOT_FOUND, RUN_NOT_FINISHED, RANGE_NOT_SATISFIABLE)
        ),
    )
    def read_file(request: Request, file_id: FileId) -> Response:
        return deliver(request, _content(parts, file_id))

    @router.delete(
        "/{file_id}",
        summary="Delete a file that no run works on",
        response_model=FileDeleted,
        responses=problem_responses((UNAUTHORIZED, FILE_NOT_FOUND, FILE_IN_USE)),
    )
    def remove_file(file_id: FileId) -> Response:
        delete_file(parts.engine, parts.store, file_id)
        return _json({"id": file_id, "object": "file", "deleted": True})


async def _take(parts: Parts, request: Request, inspections: asyncio.Semaphore) -> Upload:
    settings = parts.settings
    quota = Quota(settings.max_stored_bytes, settings.max_files)
    reception = Reception(
        folder=parts.store.incoming,
        max_bytes=settings.max_upload_bytes,
        room=await asyncio.to_thread(quota.room, parts.engine),
        stall_seconds=settings.body_timeout_seconds,
    )
    async with received(request, reception) as landed, inspections:
        return await asyncio.to_thread(_keep, parts, landed, caller_of(request))


def _keep(parts: Parts, landed: Received, caller: str) -> Upload:
    purpose = landed.purpose or PURPOSES[0]
    if purpose not in PURPOSES:
        expected = f"one of {', '.join(PURPOSES)}"
        raise ProblemError(invalid([FieldError("/purpose", expected, shown(purpose))]))
    bounds = Bounds(parts.settings.max_expansion, parts.settings.max_expanded_bytes)
    try:
        found = inspect_file(landed.path, landed.filename, bounds)
    except InputError as exc:
        raise told(UNUSABLE_FILE, exc) from None
    new = NewUpload(
        purpose=purpose,
        filename=landed.filename,
        format=found,
        num_bytes=landed.num_bytes,
        sha256=landed.sha256,
        created_by=caller,
    )
    return keep_file(parts.engine, parts.store, landed.path, new)


def _content(parts: Parts, file_id: str) -> Delivery:
    if is_output_id(file_id):
        return find_output(parts, file_id).delivery()
    found = find_file(parts.engine, file_id)
    return Delivery(
        path=parts.store.file_path(found.id, found.format),
        etag=found.sha256,
        media_type=MEDIA_TYPES[found.format],
        filename=found.filename,
    )


def _json(body: object) -> Response:
    return Response(orjson.dumps(body), media_type="application/json")
