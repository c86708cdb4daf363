"""What each verifier takes in a task's `params`, for those who write tasks: an explicit table.

`GET /v1/domains` tells these as JSON Schema. A verifier that takes nothing is not in it.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from assay_rl_rewards.domains.identity import Identity, IdentityParams
from assay_rl_rewards.domains.in_context_learning import InContextLearning, InductionParams
from assay_rl_rewards.domains.instruction_following import InstructionFollowing, InstructionParams
from assay_rl_rewards.domains.knowledge_calibration import CalibrationParams, KnowledgeCalibration
from assay_rl_rewards.domains.logical_reasoning import LogicalReasoning, LogicParams
from assay_rl_rewards.domains.math import Math, MathParams
from assay_rl_rewards.domains.science import Science, ScienceParams
from assay_rl_rewards.domains.structured_output import (
    DocumentParams,
    StructuredOutput,
    ToolCallParams,
)
from assay_rl_rewards.domains.temporal_reasoning import TemporalParams, TemporalReasoning
from assay_rl_rewards.domains.text2sql import QueryParams, Text2SqlVerifier

PARAMS: Mapping[str, TypeAdapter[Any]] = {
    Identity.id: TypeAdapter(IdentityParams),
    InContextLearning.id: TypeAdapter(InductionParams),
    InstructionFollowing.id: TypeAdapter(InstructionParams),
    KnowledgeCalibration.id: TypeAdapter(CalibrationParams),
    LogicalReasoning.id: TypeAdapter(LogicParams),
    Math.id: TypeAdapter(MathParams),
    Science.id: TypeAdapter(ScienceParams),
    StructuredOutput.id: TypeAdapter(DocumentParams | ToolCallParams),
    TemporalReasoning.id: TypeAdapter(TemporalParams),
    Text2SqlVerifier.id: TypeAdapter(QueryParams),
}
