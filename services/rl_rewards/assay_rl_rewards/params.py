"""What each verifier takes in a task's `params`, for those who write tasks: an explicit table.

`GET /v1/domains` tells these as JSON Schema. A verifier that takes nothing is not in it.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from assay_rl_rewards.domains.math import Math, MathParams
from assay_rl_rewards.domains.science import Science, ScienceParams

PARAMS: Mapping[str, TypeAdapter[Any]] = {
    Math.id: TypeAdapter(MathParams),
    Science.id: TypeAdapter(ScienceParams),
}
