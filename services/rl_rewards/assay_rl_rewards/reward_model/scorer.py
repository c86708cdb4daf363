"""The reward model as a scorer: `reward_model` in routes.

A grade's score is the normalised logit mapped from -5..5 to 0..1, and 0 where the response is
clearly in another language than the task's: a fluent answer in the wrong language is what a reward
model likes and a user does not. Parts: `rm_raw` the logit, `rm_norm` in standard deviations,
`lang_match` 1 or 0. Doubt about the language acquits. A response that is longer than the model can
read scores 0, without parts: as a null it would be the way out of every bad reward.
"""

import hashlib
from collections.abc import Sequence

from assay.domain.errors import ConfigError, RewardModelError
from assay.verifiers.language import detect_language
from assay_rl_rewards.measures.language_match import is_in_language
from assay_rl_rewards.reward_model.port import TOO_LONG, Conversation, Logit, RewardModel
from assay_rl_rewards.reward_model.scale import CLIP, Scale
from assay_rl_rewards.reward_model.statistics import LanguageStatistics, Spread
from assay_rl_rewards.scorer import Answer, Scored
from assay_rl_rewards.verifier import Grade

_GRADING = 2  # of this module: how a logit becomes a grade
_TOO_LONG = Grade(0.0, "longer than the reward model can read")


class RewardModelScorer:
    """Grades answers by a reward model on its scale.

    Raises:
        ConfigError: the scale belongs to another model or version.
    """

    id = "reward_model"

    def __init__(self, model: RewardModel, scale: Scale) -> None:
        found, wanted = (scale.model, scale.version), (model.name, model.version)
        if found != wanted:
            raise ConfigError(
                f"expected the scale of reward model {wanted}, found that of {found}; fit one to "
                "logits of this version"
            )
        self.model = model
        self._scale = scale
        self._statistics = LanguageStatistics()
        constants = scale.model_dump_json()
        self.version = f"{_GRADING}/{model.name}/{model.version}/{_short_digest(constants)}"

    @property
    def statistics(self) -> dict[str, Spread]:
        """The spread of raw logits so far, by language of the task."""
        return self._statistics.as_dict()

    async def score_answers(self, answers: Sequence[Answer]) -> list[Scored]:
        """Return, per answer and in order, its grade, or why there is none."""
        logits = await self.model.score([Conversation(a.task.messages, a.text) for a in answers])
        return [self._grade(a, logit) for a, logit in zip(answers, logits, strict=True)]

    async def close(self) -> None:
        """Let go of the model."""
        await self.model.close()

    def _grade(self, answer: Answer, logit: Logit) -> Scored:
        if isinstance(logit, RewardModelError):
            return _TOO_LONG if logit.code == TOO_LONG else logit
        language = answer.task.language or detect_language(answer.task.question).code
        self._statistics.add(language, logit)
        norm = self._scale.normalise(logit, language)
        match = float(is_in_language(language, answer.text) is not False)  # doubt acquits
        reason = "scored by the reward model" if match else "in another language than the task"
        return Grade(
            match * (norm + CLIP) / (2 * CLIP),
            reason,
            parts={"rm_raw": logit, "rm_norm": norm, "lang_match": match},
        )


def _short_digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
