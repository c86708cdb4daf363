"""A calibration from labels to figures, curves and threshold.

Raw agreement is measured on all labelled samples, for nothing is fitted there. Curves and the
threshold see one part of the clusters (chosen by hash) and are measured on the other.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Protocol

import numpy as np

from assay.domain.errors import BudgetError, ConfigError, JudgeBackendError
from assay.domain.ports import Judge
from assay.domain.rubric import Rubric
from assay_judge.calibration.agreement import (
    DimensionFigures,
    dimension_rows,
    measure_dimension,
)
from assay_judge.calibration.bias import BiasFigures, LevelOrderJudge, run_bias
from assay_judge.calibration.curves import CurveFit, fit_curve
from assay_judge.calibration.defects import DefectFigures, measure_defect
from assay_judge.calibration.labelled_samples import LabelledSample, pick_clusters
from assay_judge.calibration.labels import ReadingNotes
from assay_judge.calibration.mapping import LabelMapping
from assay_judge.calibration.observations import Judging, Observation, judge_labelled
from assay_judge.calibration.overlay import (
    calibrated_rubric,
    digest_calibration,
    without_curves,
)
from assay_judge.calibration.preferences import measure_pairs
from assay_judge.calibration.resampling import BoolArray, Resamples
from assay_judge.calibration.residuals import measure_families, measure_lengths
from assay_judge.calibration.results import Calibration, CalibrationSettings, Intake
from assay_judge.calibration.threshold import ThresholdChoice, choose_threshold
from assay_judge.calibration.verdicts import VerdictFigures, measure_verdicts, with_verdict

# Order of samples, padding, attacks; each judges every chosen sample once. One more, the order of
# levels, where the judge offers it.
NUM_BIAS_TESTS = 3


class Progress(Protocol):
    """Shows that long work goes on."""

    def start(self, name: str, total: int) -> None: ...

    def advance(self, num: int) -> None: ...


def calibrate(
    judge: Judge,
    labelled: Sequence[LabelledSample],
    notes: ReadingNotes,
    mapping: LabelMapping,
    rubric: Rubric,
    settings: CalibrationSettings,
    progress: Progress,
) -> Calibration:
    """Judge the labelled samples and measure everything.

    Raises:
        ConfigError: the mapping names what the rubric does not have.
        JudgeBackendError: not one sample was judged.
    """
    if unknown := mapping.unknown_names(rubric):
        raise ConfigError(
            f"expected a mapping that names what the rubric {rubric.id!r} has, found unknown "
            f"{', '.join(unknown)}; rename them, or choose the rubric with --rubric"
        )
    chosen = pick_clusters(labelled, settings.limit, lambda c: hashed_share(c, settings.seed))
    notes.num_left_out += len(labelled) - len(chosen)
    progress.start("judge", len(chosen))
    judging = judge_labelled(judge, chosen, advance=progress.advance)
    if not judging.observations:
        raise JudgeBackendError(_why_nothing(judging))
    raw = without_curves(rubric)
    progress.start("measure", len(mapping.dimensions) + len(mapping.defects) + 1)
    work = _Work(judging.observations, mapping, rubric, raw, settings, progress)
    intake = _intake(notes, chosen, judging)
    return work.finish(judge, intake)


def hashed_share(cluster: str, seed: int) -> float:
    """Return a number of 0..1 that depends on the cluster and the seed alone."""
    digest = sha256(f"{seed}\n{cluster}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


class _Work:
    """The measuring steps over one set of observations."""

    def __init__(
        self,
        observations: Sequence[Observation],
        mapping: LabelMapping,
        rubric: Rubric,
        raw: Rubric,
        settings: CalibrationSettings,
        progress: Progress,
    ) -> None:
        self.observations = observations
        self.mapping = mapping
        self.rubric = rubric
        self.raw = raw
        self.settings = settings
        self.progress = progress

    def finish(self, judge: Judge, intake: Intake) -> Calibration:
        dimensions, curves = self._dimensions()
        digest = digest_calibration(self._basis(judge, intake))
        knots = {curve.dimension: curve.knots for curve in curves if curve.is_kept}
        curved = calibrated_rubric(self.rubric, knots, accept_at=None, calibrated_by=digest)
        labelled = with_verdict(self.observations)
        is_fit = self._is_fit(labelled)
        verdicts, threshold = self._verdicts(labelled, is_fit, curved)
        final = calibrated_rubric(
            self.rubric,
            knots,
            accept_at=threshold.accept_at if threshold else None,
            calibrated_by=digest,
        )
        defects = self._defects()
        held_out = [o for o, fit in zip(labelled, is_fit, strict=True) if not fit]
        kwargs = {"num_resamples": self.settings.num_resamples, "seed": self.settings.seed}
        pairs = self.mapping.pairs
        self.progress.advance(1)
        return Calibration(
            judge=judge.name,
            judge_version=judge.version,
            base=self.rubric.digest,
            rubric=final,
            settings=self.settings,
            mapping=self.mapping.model_dump(mode="json", exclude_defaults=True),
            intake=intake,
            dimensions=tuple(dimensions),
            curves=tuple(curves),
            verdicts=verdicts,
            threshold=threshold,
            calibrated_verdicts=measure_verdicts(held_out, np.zeros(len(held_out), bool), final)
            if held_out
            else None,
            defects=tuple(defects),
            pairs=measure_pairs(self.observations, self.raw, by=pairs.by) if pairs else None,
            bias=self._bias(judge),
            lengths=tuple(measure_lengths(self.observations, self.mapping, self.raw, **kwargs)),
            families=tuple(
                measure_families(
                    self.observations, self.mapping, self.raw, judge_name=judge.name, **kwargs
                )
            ),
        )

    def _dimensions(self) -> tuple[list[DimensionFigures], list[CurveFit]]:
        figures, curves = [], []
        seed, num = self.settings.seed, self.settings.num_resamples
        for name, label in self.mapping.dimensions.items():
            rows = dimension_rows(self.observations, name, self.mapping, self.raw)
            self.progress.advance(1)
            if not rows.observations:
                continue
            figures.append(measure_dimension(rows, name, label, num_resamples=num, seed=seed))
            scored = rows.scored()
            is_fit = self._is_fit(scored.observations)
            clusters = [c for c, fit in zip(scored.clusters, is_fit, strict=True) if not fit]
            curves.append(
                fit_curve(
                    name,
                    (scored.judge[is_fit], scored.human[is_fit]),
                    (scored.judge[~is_fit], scored.human[~is_fit]),
                    Resamples(clusters, num_resamples=num, seed=seed),
                )
            )
        return figures, curves

    def _verdicts(
        self, labelled: Sequence[Observation], is_fit: BoolArray, curved: Rubric
    ) -> tuple[VerdictFigures | None, ThresholdChoice | None]:
        if not labelled:
            return None, None
        target = self.settings.target_precision
        return (
            measure_verdicts(labelled, is_fit, self.rubric),
            choose_threshold(labelled, is_fit, curved, target=target),
        )

    def _defects(self) -> list[DefectFigures]:
        found = []
        for kind, label in self.mapping.defects.items():
            figures = measure_defect(
                self.observations,
                kind,
                label,
                self.raw,
                num_resamples=self.settings.num_resamples,
                seed=self.settings.seed,
            )
            self.progress.advance(1)
            if figures is not None:
                found.append(figures)
        return found

    def _bias(self, judge: Judge) -> BiasFigures:
        num = min(self.settings.num_bias_samples, len(self.observations))
        if not num:
            return BiasFigures()
        seed = self.settings.seed
        ordered = sorted(
            self.observations, key=lambda o: hashed_share(str(o.labelled.row), seed + 1)
        )
        num_tests = NUM_BIAS_TESTS + isinstance(judge, LevelOrderJudge)
        self.progress.start("bias", num * num_tests)
        try:
            return run_bias(
                judge,
                ordered[:num],
                self.rubric,
                num_resamples=self.settings.num_resamples,
                seed=seed,
                advance=self.progress.advance,
            )
        except BudgetError as exc:  # what was measured before stays worth having
            return BiasFigures(stopped_by=str(exc)[:200])

    def _is_fit(self, observations: Sequence[Observation]) -> BoolArray:
        seed, split = self.settings.seed, self.settings.split
        return np.array(
            [hashed_share(o.labelled.cluster, seed) < split for o in observations], dtype=bool
        )

    def _basis(self, judge: Judge, intake: Intake) -> Mapping[str, object]:
        """What the digest covers: labels, judge and settings; names of files do not matter."""
        settings = self.settings
        return {
            "labels": sorted(intake.files.values()),
            "mapping": self.mapping.model_dump(mode="json"),
            "judge": [judge.name, judge.version],
            "rubric": self.rubric.digest,
            "seed": settings.seed,
            "split": settings.split,
            "target_precision": settings.target_precision,
            "limit": settings.limit,
        }


def _intake(notes: ReadingNotes, chosen: Sequence[LabelledSample], judging: Judging) -> Intake:
    return Intake(
        files=notes.digests,
        num_rows=notes.num_rows,
        num_bad_lines=notes.num_bad_lines,
        num_unlabelled=notes.num_unlabelled,
        num_left_out=notes.num_left_out,
        bad_labels=dict(notes.bad_labels),
        num_labelled=len(chosen),
        num_clusters=len({sample.cluster for sample in chosen}),
        num_judged=len(judging.observations),
        judge_errors=dict(judging.errors),
        num_unjudged=judging.num_unjudged,
        examples=(*notes.examples, *judging.examples),
    )


def _why_nothing(judging: Judging) -> str:
    codes = ", ".join(f"{code} {num}" for code, num in judging.errors.most_common())
    first = judging.examples[0] if judging.examples else "nothing was judged"
    return (
        f"expected judgements, found none ({codes or 'the budget is spent'}); first: {first}; "
        "see that the judge answers, and run again"
    )
