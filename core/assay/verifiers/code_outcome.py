"""What a parser said of one code block."""

from typing import NamedTuple


class Outcome(NamedTuple):
    """Whether the block could be decided, and the first fault (line 0: it parses)."""

    is_decided: bool
    line: int = 0  # 1-based, in the block's body
    message: str = ""


PARSES = Outcome(is_decided=True)
UNDECIDED = Outcome(is_decided=False)


def fault(line: int | None, message: str) -> Outcome:
    """The block is broken at `line`."""
    return Outcome(is_decided=True, line=max(1, line or 1), message=message)


def bracket_depth(body: str, limit: int) -> int:
    """How deep brackets nest, quotes ignored; stops counting above `limit`."""
    if sum(map(body.count, "([{")) <= limit:
        return 0
    depth = deepest = 0
    for char in body:
        if char in "([{":
            depth += 1
            deepest = max(deepest, depth)
            if depth > limit:
                break
        elif char in ")]}":
            depth -= 1
    return deepest
