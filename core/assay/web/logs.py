"""Event logs of the services: one line of key=value pairs an event, with the request's id.

Events have fixed names (`request.done`). Bodies, keys and sample text have no place in them:
callers pass ids, counts, codes and names.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TextIO, TypeAlias

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

from assay.web.request_ids import REQUEST_ID

Log: TypeAlias = FilteringBoundLogger


def open_log(stream: TextIO | None = None, *, is_quiet: bool = False) -> Log:
    """Return the log that writes to `stream` (standard error); quiet: warnings and errors alone."""
    log: Log = structlog.wrap_logger(
        structlog.WriteLogger(stream or sys.stderr),
        processors=[_as_line],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.WARNING if is_quiet else logging.INFO
        ),
        cache_logger_on_first_use=True,
    )
    return log


class ForwardServerRecords(logging.Handler):
    """Brings what the HTTP server says (warnings, errors) into the log, without stack or text.

    The server's own words may quote a request; only its format string is taken.
    """

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else "-"
        message = str(record.msg).strip()
        self._log.warning("server.warning", message=message, error=error, logger=record.name)


def where_raised(error: BaseException) -> str:
    """Return the place of an error as `file:line:function`, for a log that must not quote it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "-"
    code = trace.tb_frame.f_code
    return f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}:{code.co_name}"


def _as_line(_logger: WrappedLogger, method: str, event: EventDict) -> str:
    """Write logfmt; one function, for it runs once a request."""
    name, request_id = event.pop("event"), event.pop("request_id", None) or REQUEST_ID.get()
    head = f"timestamp={datetime.now(UTC).isoformat()} level={method} event={name}"
    if request_id != "-":
        head += f" request_id={request_id}"
    return " ".join([head, *[f"{key}={_value(value)}" for key, value in event.items()]])


def _value(value: object) -> str:
    text = str(value)
    if text.isprintable() and not any(mark in text for mark in ' "=') and text:
        return text
    return json.dumps(text)  # no line break can forge another event
