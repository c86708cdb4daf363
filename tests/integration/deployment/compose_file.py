"""Reads docker-compose.yml as Compose does: merge keys, variables of .env, order of the start.

Only what our file uses is understood; anything else is an error, so that the file cannot grow past
what the tests see. Where the `docker-compose` program is on the machine a test compares the two.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
FILE = ROOT / "docker-compose.yml"
EXAMPLE = ROOT / ".env.example"
DOCKERFILE = ROOT / "Dockerfile"

_VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>\w+)(?::(?P<how>[-?])(?P<rest>[^}]*))?\})")
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class Reference:
    """A variable that the file uses; `default` None: it has none and is required."""

    name: str
    default: str | None


@dataclass(frozen=True, slots=True)
class Healthcheck:
    """How a service is asked whether it is well; times in seconds."""

    test: Sequence[str]
    interval: float
    timeout: float
    retries: int
    start_period: float

    @property
    def command(self) -> list[str]:
        """The command, as the engine starts it."""
        kind, *words = self.test
        return ["/bin/sh", "-c", *words] if kind == "CMD-SHELL" else words


@dataclass(frozen=True, slots=True)
class Service:
    """One service, with all variables in place."""

    name: str
    spec: Mapping[str, Any]

    @property
    def is_ours(self) -> bool:
        """Whether it runs the image of this project."""
        return "build" in self.spec

    @property
    def command(self) -> list[str]:
        return list(self.spec.get("command", ()))

    @property
    def environment(self) -> dict[str, str]:
        return dict(self.spec.get("environment", {}))

    @property
    def user(self) -> str:
        return str(self.spec.get("user", ""))

    @property
    def conditions(self) -> dict[str, str]:
        """What it waits for: service -> condition."""
        waited: Mapping[str, Any] = self.spec.get("depends_on", {})
        return {name: each["condition"] for name, each in waited.items()}

    @property
    def optional(self) -> set[str]:
        """The services that it waits for only where they are started at all."""
        waited: Mapping[str, Any] = self.spec.get("depends_on", {})
        return {name for name, each in waited.items() if each.get("required") is False}

    @property
    def volumes(self) -> dict[str, str]:
        """Path in the container -> name of the volume."""
        return {path: name for name, _, path in (v.partition(":") for v in self.mounts)}

    @property
    def mounts(self) -> list[str]:
        return list(self.spec.get("volumes", ()))

    @property
    def tmpfs(self) -> list[str]:
        return list(self.spec.get("tmpfs", ()))

    @property
    def ports(self) -> list[tuple[str, str, int]]:
        """Address and port on this machine, port in the container."""
        found = []
        for port in self.spec.get("ports", ()):
            address, published, target = port.rsplit(":", 2)
            found.append((address, published, int(target)))
        return found

    @property
    def grace_seconds(self) -> float:
        """How long it may take after SIGTERM; ten seconds are the engine's default."""
        return seconds_of(self.spec.get("stop_grace_period", "10s"))

    @property
    def healthcheck(self) -> Healthcheck | None:
        check = self.spec.get("healthcheck")
        if check is None:
            return None
        return Healthcheck(
            test=check["test"],
            interval=seconds_of(check["interval"]),
            timeout=seconds_of(check["timeout"]),
            retries=check["retries"],
            start_period=seconds_of(check.get("start_period", "0s")),
        )


@dataclass(frozen=True, slots=True)
class Composition:
    """The whole file."""

    spec: Mapping[str, Any]

    @property
    def services(self) -> dict[str, Service]:
        return {name: Service(name, spec) for name, spec in self.spec["services"].items()}

    def started(self, profile: str | None = None) -> list[Service]:
        """Return the services that `up` starts, each after those that it waits for."""
        chosen = {
            name: service
            for name, service in self.services.items()
            if "profiles" not in service.spec or profile in service.spec["profiles"]
        }
        ordered: list[Service] = []
        while len(ordered) < len(chosen):
            there = {service.name for service in ordered}
            ready = [
                service
                for name, service in chosen.items()
                if name not in there
                and all(w in there for w in service.conditions if w in chosen)
                and all(w in chosen or w in service.optional for w in service.conditions)
            ]
            assert ready, f"services wait for each other or for none: {set(chosen) - there}"
            ordered.append(ready[0])
        return ordered


def read_raw(path: Path = FILE) -> dict[str, Any]:
    """Return the file with merge keys done and variables not."""
    parsed = yaml.safe_load(path.read_text())
    assert isinstance(parsed, dict)
    return parsed


def read_composition(variables: Mapping[str, str], path: Path = FILE) -> Composition:
    """Return the file with all variables in place.

    Raises:
        ValueError: a required variable is missing or empty; the text is the file's own.
    """
    resolved = _resolve(read_raw(path), variables)
    assert isinstance(resolved, dict)
    return Composition(resolved)


def read_variables(path: Path) -> dict[str, str]:
    """Return what an .env file sets."""
    lines = [line.strip() for line in path.read_text().splitlines()]
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def references(path: Path = FILE) -> Iterator[Reference]:
    """Return the variables that the file uses."""
    for text in _texts(read_raw(path)):
        for found in _VARIABLE.finditer(text):
            if found["name"]:
                is_optional = found["how"] == "-"
                yield Reference(found["name"], found["rest"] if is_optional else None)


def image_environment(path: Path = DOCKERFILE, target: str = "light") -> dict[str, str]:
    """Return the variables that the Dockerfile sets in the image of a target."""
    stages: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for line in path.read_text().replace("\\\n", " ").splitlines():
        word, _, rest = line.partition(" ")
        if word == "FROM":
            source, _, name = rest.partition(" AS ")
            current = stages[name] = dict(stages.get(source, {}))
        elif word == "ENV":
            current.update(dict(pair.split("=", 1) for pair in rest.split()))
    return stages[target]


def seconds_of(text: str) -> float:
    """Return a duration such as 90s or 10m in seconds."""
    return float(text[:-1]) * _SECONDS[text[-1]]


def _resolve(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _resolve(each, variables) for key, each in value.items()}
    if isinstance(value, list):
        return [_resolve(each, variables) for each in value]
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: _value(found, variables), value)
    return value


def _value(found: re.Match[str], variables: Mapping[str, str]) -> str:
    if found["dollar"]:
        return "$"
    given = variables.get(found["name"], "")
    if found["how"] == "-":
        return given or str(found["rest"])
    if not given:
        raise ValueError(found["rest"] or f"{found['name']} is not set")
    return given


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value
