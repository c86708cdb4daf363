"""Takes a multipart form apart as its bytes arrive; nothing but small fields is held in memory.

The form is the one that OpenAI's SDK sends: the fields `purpose` and `file`, in any order.
"""

from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from assay.web.problems import MALFORMED_BODY
from assay_filter.service.problems import refused

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_PARTS = 16
MAX_FIELD_BYTES = 4096
FILE_FIELD = "file"


class FormReader:
    """One form under way; `filename` and `fields` are known when their parts have been read."""

    def __init__(self, content_type: str) -> None:
        """Begin a form.

        Raises:
            ProblemError: 400, the content type names no boundary, or one that is too long.
        """
        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if not boundary:
            raise _malformed("a boundary in Content-Type", "none")
        self.filename: str | None = None
        self.fields: dict[str, str] = {}
        self.has_file = False
        self._num_parts = 0
        self._name = ""
        self._value = bytearray()
        self._header = (bytearray(), bytearray())
        self._disposition = b""
        self._file_data: list[bytes] = []
        self._is_over = False
        try:
            self._parser = MultipartParser(boundary, self._callbacks())
        except FormParserError as exc:
            raise _malformed("a boundary of at most 256 characters", str(exc)) from None

    def feed(self, data: bytes) -> bytes:
        """Take in bytes of the body; return those that belong to the file.

        Raises:
            ProblemError: 400, the form is malformed, holds two files, or too many fields.
        """
        try:
            self._parser.write(data)
        except FormParserError as exc:
            raise _malformed("a multipart form", str(exc)) from None
        found = b"".join(self._file_data)
        self._file_data.clear()
        return found

    def close(self) -> None:
        """End the form.

        Raises:
            ProblemError: 400, it was cut off, or holds no file.
        """
        if not self._is_over:
            raise _malformed("a form with its last boundary", "one that is cut off")
        if not self.has_file:
            raise _malformed(
                f"a form with the field {FILE_FIELD!r}", f"{sorted(self.fields)!r:.80}"
            )

    def _callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin_part,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_headers,
            "on_part_data": self._take,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }

    def _begin_part(self) -> None:
        self._num_parts += 1
        if self._num_parts > MAX_PARTS:
            raise _malformed(f"a form of at most {MAX_PARTS} fields", "more")
        self._name, self._disposition = "", b""
        self._value.clear()

    def _end_header(self) -> None:
        field, value = self._header
        if bytes(field).lower() == b"content-disposition":
            self._disposition = bytes(value)
        field.clear()
        value.clear()

    def _end_headers(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        if self._name == FILE_FIELD:
            if self.has_file:
                raise _malformed(f"one field {FILE_FIELD!r}", "two; send a request for each file")
            self.has_file = True
            name = options.get(b"filename")
            self.filename = None if name is None else name.decode("utf-8", "replace")

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._name == FILE_FIELD:
            self._file_data.append(data[start:end])
            return
        self._value.extend(data[start:end])
        if len(self._value) > MAX_FIELD_BYTES:
            raise _malformed(f"fields of at most {MAX_FIELD_BYTES} bytes", "a larger one")

    def _end_part(self) -> None:
        if self._name != FILE_FIELD:
            self.fields[self._name[:80]] = self._value.decode("utf-8", "replace")

    def _end(self) -> None:
        self._is_over = True


def _malformed(expected: str, found: str) -> Exception:
    return refused(MALFORMED_BODY, f"expected {expected}, found {found:.200}")
