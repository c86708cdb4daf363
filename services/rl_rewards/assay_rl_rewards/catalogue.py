"""The verifiers that exist, by the name that routes give them: an explicit table."""

from collections.abc import Mapping
from typing import Any

from assay_rl_rewards.domains.identity import Identity
from assay_rl_rewards.domains.in_context_learning import InContextLearning
from assay_rl_rewards.domains.instruction_following import InstructionFollowing
from assay_rl_rewards.domains.knowledge_calibration import KnowledgeCalibration
from assay_rl_rewards.domains.logical_reasoning import LogicalReasoning
from assay_rl_rewards.domains.math import Math
from assay_rl_rewards.domains.science import Science
from assay_rl_rewards.domains.structured_output import StructuredOutput
from assay_rl_rewards.domains.temporal_reasoning import TemporalReasoning
from assay_rl_rewards.domains.text2sql import Text2SqlVerifier
from assay_rl_rewards.measures.language_match import LanguageMatch
from assay_rl_rewards.measures.repetition import Repetition
from assay_rl_rewards.verifier import Verifier

VERIFIERS: Mapping[str, Verifier[Any]] = {
    Identity.id: Identity(),
    InContextLearning.id: InContextLearning(),
    InstructionFollowing.id: InstructionFollowing(),
    KnowledgeCalibration.id: KnowledgeCalibration(),
    LanguageMatch.id: LanguageMatch(),
    LogicalReasoning.id: LogicalReasoning(),
    Math.id: Math(),
    Repetition.id: Repetition(),
    Science.id: Science(),
    StructuredOutput.id: StructuredOutput(),
    TemporalReasoning.id: TemporalReasoning(),
    Text2SqlVerifier.id: Text2SqlVerifier(),
}
