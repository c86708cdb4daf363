"""Which splits a data set has beside `train`, and what share of the clusters each one gets."""

from collections.abc import Iterable, Mapping

from assay.domain.errors import InputError

TRAIN = "train"
MAX_SPLITS = 8
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_")


def parse_splits(texts: Iterable[str]) -> dict[str, float]:
    """Parse `validation=0.02` and its like.

    Raises:
        InputError: a name that is no name of a split, a fraction out of range, or too many.
    """
    splits: dict[str, float] = {}
    for text in texts:
        name, _, share = text.partition("=")
        if name in splits:
            raise InputError(f"expected each split once, found {name!r} again; remove one")
        splits[name] = _fraction(text, share)
    check_splits(splits)
    return splits


def check_splits(splits: Mapping[str, float]) -> None:
    """Refuse splits that cannot be.

    Raises:
        InputError: a name that is no name of a split, a fraction out of range, or too many.
    """
    for name, fraction in splits.items():
        if name == TRAIN or not 1 <= len(name) <= 40 or set(name) - _LETTERS:
            raise InputError(
                f"expected a split's name of a-z, 0-9 and _, other than {TRAIN!r}, found "
                f"{name!r:.80}; try --split validation=0.02"
            )
        if not 0 < fraction < 1:
            raise InputError(f"expected a fraction between 0 and 1, found {fraction} for {name!r}")
    if len(splits) > MAX_SPLITS or sum(splits.values()) >= 1:
        raise InputError(
            f"expected at most {MAX_SPLITS} splits that leave something to {TRAIN!r}, found "
            f"{len(splits)} with {sum(splits.values()):g} of the data; ask for less"
        )


def _fraction(text: str, share: str) -> float:
    try:
        return float(share)
    except ValueError as exc:
        raise InputError(
            f"expected NAME=FRACTION, found {text!r:.80}; try validation=0.02"
        ) from exc
