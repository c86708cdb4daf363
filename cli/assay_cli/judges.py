"""Wires the judges: which backend `--judge` names."""

from dataclasses import dataclass

from assay.domain.errors import ConfigError
from assay.domain.ports import Judge


@dataclass(frozen=True, slots=True)
class MakeEvidenceJudge:
    """Makes the judge that needs no model, in a worker process."""

    def __call__(self) -> Judge:
        from assay_judge.evidence.judge import EvidenceJudge  # its tables load in workers alone

        return EvidenceJudge()


def judge_factory(name: str) -> MakeEvidenceJudge | None:
    """Return what makes the judge called `name`; None for `off`.

    Raises:
        ConfigError: no judge has this name.
    """
    if name == "evidence":
        return MakeEvidenceJudge()
    if name == "off":
        return None
    raise ConfigError(f"expected --judge evidence or off, found {name!r}; choose one of the two")
