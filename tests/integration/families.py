"""Writes rows that stress deduplication: copies, chains of near copies, templates, shared prompts.

Deterministic. Chains (each row a little unlike the one before) make large components whose ends are
unlike; templates differ in their numbers alone, so that only the guard keeps them apart; prompts
with many answers meet the cap.
"""

import random
from pathlib import Path

import orjson

_WORDS = (  # noqa: SIM905  a list of them would take forty lines
    "harbour lantern copper meadow signal bridge winter basket thunder velvet mountain river "
    "garden window thread silver market hollow ribbon candle orchard saddle marble pepper anchor "
    "timber feather canyon button lemon barley willow spindle kettle falcon shovel pillow violin"
).split()


def write_families(path: Path, *, num_families: int = 60) -> Path:
    """Write about 15 rows a family to `path`, shuffled."""
    rng = random.Random(604)
    rows = [row for number in range(num_families) for row in _family(rng, number)]
    rng.shuffle(rows)
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    return path


def _family(rng: random.Random, number: int) -> list[dict[str, object]]:
    question = f"Please tell me what the {_text(rng, 4)} did in the story of the {_text(rng, 3)}?"
    answer = _text(rng, 60).capitalize() + "."
    rows = [_row(question, answer)]
    for _ in range(rng.randrange(4)):
        rows.append(_row(question, answer))
    chain = answer
    for _ in range(rng.randrange(6)):
        chain = _changed(rng, chain, 2)
        rows.append(_row(question, chain))
    if number % 3 == 0:
        rows += [_row(question, answer.upper()), _row(question, answer.replace(" ", "  "))]
    if number % 4 == 0:
        rows += [_row(question, _text(rng, 40).capitalize() + ".") for _ in range(7)]
    if number % 5 == 0:
        rows += [
            _row(question, f"{answer} It took {rng.randrange(3, 900)} days and no more than that.")
            for _ in range(6)
        ]
    return rows


def _row(question: str, answer: str) -> dict[str, object]:
    return {
        "messages": [
            {"role": "user", "content": question},
            {"role": "assistant", "content": answer},
        ]
    }


def _text(rng: random.Random, count: int) -> str:
    return " ".join(rng.choice(_WORDS) for _ in range(count))


def _changed(rng: random.Random, text: str, count: int) -> str:
    words = text.split(" ")
    for _ in range(count):
        words[rng.randrange(len(words) - 1)] = rng.choice(_WORDS)
    return " ".join(words)
