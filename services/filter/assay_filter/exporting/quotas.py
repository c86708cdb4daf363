"""How many rows each group gets: whole numbers, by largest remainder, the same on every machine.

A group that is short gives what it has and says so; what it lacks is not made up by others, for
that would change the mix in silence.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from assay.domain.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Quota:
    """One group's rows: asked for, available as different samples, given (repeats counted)."""

    name: str
    available: int
    rows: int | None = None
    weight: float | None = None
    max_repeats: int = 1
    asked: int = 0
    given: int = 0

    @property
    def capacity(self) -> int:
        """The most rows that the group can give."""
        return self.available * self.max_repeats

    @property
    def short(self) -> int:
        """How many rows it lacks."""
        return self.asked - self.given


def allocate(
    quotas: Sequence[Quota], *, total_rows: int | None = None, max_rows: int | None = None
) -> list[Quota]:
    """Return the quotas with `asked` and `given` filled in.

    Args:
        quotas: groups with either `rows` or `weight`, and what is available.
        total_rows: rows in the end; None: as many as the weights allow while nobody falls short.
        max_rows: never give more than this; all groups shrink alike.

    Raises:
        ConfigError: the groups' rows exceed the total, or a weighted group is empty and no total
            says how large the others are.
    """
    fixed = sum(quota.rows for quota in quotas if quota.rows is not None)
    if total_rows is not None and fixed > total_rows:
        raise ConfigError(
            f"expected the groups' rows to fit into total_rows, found {fixed} of {total_rows}; "
            "raise total_rows or ask for less"
        )
    weighted = [quota for quota in quotas if quota.weight is not None]
    pool = _largest_pool(weighted) if total_rows is None else total_rows - fixed
    shares = iter(apportion(pool, [Fraction(quota.weight or 0) for quota in weighted]))
    asked = [next(shares) if quota.rows is None else quota.rows for quota in quotas]
    given = [min(number, q.capacity) for number, q in zip(asked, quotas, strict=True)]
    if max_rows is not None and sum(given) > max_rows:
        given = apportion(max_rows, [Fraction(number) for number in given])
    return [
        replace(quota, asked=number, given=granted)
        for quota, number, granted in zip(quotas, asked, given, strict=True)
    ]


def apportion(total: int, weights: Sequence[Fraction]) -> list[int]:
    """Divide `total` by weights into whole numbers: largest remainder, ties to the first."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    exact = [total * weight / whole for weight in weights]
    shares = [int(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda at: (shares[at] - exact[at], at))
    for at in by_remainder[: total - sum(shares)]:
        shares[at] += 1
    return shares


def _largest_pool(weighted: Sequence[Quota]) -> int:
    """Return the most rows that weights can divide while every group has its share."""
    if not weighted:
        return 0
    empty = [quota.name for quota in weighted if not quota.available]
    if empty:
        raise ConfigError(
            f"expected samples in every group with a weight, found none in {empty[:5]}; give "
            "total_rows, or leave these groups out"
        )
    whole = sum(Fraction(quota.weight or 0) for quota in weighted)
    return int(min(quota.capacity * whole / Fraction(quota.weight or 0) for quota in weighted))
