"""The verifiers that exist, by the name that routes give them: an explicit table."""

from collections.abc import Mapping
from typing import Any

from assay_rl_rewards.domains.instruction_following import InstructionFollowing
from assay_rl_rewards.domains.structured_output import StructuredOutput
from assay_rl_rewards.verifier import Verifier

VERIFIERS: Mapping[str, Verifier[Any]] = {
    "instruction_following": InstructionFollowing(),
    "structured_output": StructuredOutput(),
}
