"""Reads rubrics: one shipped by name or the user's own YAML, which may extend another.

`extends: NAME or PATH` takes over everything from the other rubric; mappings are merged key by key,
anything else is replaced, and null removes a key. A path is relative to the file that names it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assay.configs import configs_folder, find_config, parse_config, read_yaml
from assay.domain.errors import ConfigError
from assay.domain.rubric import Rubric

KIND = "rubrics"
MAX_DEPTH = 8


def load_rubric(name_or_path: str) -> Rubric:
    """Return a rubric, with what it extends merged in.

    Raises:
        ConfigError: a file is missing, no YAML, extends itself, or does not describe a rubric.
    """
    body = _resolve(name_or_path, Path.cwd(), ())
    return parse_config(Rubric, body, f"rubric {name_or_path!r}")


def shipped_rubrics() -> tuple[str, ...]:
    """Return the names of the rubrics that come with Assay."""
    return tuple(sorted(path.stem for path in (configs_folder() / KIND).glob("*.yaml")))


def _resolve(name_or_path: str, folder: Path, seen: tuple[Path, ...]) -> Mapping[str, Any]:
    is_name = "/" not in name_or_path and not name_or_path.endswith((".yaml", ".yml"))
    path = find_config(KIND, name_or_path if is_name else str(folder / name_or_path))
    if path in seen or len(seen) >= MAX_DEPTH:
        chain = " -> ".join(str(p) for p in (*seen, path))
        raise ConfigError(f"expected rubrics that extend one another to end, found {chain}")
    body = read_yaml(path)
    if not isinstance(body, dict):
        raise ConfigError(f"expected a mapping in {str(path)!r}, found {type(body).__name__}")
    base = body.pop("extends", None)
    if base is None:
        return body
    if not isinstance(base, str):
        raise ConfigError(f"expected `extends` in {str(path)!r} to be a name, found {base!r}")
    return _merge(_resolve(base, path.parent, (*seen, path)), body)


def _merge(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in change.items():
        known = merged.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            merged[key] = _merge(known, value)
        elif value is None and isinstance(known, dict):
            del merged[key]
        else:
            merged[key] = value
    return merged
