"""Conciseness: how much of the turn is said twice, taken from the question, or filler.

Length itself is no fault. A share of repeated word sequences up to a tenth is the habit of lists
and worked examples (Rae et al. 2021, table A1, gives web thresholds); it costs nothing.
"""

import zlib
from collections.abc import Iterator

from assay.verifiers.echo import asks_to_repeat, asks_to_transform, fold, prompt_overlap, width
from assay.verifiers.repetition import duplicate_share, tail_loop
from assay_judge.evidence.measures import Measure
from assay_judge.evidence.turn import MEASURED_CHARS, Turn
from assay_judge.evidence.wording import filler_chars

NGRAM_WORDS = 5
USUAL_DUPLICATES = 0.1  # share that worked examples reach
MIN_DUPLICATE_CHARS = 200  # in a shorter text a loop shows at its end
MIN_COMPRESSED_CHARS = 500
USUAL_COMPRESSION = 0.3  # prose compresses to about half; below this it says things again
MIN_ECHO_WIDTH = 16  # of a question; a shorter one may be restated
MIN_LOOP_CHARS = 24
MIN_REPEATED_WIDTH = 200  # of a turn given before; shorter ones are formulas of the trade


def measure_conciseness(turn: Turn) -> Iterator[Measure]:
    """Yield what is repeated or empty; nothing for a turn without words."""
    if not turn.text.strip():
        return
    prose = turn.prose()
    duplicates = _duplicates(prose)
    yield Measure("duplicate_share", duplicates, max(0.0, duplicates - USUAL_DUPLICATES))
    loop = loop_share(turn)
    if loop:
        yield Measure("loop_share", loop, 0.8 * loop)
    yield from _compression(prose)
    filler = filler_chars(prose) / max(1, len(prose))
    if filler:
        yield Measure("filler_share", filler, min(0.25, 0.8 * filler))
    echo = echoed_share(turn)
    if echo:
        yield Measure("echoed_share", echo, 0.6 * echo)
    if _repeats_earlier_turn(turn):
        yield Measure("repeated_turn", 1.0, 0.5)


def loop_share(turn: Turn) -> float:
    """The share of the turn that is one unit repeated up to its end, the first time aside."""
    if len(turn.text) < MIN_LOOP_CHARS:
        return 0.0
    return turn.view.cached(("evidence.loop", turn.index), lambda: _loop_share(turn.text))


def _loop_share(text: str) -> float:
    loop = tail_loop(text)
    if loop is None or loop.num_repeats < (3 if len(loop.unit) > 5 else 8):
        return 0.0
    chars = len(loop.unit) * (loop.num_repeats - 1)
    return chars / len(text) if chars >= MIN_LOOP_CHARS else 0.0


def echoed_share(turn: Turn) -> float:
    """The share of the turn that is the question again, unless that was asked for."""
    prompt = turn.prompt
    if not prompt or prompt[:12].lower() not in turn.text[:400].lower():
        return 0.0
    echo = prompt_overlap(turn.text, prompt)
    if not echo.end or width(prompt) < MIN_ECHO_WIDTH or asks_to_repeat(prompt):
        return 0.0
    # A text to be corrected may need no correction; the order to correct it is no such text.
    if asks_to_transform(_before(turn) if echo.is_copy else prompt):
        return 0.0
    return echo.end / len(turn.text)


def _before(turn: Turn) -> str:
    """What system and user said before the question."""
    earlier = turn.view.messages[max(0, turn.index - 12) : turn.index]
    texts = (m.content or "" for m in earlier if m.role in ("system", "user"))
    return "\n".join(text[:MEASURED_CHARS] for text in texts if text != turn.prompt)


def _duplicates(prose: str) -> float:
    if len(prose) < MIN_DUPLICATE_CHARS:
        return 0.0
    return min(1.0, duplicate_share(prose, size=NGRAM_WORDS))


def _compression(prose: str) -> Iterator[Measure]:
    if len(prose) < MIN_COMPRESSED_CHARS:
        return
    raw = prose.encode("utf-8", "surrogatepass")
    ratio = len(zlib.compress(raw, 1)) / len(raw)
    yield Measure("compression", ratio, 0.6 * max(0.0, 1.0 - ratio / USUAL_COMPRESSION))


def _repeats_earlier_turn(turn: Turn) -> bool:
    view = turn.view
    if len(view.assistant_turns) < 2 or 3 * len(turn.text) < MIN_REPEATED_WIDTH:
        return False
    first = view.cached("evidence.first_said", lambda: _first_said(turn))
    folded = fold(turn.text)
    return first.get(folded, turn.index) < turn.index and width(folded) >= MIN_REPEATED_WIDTH


def _first_said(turn: Turn) -> dict[str, int]:
    """Each folded answer with the turn that gave it first."""
    first: dict[str, int] = {}
    for index in turn.view.assistant_turns:
        first.setdefault(fold(turn.view.text(index)), index)
    return first
