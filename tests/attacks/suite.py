"""All attacks: those of the YAML files, one file a family, and those that are made by code."""

from collections.abc import Iterator
from pathlib import Path

import yaml
from tests.attacks.attack import Attack
from tests.attacks.keys import KEYS
from tests.attacks.obfuscated import OBFUSCATED

_FOLDER = Path(__file__).parent / "data"


def _written() -> Iterator[Attack]:
    for path in sorted(_FOLDER.glob("*.yaml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield Attack(**{"family": path.stem, **entry})


ATTACKS = (*_written(), *KEYS, *OBFUSCATED)
