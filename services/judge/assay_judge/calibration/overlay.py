"""The rubric overlay: what calibration found, in a file that extends the rubric it was found with.

It holds curves and perhaps `accept_at`, and `calibrated_by`: a digest of the labels, the judge, its
version and the settings, so that every later run records what its verdicts rest on. It is right for
that judge alone. A curve of the extended rubric that was not found anew becomes the identity, for
it belonged to another calibration.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

import yaml

from assay.domain.rubric import Knot, Rubric
from assay.rubrics import shipped_rubrics

IDENTITY = (Knot(raw=1.0, calibrated=1.0), Knot(raw=5.0, calibrated=5.0))


def digest_calibration(basis: Mapping[str, object]) -> str:
    """Return the SHA-256 of everything that a calibration rests on."""
    text = json.dumps(basis, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def without_curves(rubric: Rubric) -> Rubric:
    """Return the rubric with raw scores: what curves are fitted on."""
    return rubric.model_copy(update={"curves": {}, "calibrated_by": None})


def calibrated_rubric(
    rubric: Rubric,
    curves: Mapping[str, tuple[Knot, ...]],
    *,
    accept_at: float | None,
    calibrated_by: str,
) -> Rubric:
    """Return the rubric as the overlay will make it."""
    identities = dict.fromkeys(rubric.curves, IDENTITY)
    change: dict[str, object] = {
        "curves": {**identities, **curves},
        "calibrated_by": calibrated_by,
    }
    if accept_at is not None:
        change["accept_at"] = accept_at
    return Rubric.model_validate({**rubric.model_dump(), **change})


def render_overlay(
    rubric: Rubric, *, extends: str, judge: str, has_threshold: bool, notes: Mapping[str, str]
) -> str:
    """Return the YAML of a calibrated rubric.

    Args:
        rubric: the calibrated rubric.
        extends: what the file extends: a shipped name, or a path relative to the file.
        judge: the judge's name and version, for the reader.
        has_threshold: whether `accept_at` was chosen.
        notes: what was not written, and why, by name.
    """
    body: dict[str, object] = {"extends": extends}
    if rubric.curves:
        body["curves"] = {
            name: [{"raw": k.raw, "calibrated": k.calibrated} for k in knots]
            for name, knots in sorted(rubric.curves.items())
        }
    if has_threshold:
        body["accept_at"] = rubric.accept_at
    body["calibrated_by"] = rubric.calibrated_by
    lines = [
        f"Written by `assay calibrate` for the judge {_plain(judge)}; do not use it with another.",
        "curves: raw score -> points that people give; linear between knots.",
        *(f"no {_plain(name)}: {_plain(reason)}" for name, reason in notes.items()),
    ]
    head = "".join(f"# {line}\n" for line in lines)
    return head + yaml.safe_dump(body, sort_keys=False, allow_unicode=True)


def extends_path(rubric: str, folder: Path) -> str:
    """Return how a file in `folder` names a rubric: shipped ones by name, files by their path."""
    if rubric in shipped_rubrics():
        return rubric
    path = os.path.relpath(Path(rubric).resolve(), folder.resolve())
    return path if "/" in path else f"./{path}"


def _plain(text: str) -> str:
    """Return text for a comment line: printable, one line, bounded."""
    return "".join(c if c.isprintable() else "?" for c in text)[:300]
