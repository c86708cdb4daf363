"""Event logs of the services: one line of key=value pairs an event, with the request's id.

Events have fixed names (`request.done`). Bodies, keys and sample text have no place in them:
callers pass ids, counts, codes and names.
"""

import logging
import sys
from typing import TextIO, TypeAlias

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

from assay.web.request_ids import REQUEST_ID

Log: TypeAlias = FilteringBoundLogger

_FIRST_KEYS = ("timestamp", "level", "event", "request_id")


def open_log(stream: TextIO | None = None, *, is_quiet: bool = False) -> Log:
    """Return the log that writes to `stream` (standard error); quiet: warnings and errors alone."""
    log: Log = structlog.wrap_logger(
        structlog.WriteLogger(stream or sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _add_request_id,
            structlog.processors.LogfmtRenderer(key_order=_FIRST_KEYS, drop_missing=True),
        ],
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


def _add_request_id(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    request_id = REQUEST_ID.get()
    if request_id != "-":
        event.setdefault("request_id", request_id)
    return event
