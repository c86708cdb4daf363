"""A scripted model that calls every founding year invented, and mends most of what it is shown.

It knows three years: 1987 it takes out of a text, 1066 it replaces by another invented year, and
1500 it leaves as it was. Everything without a year it likes.
"""

import json
from collections.abc import Mapping, Sequence

from tests.fakes.scripted_backend import digits, evidence_text
from tests.fakes.vllm_model import Messages, Script

from assay.rubrics import load_rubric

NAMES = load_rubric("default").judged_dimensions
YEAR = "founded in "
MENDED = {"founded in 1987": "founded long ago", "founded in 1066": "founded in 1067"}


def is_rewrite(messages: Messages) -> bool:
    """Whether a rewrite is asked for, and not evidence."""
    return str(messages[0]["content"]).startswith("You mend")


def response_of(messages: Messages) -> str:
    """The text that is judged or mended; none in the probe of a server."""
    shown = str(messages[1]["content"]).rpartition("\n[RESPONSE")[2]
    literals = (line for line in shown.splitlines() if line.startswith("content: "))
    text: str = json.loads(next(literals, 'content: ""').removeprefix("content: "))
    return text


def mending_model() -> Script:
    """The model as a script for the fake server."""
    return Script(answer=answer, probabilities=read)


def answer(messages: Messages, kind: str) -> str:
    """Write evidence, or a rewrite."""
    text = response_of(messages)
    if is_rewrite(messages):
        for words, others in MENDED.items():
            text = text.replace(words, others)
        return json.dumps({"response": text})
    start = text.find(YEAR)
    quote = text[start : start + len(YEAR) + 4]
    claimed = [("hallucination", quote, "no source gives a year")] if start >= 0 else []
    return evidence_text(NAMES, defects=claimed)


def read(messages: Messages, labels: Sequence[str]) -> Mapping[str, float]:
    """Read a score, or an answer of yes or no."""
    if not str(messages[-1]["content"]).endswith('"answer":"'):  # labels are a whole batch's
        return digits(2 if YEAR in response_of(messages) else 5)
    yes = 0.95 if "Your task: confirm" in str(messages[1]["content"]) else 0.02
    return {"yes": yes, "no": 1.0 - yes}
