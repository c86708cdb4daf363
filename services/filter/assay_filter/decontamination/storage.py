"""Builds indexes, and keeps them in files: one .npz of plain arrays, nothing in it executable.

The same items and settings give the same bytes. A file is read as a whole and its digest checked,
so a damaged one, one of another version and one made under other Unicode tables are refused, each
with its reason.
"""

import hashlib
import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from assay.datasets.atomic_file import AtomicFile
from assay.datasets.expansion import USUAL
from assay.datasets.reading import read_lines
from assay.datasets.sources import Source
from assay.domain.errors import InputError
from assay_filter.decontamination.alphabet import alphabet
from assay_filter.decontamination.arrays import ARRAY_TYPES, IndexArrays
from assay_filter.decontamination.building import build_arrays
from assay_filter.decontamination.index import BenchmarkSize, EvalIndex, IndexNotes
from assay_filter.decontamination.items import EvalItem, ItemFields, ReadingNotes, read_items
from assay_filter.decontamination.naming import Names
from assay_filter.decontamination.settings import DecontaminationSettings, IndexSettings

ALGORITHM = 1  # of tokens, grams and arrays; another one needs another index
_HEADER = "header"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_SUFFIX = ".evalindex.npz"


def build_index(
    sources: Sequence[Source],
    settings: DecontaminationSettings,
    fields: ItemFields | None = None,
) -> EvalIndex:
    """Build the index of the evaluation items in some files.

    Raises:
        InputError: a file cannot be read or holds no items.
    """
    notes = ReadingNotes()
    return index_items(read_items(sources, fields or ItemFields(), notes), settings, notes)


def index_items(
    items: Iterable[EvalItem],
    settings: DecontaminationSettings,
    reading: ReadingNotes | None = None,
) -> EvalIndex:
    """Build the index of some items."""
    built = build_arrays(items, settings.index)
    arrays = _typed(built.arrays)
    read = reading or ReadingNotes()
    notes = IndexNotes(
        num_rows=read.num_rows,
        unread=dict(read.unread),
        examples=tuple(read.examples),
        benchmarks=_sizes(arrays, built.left_out),
    )
    return EvalIndex(arrays, settings, notes, _digest(arrays, settings.index, notes))


def open_index(
    sources: Sequence[Source],
    settings: DecontaminationSettings,
    folder: Path,
    fields: ItemFields | None = None,
) -> EvalIndex:
    """Return the index of some files, from `folder` when it was built before, else built and kept.

    Its file is named after the digest of everything it is made of, so it is never out of date.

    Raises:
        InputError: a file cannot be read or holds no items, or the kept index is damaged.
        OutputError: the index cannot be kept in `folder`.
    """
    fields = fields or ItemFields()
    path = folder / f"{_request_digest(sources, settings.index, fields)[:32]}{_SUFFIX}"
    if not path.exists():
        save_index(build_index(sources, settings, fields), path)
    return load_index(path, settings)


def save_index(index: EvalIndex, path: Path) -> None:
    """Write an index; its file replaces a former one when it is complete.

    Raises:
        OutputError: the file cannot be written.
    """
    header = {
        "algorithm": ALGORITHM,
        "alphabet": alphabet().digest,
        "digest": index.digest,
        "settings": index.settings.index.model_dump(mode="json"),
        "notes": _notes_json(index.notes),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        text = np.frombuffer(orjson.dumps(header, option=orjson.OPT_SORT_KEYS), np.uint8)
        _write(archive, _HEADER, text)
        for name in IndexArrays._fields:
            _write(archive, name, getattr(index.arrays, name))
    file = AtomicFile(path)
    file.write(buffer.getvalue())
    file.commit()
    index.path = path


def load_index(path: Path, settings: DecontaminationSettings | None = None) -> EvalIndex:
    """Read an index.

    Args:
        path: its file.
        settings: how to search; what the index was made with must agree.

    Raises:
        InputError: the file is none, is damaged, or was made otherwise.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            header = orjson.loads(archive[_HEADER].tobytes())
            _check_version(header, path)
            arrays = _typed(IndexArrays(*(archive[name] for name in IndexArrays._fields)))
        made_with = IndexSettings.model_validate(header["settings"])
        notes = _notes(header["notes"])
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as exc:
        reason = getattr(exc, "strerror", None) or f"{type(exc).__name__}: {exc}"
        raise _refusal(path, str(reason)[:200]) from exc
    if header["digest"] != _digest(arrays, made_with, notes):
        raise _refusal(path, "other contents than its digest says")
    given = settings or DecontaminationSettings(index=made_with)
    if given.index != made_with:
        raise InputError(
            f"expected an index made with {given.index!r}, found {made_with!r} in {str(path)!r}; "
            "build it again"
        )
    return EvalIndex(arrays, given, notes, header["digest"], path)


def _check_version(header: dict[str, Any], path: Path) -> None:
    wanted = {"algorithm": ALGORITHM, "alphabet": alphabet().digest}
    found = {name: header.get(name) for name in wanted}
    if found != wanted:
        raise InputError(
            f"expected an evaluation index of {wanted}, found {found} in {str(path)!r}: another "
            "version of Assay or of Python made it; build it again"
        )


def _refusal(path: Path, found: str) -> InputError:
    return InputError(
        f"expected an evaluation index in {str(path)!r}, found {found}; delete it, and build it "
        "again"
    )


def _typed(arrays: IndexArrays) -> IndexArrays:
    """Give every array its declared type, contiguous and writable: kernels are compiled once."""
    return IndexArrays(
        *(
            np.array(array, ARRAY_TYPES[name], order="C")
            for name, array in zip(IndexArrays._fields, arrays, strict=True)
        )
    )


def _write(archive: zipfile.ZipFile, name: str, array: np.ndarray[Any, Any]) -> None:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
    archive.writestr(zipfile.ZipInfo(f"{name}.npy", _EPOCH), buffer.getvalue())


def _digest(arrays: IndexArrays, settings: IndexSettings, notes: IndexNotes) -> str:
    digest = hashlib.sha256(f"{ALGORITHM} {alphabet().digest}\n".encode())
    digest.update(settings.model_dump_json().encode())
    digest.update(orjson.dumps(_notes_json(notes)["benchmarks"], option=orjson.OPT_SORT_KEYS))
    for array in arrays:
        digest.update(str(len(array)).encode())
        digest.update(array.data)
    return digest.hexdigest()


def _request_digest(sources: Sequence[Source], settings: IndexSettings, fields: ItemFields) -> str:
    digest = hashlib.sha256(f"{ALGORITHM} {alphabet().digest}\n".encode())
    digest.update(settings.model_dump_json().encode() + fields.model_dump_json().encode())
    for source in sources:
        digest.update(f"\n{Path(source.name).name}\n".encode("utf-8", "replace"))
        lines = read_lines(source, bounds=USUAL)
        for _ in lines:
            pass
        digest.update(lines.digest.sha256.encode())
    return digest.hexdigest()


def _sizes(arrays: IndexArrays, left_out: dict[str, Counter[str]]) -> dict[str, BenchmarkSize]:
    names = Names(arrays)
    is_weak = arrays.text_telling == 0
    texts = np.repeat(np.arange(len(is_weak)), np.diff(arrays.text_item_cuts))
    indexed = np.unique(arrays.text_item)
    strong = set(arrays.text_item[~is_weak[texts]].tolist())
    counts: dict[str, Counter[str]] = {name: Counter() for name in left_out}
    for item in indexed.tolist():
        count = counts.setdefault(names.item(item).benchmark, Counter())
        count["num_items"] += 1
        count["num_exact_only"] += item not in strong
        for part in ("answer", "passage", "choices"):
            cuts = getattr(arrays, f"{part}_cuts")
            count[f"num_with_{part}"] += int(cuts[item + 1] > cuts[item])
    return {
        name: BenchmarkSize(**counts[name], left_out=dict(left_out.get(name, {})))
        for name in sorted(counts)
    }


def _notes_json(notes: IndexNotes) -> dict[str, Any]:
    dumped: dict[str, Any] = orjson.loads(orjson.dumps(notes))
    return dumped


def _notes(body: dict[str, Any]) -> IndexNotes:
    sizes = {name: BenchmarkSize(**size) for name, size in body["benchmarks"].items()}
    return IndexNotes(body["num_rows"], body["unread"], tuple(body["examples"]), sizes)
