"""Finds and parses the YAML configuration files: the user's own, or one shipped by name."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from assay.domain.errors import ConfigError

M = TypeVar("M", bound=BaseModel)

# libyaml's, where PyYAML was built with it: the same in a tenth of the time. It nests on the C
# stack, so that the depth of a text has to be known before it is loaded.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PACKAGED = Path(__file__).parent / "_configs"
_CHECKOUT = Path(__file__).parents[2] / "configs"
MAX_CONFIG_BYTES = 1 << 20
MAX_CONFIG_DEPTH = 64


def configs_folder() -> Path:
    """Return the folder of the shipped configurations, in a wheel or in a checkout."""
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


def load_config(model: type[M], kind: str, name_or_path: str) -> M:
    """Parse a configuration into `model`.

    Args:
        model: the pydantic model that describes it.
        kind: its folder among the shipped ones, for example `rubrics`.
        name_or_path: the name of a shipped file without suffix, or a path.

    Raises:
        ConfigError: the file is missing, too large, not YAML, or does not fit the model.
    """
    path = find_config(kind, name_or_path)
    return parse_config(model, read_yaml(path), str(path))


def read_yaml(path: Path) -> Any:
    """Return what a YAML file holds.

    Raises:
        ConfigError: the file cannot be read, is too large or too deep, or is not YAML.
    """
    try:
        if path.stat().st_size > MAX_CONFIG_BYTES:
            raise ConfigError(f"expected {path} to be under 1 MiB; it is no configuration")
        text = path.read_text(encoding="utf-8")
        _check_depth(text, path)
        return yaml.load(text, Loader=_LOADER)
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"expected to read {str(path)!r}, found: {exc}") from exc
    except yaml.YAMLError as exc:
        raise ConfigError(f"expected YAML in {str(path)!r}, found: {exc}") from exc


def parse_config(model: type[M], body: object, where: str) -> M:
    """Validate a parsed configuration.

    Raises:
        ConfigError: it does not fit; the message names each field with what was expected.
    """
    try:
        return model.model_validate(body)
    except ValidationError as exc:
        raise ConfigError(f"{where} is not valid:\n{describe_errors(exc)}") from exc


def describe_errors(error: ValidationError) -> str:
    """Return a validation error as lines of `field: what was expected, what was found`."""
    lines = []
    for detail in error.errors(include_url=False):
        field = ".".join(str(part) for part in detail["loc"]) or "(whole file)"
        lines.append(f"  {field}: {detail['msg']}, found {detail['input']!r:.80}")
    return "\n".join(lines)


def find_config(kind: str, name_or_path: str) -> Path:
    """Return the file that a name or a path means.

    Raises:
        ConfigError: there is none.
    """
    shipped = configs_folder() / kind / f"{name_or_path}.yaml"
    if "/" not in name_or_path and shipped.is_file():
        return shipped
    path = Path(name_or_path)
    if path.is_file():
        return path
    names = sorted(p.stem for p in (configs_folder() / kind).glob("*.yaml"))
    raise ConfigError(
        f"expected a {kind} file or one of {names}, found {name_or_path!r}; check the path"
    )


def _check_depth(text: str, path: Path) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_CONFIG_DEPTH:
            raise ConfigError(
                f"expected at most {MAX_CONFIG_DEPTH} levels in {str(path)!r}, found more; it is "
                "no configuration"
            )
