"""The pipelines and rubrics that a request may name: the shipped ones and those of one folder each.

All are read and checked at the start; a request gives a name that is looked up here, and no part of
it ever reaches the disk.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from assay.configs import configs_folder, load_config
from assay.domain.errors import ConfigError
from assay.domain.rubric import Rubric
from assay.rubrics import load_rubric
from assay_filter.pipeline import Pipeline, build_rules

T = TypeVar("T")


def load_pipelines(folder: Path | None) -> Mapping[str, Pipeline]:
    """Return all pipelines by name.

    Raises:
        ConfigError: one is not valid, the folder is none, or a name is there twice.
    """
    return _load("pipelines", folder, _pipeline)


def load_rubrics(folder: Path | None) -> Mapping[str, Rubric]:
    """Return all rubrics by name.

    Raises:
        ConfigError: one is not valid, the folder is none, or a name is there twice.
    """
    return _load("rubrics", folder, load_rubric)


def check_default(known: Mapping[str, object], name: str, kind: str) -> None:
    """Check that the one for requests that name none is there.

    Raises:
        ConfigError: it is not.
    """
    if name not in known:
        raise ConfigError(f"expected a {kind} of {sorted(known)}, found {name!r}; name one of them")


def _load(kind: str, folder: Path | None, load: Callable[[str], T]) -> Mapping[str, T]:
    sources = {path.stem: path for path in sorted((configs_folder() / kind).glob("*.yaml"))}
    if folder is not None:
        if not folder.is_dir():
            raise ConfigError(f"expected a folder of {kind}, found {str(folder)!r}; make it")
        for path in sorted((*folder.glob("*.yaml"), *folder.glob("*.yml"))):
            if path.stem in sources:
                raise ConfigError(
                    f"expected a new name, found {path.stem!r} twice ({str(path)!r}); rename the "
                    "file"
                )
            sources[path.stem] = path.absolute()
    return {name: load(str(path)) for name, path in sources.items()}


def _pipeline(path: str) -> Pipeline:
    pipeline = load_config(Pipeline, "pipelines", path)
    build_rules(pipeline)
    return pipeline
