"""All hostile rollouts, over every domain that has a verifier."""

from collections.abc import Sequence

from tests.attacks.rewards.exact import list_exact
from tests.attacks.rewards.hostile import Hostile
from tests.attacks.rewards.queries import list_queries
from tests.attacks.rewards.shaped import list_shaped

HOSTILE: Sequence[Hostile] = (*list_exact(), *list_shaped(), *list_queries())
