"""The kernels give the same bytes in any process, with or without a cache or a compiler."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import assay_filter.dedup.native

SCRIPT = """
import hashlib, sys, warnings
from itertools import product
from pathlib import Path
warnings.simplefilter("ignore", RuntimeWarning)
import numpy as np
from assay_filter.dedup.engine import find_duplicates
from assay_filter.dedup.features import compute_features
from assay_filter.dedup.keys import DedupText
from assay_filter.dedup.result import Members
from assay_filter.dedup.settings import DedupSettings

story = "Every morning the keeper climbs {} steps and lights the lamp for the {} at sea."
texts = [DedupText(f"Tell me about {who}, please.", story.format(steps, who), bytes([i]))
         for i, (who, steps) in enumerate(
             product(("sailors", "sailor", "fishers", "你们大家"), (90, 91, "many")))]
texts += [DedupText("Hm", "", b"x", setting="a\\x1eb", turns="duos"), texts[0], texts[-1]]
path = Path(sys.argv[1]) / "block"
compute_features(texts, DedupSettings()).save(path)
n = len(texts)
members = Members(np.ones(n, bool), np.zeros(n, np.uint8), np.zeros(n, np.int32),
                  np.zeros(n, np.int64), np.zeros(n, np.int16))
result = find_duplicates([path], members, DedupSettings())
assert len(result.edges) and len(result.flags)
outcome = path.read_bytes() + result.edges.tobytes() + result.flags.tobytes()
print(hashlib.sha256(outcome).hexdigest())
"""


def _digest(folder: Path, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_processes_and_hash_seeds_agree(tmp_path: Path) -> None:
    assert _digest(tmp_path, PYTHONHASHSEED="1") == _digest(tmp_path, PYTHONHASHSEED="2")


def test_compiled_kernels_do_what_the_python_code_says(tmp_path: Path) -> None:
    """Uncompiled code checks bounds, so this also finds a kernel that reads beyond an array."""
    assert _digest(tmp_path, NUMBA_DISABLE_JIT="1") == _digest(tmp_path)


@pytest.mark.slow
def test_kernels_work_where_no_cache_can_be_written(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    nowhere = {
        "NUMBA_CACHE_DIR": str(file / "below"),
        "NUMBA_CACHE_LOCATOR_CLASSES": "UserProvidedCacheLocator",
    }
    assert _digest(tmp_path, **nowhere) == _digest(tmp_path)


def test_the_cache_folder_follows_the_source() -> None:
    folder = assay_filter.dedup.native._cache_folder("/some/where")
    assert folder.startswith("/some/where/kernels-")
    assert folder == assay_filter.dedup.native._cache_folder("/some/where")
