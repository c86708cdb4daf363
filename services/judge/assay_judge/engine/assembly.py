"""Puts a judgement together: what the model said, what code knows, and how it came about."""

from dataclasses import replace

from assay.domain.judgement import Defect, DefectStatus, DimensionScore, Judgement, Usage
from assay.domain.rubric import Rubric
from assay_judge.engine.fitting import Fitted
from assay_judge.engine.opinion import Opinion
from assay_judge.engine.settings import Mode
from assay_judge.engine.subject import Subject
from assay_judge.hostile.master_keys import MasterKey
from assay_judge.prompts.library import prompts_digest

NO_ANSWER = "no_answer"
CODE = "code"


class Assembler:
    """Makes the judgements of one judge."""

    def __init__(self, rubric: Rubric, *, judge: str, version: str) -> None:
        self._judge = judge
        self._version = version
        self._rubric = rubric.judging_digest
        self._prompts = prompts_digest()
        self._dimensions = rubric.judged_dimensions

    def judgement(
        self, subject: Subject, fitted: Fitted, opinion: Opinion, usage: Usage
    ) -> Judgement:
        """Return the judgement that an opinion makes."""
        return Judgement(
            judge=self._judge,
            version=self._version,
            turn=subject.turn,
            scores=opinion.scores,
            defects=(*subject.defects, *opinion.defects),
            flags=(*subject.flags, *opinion.flags),
            checks={name: round(1000 * yes) for name, yes in opinion.checks.items()},
            mode=opinion.mode,
            rubric=self._rubric,
            prompts=self._prompts,
            reduction=fitted.reduction,
            num_fabricated_quotes=opinion.num_fabricated,
            num_neutralised=fitted.num_neutralised,
            raw=opinion.raw,
            usage=usage,
        )

    def no_answer(self, turn: int, key: MasterKey, mode: Mode) -> Judgement:
        """Return the judgement of a response without substance, which no model needs to see."""
        defect = Defect(
            kind=NO_ANSWER,
            status=DefectStatus.VERIFIED,
            quote=key.quote,
            message=turn,
            detector=CODE,
            reason=f"expected an answer, found none ({key.kind})",
        )
        return Judgement(
            judge=self._judge,
            version=self._version,
            turn=turn,
            scores={name: DimensionScore() for name in self._dimensions},
            defects=(defect,),
            mode=Mode.FAST if mode is Mode.CASCADE else mode,
            rubric=self._rubric,
            prompts=self._prompts,
            usage=Usage(),
        )


def after(first: Opinion, second: Opinion) -> Opinion:
    """Return the second opinion, with the words and the counts of the first kept beside it."""
    return replace(
        second,
        num_fabricated=first.num_fabricated + second.num_fabricated,
        raw=(*first.raw, *second.raw),
    )
