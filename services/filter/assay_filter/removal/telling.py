"""What a removal changes in the manifest and the report of a run.

The manifest keeps the counts of the run as it was and gains the changes of its files; the report
loses the examples that quote a removed sample. Both may be done again and again.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from assay.audit.file_changes import FileChange, FileState
from assay.domain.errors import OutputError
from assay_filter.curation.workspace import MANIFEST, REPORT, write_whole

MAX_MANIFEST_BYTES = 256 << 20
REPORT_ID_CHARS = 16  # how much of a sample_id the report shows
_EXAMPLE = b'<div class="example">'
_GONE = b'<div class="example">removed on request</div>'


def note_in_manifest(
    out_dir: Path, states: Mapping[str, FileState], changes: Sequence[FileChange]
) -> bool:
    """Write the files' digests of today and all their changes into the manifest, if it is there.

    Raises:
        OutputError: the manifest is none of ours, or cannot be written.
    """
    path = out_dir / MANIFEST
    if not path.is_file():
        return False
    manifest = _read(path)
    manifest["files"] = {
        name: {"rows": state.num_rows, "num_bytes": state.num_bytes, "sha256": state.sha256}
        for name, state in states.items()
        if state.sha256 is not None
    }
    manifest["file_changes"] = [change._asdict() for change in changes]
    write_whole(path, orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n")
    return True


def forget_in_report(out_dir: Path, sample_ids: Collection[str]) -> int:
    """Take the examples that quote these samples out of the report; return how many there were.

    Raises:
        OutputError: the report cannot be read or written.
    """
    path = out_dir / REPORT
    if not path.is_file():
        return 0
    marks = [f"<code>{sample_id[:REPORT_ID_CHARS]}</code>".encode() for sample_id in sample_ids]
    try:
        page = path.read_bytes()
    except OSError as exc:
        raise OutputError(f"expected to read {str(path)!r}, found: {exc.strerror}") from exc
    pieces, at, num_removed = [], 0, 0
    while (start := page.find(_EXAMPLE, at)) >= 0:
        end = _end_of_block(page, start)
        block = page[start:end]
        is_theirs = any(mark in block for mark in marks)
        pieces += [page[at:start], _GONE if is_theirs else block]
        num_removed += is_theirs
        at = end
    if num_removed:
        write_whole(path, b"".join((*pieces, page[at:])))
    return num_removed


def _end_of_block(page: bytes, start: int) -> int:
    """Return where the block that begins at `start` ends; texts in it are escaped."""
    depth, at = 0, start
    while True:
        opens, closes = page.find(b"<div", at), page.find(b"</div>", at)
        if closes < 0:
            return len(page)
        if 0 <= opens < closes:
            depth, at = depth + 1, opens + 1
            continue
        depth, at = depth - 1, closes + len(b"</div>")
        if not depth:
            return at


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_MANIFEST_BYTES:
            raise OutputError(f"expected a manifest at {str(path)!r}, found a file far too large")
        body = orjson.loads(path.read_bytes())
    except (OSError, ValueError) as exc:
        raise OutputError(f"expected a manifest at {str(path)!r}, found: {exc}") from exc
    if not isinstance(body, dict) or "chain_head" not in body:
        raise OutputError(f"expected a run's manifest at {str(path)!r}, found another file")
    return body
