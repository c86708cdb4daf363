"""What chaos cost: seeds, faults by kind, restarts, seconds until work went on; told at the end."""

import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

FILE = "ASSAY_CHAOS_FIGURES"  # where to write the figures too


@dataclass
class SeedFigures:
    """What one seed did, and what came of it."""

    home: str
    seed: int
    faults: list[str] = field(default_factory=list)
    restarts: list[str] = field(default_factory=list)
    recoveries: list[tuple[str, float]] = field(default_factory=list)  # kind, seconds
    resumes: int = 0
    seconds: float = 0.0
    identical: bool = False


@dataclass
class Figures:
    """The figures of all seeds of a session."""

    seeds: list[SeedFigures] = field(default_factory=list)

    def write(self) -> None:
        """Write them where the environment says."""
        path = os.environ.get(FILE)
        if path and self.seeds:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            body = [asdict(seed) for seed in self.seeds]
            Path(path).write_text(json.dumps(body, indent=1) + "\n")

    def lines(self) -> Iterable[str]:
        """Return them as a person reads them."""
        for home in sorted({seed.home for seed in self.seeds}):
            yield from _lines_of(home, [seed for seed in self.seeds if seed.home == home])


def _lines_of(home: str, seeds: list[SeedFigures]) -> Iterable[str]:
    faults = Counter(kind for seed in seeds for kind in seed.faults)
    restarts = Counter(name for seed in seeds for name in seed.restarts)
    recoveries: dict[str, list[float]] = defaultdict(list)
    for seed in seeds:
        for kind, seconds in seed.recoveries:
            recoveries[kind].append(seconds)
    num_identical = sum(seed.identical for seed in seeds)
    yield (
        f"{home}: {len(seeds)} seeds, {num_identical} identical, {sum(faults.values())} faults, "
        f"{sum(restarts.values())} restarts, {sum(seed.resumes for seed in seeds)} resumes, "
        f"median {median(seed.seconds for seed in seeds):.1f} s a seed"
    )
    for kind in sorted(faults):
        times = recoveries[kind]
        told = f"median {median(times):.1f} s, most {max(times):.1f} s" if times else "not alone"
        yield f"  {kind}: {faults[kind]} faults; work went on after {told} ({len(times)} measured)"
