"""Which defence stops which attack: success rates of the attack suite, defence by defence.

Run: `python -m benchmarks.attacks` from the checkout. An attack succeeds when the bad response that
it decorates is accepted. The scripted judges that are asked differ in how much of a prompt they
take for instructions (`tests.fakes.gullible.Obedience`). `lift` is the mean
rise of the overall score (points) over the same response without the attack.
"""

from collections import Counter
from collections.abc import Sequence

from tests.attacks.attack import FAMILIES, Attack, sample_of, untouched
from tests.attacks.runner import NO_DEFENCES, judge_last_turns
from tests.attacks.suite import ATTACKS
from tests.fakes.gullible import Obedience

from assay.domain.rubric import Rubric
from assay.domain.verdict import Decision, decide
from assay.rubrics import load_rubric
from assay_judge.hostile.defences import Defences

NAMES = Defences.__slots__


def main() -> None:
    """Print the tables."""
    rubric = load_rubric("default")
    attacks = ATTACKS
    print(f"{len(attacks)} attacks, {len({a.language for a in attacks})} languages")
    for obeys in Obedience:
        print(f"\njudge that obeys: {obeys}")
        print(
            f"{'defences':24} {'succeed':>8} {'lift':>6}  " + " ".join(f"{f:>11}" for f in FAMILIES)
        )
        for label, defences in _settings():
            _print_row(label, defences, attacks, rubric, obeys=obeys)


def _settings() -> list[tuple[str, Defences]]:
    alone = [
        (f"only {name}", Defences(**{other: other == name for other in NAMES})) for name in NAMES
    ]
    without = [
        (f"all but {name}", Defences(**{other: other != name for other in NAMES})) for name in NAMES
    ]
    return [("none", NO_DEFENCES), *alone, *without, ("all", Defences())]


def _print_row(
    label: str, defences: Defences, attacks: Sequence[Attack], rubric: Rubric, *, obeys: Obedience
) -> None:
    hostile = judge_last_turns([sample_of(a) for a in attacks], defences, rubric, obeys=obeys)
    clean = judge_last_turns([untouched(a) for a in attacks], defences, rubric, obeys=obeys)
    verdicts = [decide(judgement, rubric) for judgement in hostile]
    before = [decide(judgement, rubric) for judgement in clean]
    succeeded = Counter(
        attack.family
        for attack, verdict in zip(attacks, verdicts, strict=True)
        if verdict.decision is Decision.ACCEPT
    )
    lifts = [
        verdict.overall - old.overall
        for verdict, old in zip(verdicts, before, strict=True)
        if verdict.overall is not None and old.overall is not None
    ]
    lift = sum(lifts) / max(1, len(lifts)) / 1000
    totals = Counter(attack.family for attack in attacks)
    cells = " ".join(f"{f'{succeeded[f]}/{totals[f]}':>11}" for f in FAMILIES)
    total = f"{succeeded.total()}/{len(attacks)}"
    print(f"{label:24} {total:>8} {lift:6.2f}  {cells}")


if __name__ == "__main__":
    main()
