"""Sentences that say what the figures mean, so that nobody must know statistics to act on them.

Each sentence follows from figures alone, by fixed limits that stand here.
"""

from collections.abc import Iterator

from assay_judge.calibration.agreement import DimensionFigures
from assay_judge.calibration.bias import OVERALL, BiasFigures, Perturbation
from assay_judge.calibration.defects import DefectFigures
from assay_judge.calibration.resampling import Estimate
from assay_judge.calibration.residuals import FamilyFigures, LengthFigures
from assay_judge.calibration.results import Calibration

FEW_CLUSTERS = 30
LOW_COVERAGE = 0.8
MIN_SCORED = 20


def show(estimate: Estimate, decimals: int = 2) -> str:
    """Return `0.42 [0.31, 0.52]`, or `n/a` where the data do not define it."""
    if estimate.value is None:
        return "n/a"
    value = f"{estimate.value:.{decimals}f}"
    if estimate.low is None or estimate.high is None:
        return value
    return f"{value} [{estimate.low:.{decimals}f}, {estimate.high:.{decimals}f}]"


def read_dimension(figures: DimensionFigures) -> str:
    """Say how far to trust one dimension."""
    if figures.agreement is None:
        return "The judge scored none of these samples: it says nothing about this dimension."
    if figures.num_scored < MIN_SCORED:
        return (
            f"It scored {figures.num_scored:,} of {figures.num_labelled:,} samples: too few to say "
            "anything."
        )
    parts = []
    rho = figures.agreement.spearman
    if rho.value is None or rho.low is None or rho.low <= 0:
        parts.append("No agreement with people is shown (the interval of Spearman includes 0).")
    else:
        parts.append(f"Scores rise with people's (Spearman {show(rho)}).")
    ceiling, each = figures.ceiling, figures.against_each
    if ceiling is None:
        parts.append("One annotator: the human-human ceiling is unknown.")
    elif each is not None and each.kappa.value is not None and ceiling.kappa.value is not None:
        relation = "reaches" if each.kappa.value >= ceiling.kappa.value else "stays below"
        parts.append(
            f"Against single annotators it {relation} what people reach among themselves "
            f"(kappa {each.kappa.value:.2f}, people {ceiling.kappa.value:.2f})."
        )
    if figures.coverage.value is not None and figures.coverage.value < LOW_COVERAGE:
        parts.append(
            f"It scored {figures.num_scored:,} of {figures.num_labelled:,} samples; the figures "
            "speak of those alone."
        )
    if figures.num_clusters < FEW_CLUSTERS:
        parts.append(f"Only {figures.num_clusters} prompts: intervals are rough.")
    return " ".join(parts)


def read_defect(figures: DefectFigures) -> str:
    """Say what a claim of this defect is worth."""
    found, marked = figures.verified, figures.num_present
    if not found.num_true_positives and not found.num_false_positives:
        return f"The judge verified none of the {marked:,} that people marked, and claimed nothing."
    return (
        f"Of {marked:,} marked by people {found.num_true_positives:,} were verified; "
        f"{found.num_false_positives:,} samples without it were accused."
    )


def read_probability(figures: DefectFigures) -> str:
    """Say which samples have a probability of this defect."""
    assert figures.probability is not None, "asked of defects with a probability alone"
    num, total = figures.probability.num, figures.num_labelled
    if figures.probability_of == "check":
        return f"P(defect), from the rubric's check, on {num:,} of {total:,} samples:"
    return (
        f"P(defect) on the {num:,} of {total:,} samples with a claim that was read a second time "
        "(the others have no probability and are in none of these figures):"
    )


def read_bias(bias: BiasFigures) -> Iterator[str]:
    """Say what each test that judged again showed."""
    if bias.stopped_by:
        yield f"The tests that judge again were stopped: {bias.stopped_by}"
        return
    if not bias.num_samples:
        yield "The tests that judge again were not run (--bias 0)."
        return
    for test in (bias.sample_order, bias.level_order):
        if test is not None:
            yield _read_order(test)
    if bias.level_order is None:
        yield "The judge does not offer another order of levels, so that order was not tested."
    if bias.padding is not None:
        yield _read_rise(bias.padding, "An empty paragraph after the response")
    for attack in bias.attacks:
        yield _read_rise(attack, f"Text that courts the grader ({attack.kind})")


def read_length(figures: LengthFigures) -> str:
    """Say whether length moves the score."""
    given = figures.given_human
    head = f"{figures.target}: length and score given people's score {show(given)}"
    if given.value is None or given.low is None or given.high is None:
        return f"{head}; not defined."
    if given.low > 0:
        return f"{head}; longer responses score higher than people's scores explain."
    if given.high < 0:
        return f"{head}; longer responses score lower than people's scores explain."
    return f"{head}; no preference for length is shown."


def read_family(figures: FamilyFigures) -> str:
    """Say whether a family is favoured."""
    residual = figures.residual
    own = " (the judge's own family)" if figures.is_own else ""
    if residual.low is not None and residual.low > 0:
        return f"favoured{own}"
    if residual.high is not None and residual.high < 0:
        return f"disfavoured{own}"
    return f"no difference shown{own}"


def read_whole(calibration: Calibration) -> Iterator[str]:
    """Say first what a reader must know."""
    intake = calibration.intake
    if calibration.judge == "evidence":
        yield (
            "The evidence judge is no model: code measured what code can measure. Low agreement "
            "is what to expect of it where people judged content."
        )
    failed = sum(intake.judge_errors.values())
    if failed or intake.num_unjudged:
        yield (
            f"{failed:,} judgements failed and {intake.num_unjudged:,} were not made; those "
            "samples are in no figure."
        )
    if intake.num_clusters < FEW_CLUSTERS:
        yield f"Only {intake.num_clusters} prompts are labelled; take every interval as rough."
    if not calibration.has_change:
        yield "Nothing earned a place in a rubric overlay, so none was written."


def _read_order(test: Perturbation) -> str:
    what = {"sample_order": "Samples in reverse order", "level_order": "Levels from 5 down to 1"}
    if test.num_from_cache and test.num_from_cache == test.num_judged:
        return (
            f"{what[test.kind]}: not tested, for all {test.num_judged:,} answers came from the "
            "judgement cache (--cache off asks again)."
        )
    moved = [s.largest_change for s in test.shifts.values()]
    most = max(moved, default=0.0)
    if not most:
        return f"{what[test.kind]}: no score changed ({test.num_judged:,} samples)."
    return (
        f"{what[test.kind]}: scores moved by up to {most:.2f} points; differences below that are "
        f"noise ({test.num_judged:,} samples)."
    )


def _read_rise(test: Perturbation, what: str) -> str:
    shift = test.shifts.get(OVERALL)
    name = OVERALL
    if shift is None and test.shifts:
        name, shift = max(test.shifts.items(), key=lambda i: i[1].raised.value or 0.0)
    if shift is None:
        return f"{what}: no score to compare ({test.num_judged:,} samples)."
    raised = shift.raised.value or 0.0
    verdict = "it must not" if raised > 0 or test.num_newly_accepted else "as it should be"
    return (
        f"{what}: {name} moved by {show(shift.mean_change)} points and rose in "
        f"{raised:.0%} of {shift.num:,} samples ({verdict}); {test.num_newly_accepted:,} became "
        "accepted."
    )
