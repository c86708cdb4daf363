"""Looks at an upload before it is taken: is it what its name says, and does it stay within bounds?

A compressed file is expanded once, in bounded memory and without keeping anything, so that a bomb
or a cut file is refused here and not in the middle of a run. A Parquet file is judged by its
footer; that its pages keep to it is not known before they are read.
"""

from pathlib import Path

from assay.datasets.decompression import Damage, StoredBytes, read_blocks
from assay.datasets.expansion import Bounds
from assay.datasets.lines import MAX_LINE_BYTES
from assay.datasets.sources import Format, check_head, format_of_name
from assay.domain.errors import InputError

HEAD_BYTES = 4096


def inspect_file(path: Path, name: str, bounds: Bounds) -> Format:
    """Return the format of a file; `name` is what its sender calls it.

    Raises:
        InputError: the name or the content is of no format that can be read, the file is empty,
            damaged, or expands without measure.
    """
    found = format_of_name(name)
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if not head:
        raise InputError(f"expected samples in {name!r}, found an empty file")
    check_head(name, found, head)
    if found == "parquet":
        _check_footer(path, name, bounds)
    elif found == "jsonl":
        _check_text(name, head)
    else:
        _expand(path, name, found, bounds)
    return found


def _expand(path: Path, name: str, found: Format, bounds: Bounds) -> None:
    num_plain = 0
    with path.open("rb") as stream:
        blocks = read_blocks(StoredBytes(stream, name), found)
        for block in bounds.guard(name, path.stat().st_size, blocks):
            if isinstance(block, Damage):
                raise InputError(f"expected {name!r} to be whole, found {block.reason}")
            if not num_plain:
                _check_text(name, block[:HEAD_BYTES])
            num_plain += len(block)
    if not num_plain:
        raise InputError(f"expected samples in {name!r}, found an empty file")


def _check_text(name: str, head: bytes) -> None:
    if b"\0" in head:
        raise InputError(
            f"expected one JSON object a line in UTF-8 in {name!r}, found binary data (NUL bytes)"
        )


def _check_footer(path: Path, name: str, bounds: Bounds) -> None:
    import pyarrow as pa  # a service that gets JSON lines alone never loads it
    import pyarrow.parquet as pq

    try:
        footer = pq.read_metadata(path)
    except (pa.ArrowException, OSError, ValueError) as exc:
        said = (str(exc) or type(exc).__name__).splitlines()[0].replace(str(path), name)
        raise InputError(f"expected a whole Parquet file in {name!r}, found: {said:.200}") from None
    groups = [footer.row_group(at) for at in range(footer.num_row_groups)]
    bounds.check(name, path.stat().st_size, sum(group.total_byte_size for group in groups))
    if not footer.num_rows:
        raise InputError(f"expected samples in {name!r}, found a Parquet file without rows")
    row_bytes = max(group.total_byte_size // max(group.num_rows, 1) for group in groups)
    if row_bytes > MAX_LINE_BYTES:
        raise InputError(
            f"expected rows of at most {MAX_LINE_BYTES} bytes in {name!r}, found an average of "
            f"{row_bytes}; write smaller rows"
        )
