"""The rubrics that a request may name: the shipped ones and those of one configured folder.

All are read and checked at the start; a request gives a name that is looked up here, and no part of
it ever reaches the disk.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.domain.errors import ConfigError
from assay.domain.rubric import Rubric
from assay.rubrics import load_rubric, shipped_rubrics


@dataclass(frozen=True, slots=True)
class NamedRubric:
    """A rubric with its name and its digests, computed once."""

    name: str
    rubric: Rubric
    digest: str
    judging_digest: str

    def reference(self) -> dict[str, Any]:
        """Return what an answer says of the rubric that it was decided by."""
        return {"name": self.name, "version": self.rubric.version, "digest": self.digest}


def load_rubrics(folder: Path | None) -> Mapping[str, NamedRubric]:
    """Return all rubrics by name.

    Raises:
        ConfigError: one does not describe a rubric, the folder is none, or a name is there twice.
    """
    sources = {name: name for name in shipped_rubrics()}
    if folder is not None:
        if not folder.is_dir():
            raise ConfigError(f"expected a folder of rubrics, found {str(folder)!r}; make it")
        for path in sorted((*folder.glob("*.yaml"), *folder.glob("*.yml"))):
            if path.stem in sources:
                raise ConfigError(
                    f"expected a new name, found rubric {path.stem!r} twice ({str(path)!r}); "
                    "rename the file"
                )
            sources[path.stem] = str(path.absolute())
    return {name: _named(name, load_rubric(source)) for name, source in sources.items()}


def describe_rubrics(rubrics: Mapping[str, NamedRubric], default: str) -> dict[str, Any]:
    """Return the answer of `GET /v1/rubrics`."""
    listed = [
        {
            **named.reference(),
            "id": named.rubric.id,
            "judging_digest": named.judging_digest,
            "rubric": named.rubric.model_dump(mode="json"),
        }
        for named in rubrics.values()
    ]
    return {"default": default, "rubrics": listed}


def _named(name: str, rubric: Rubric) -> NamedRubric:
    return NamedRubric(name, rubric, rubric.digest, rubric.judging_digest)
