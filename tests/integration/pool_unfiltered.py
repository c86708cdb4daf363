"""The obedient verifier on a machine whose kernel takes no filter of system calls.

The workers import this module by the path that a test's `PoolSettings.table` names, in a process of
their own; there the machine is one that the filter does not know.
"""

import platform
from collections.abc import Mapping
from typing import Any

from tests.integration.pool_verifiers import VERIFIERS as OBEDIENT

from assay_rl_rewards.verifier import Verifier

platform.machine = lambda: "unheard of"

VERIFIERS: Mapping[str, Verifier[Any]] = OBEDIENT
