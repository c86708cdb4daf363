"""Naturalness: damage, markup residue and machine scaffolding, as shares of the turn's text.

A share of one in a hundred damaged characters is seen by every reader, so shares of damage count
steeply; superfluous white space counts little.
"""

from collections.abc import Iterator
from math import exp

from assay.verifiers.html import is_markup_subject
from assay.verifiers.noise import CLEAN, NoiseMeasure
from assay.verifiers.personal_data import find_personal_data, number_keys
from assay.verifiers.repetition import longest_run
from assay_judge.evidence.measures import Measure
from assay_judge.evidence.residue import count_residue
from assay_judge.evidence.turn import Turn
from assay_judge.evidence.typography import slips_per_100_words

# How steeply each share counts: the penalty is 1 - exp(-steepness * share).
STEEPNESS = {
    "replacement": 30.0,
    "control": 15.0,
    "mojibake": 15.0,
    "html": 10.0,
    "whitespace": 2.0,
}
SLIP_PENALTY = 0.03  # for each typographic slip in a hundred words
MAX_SLIP_PENALTY = 0.3
FEW_CHARS = 100  # in a shorter text one character is a large share but no larger fault
EXAMINED_CHARS = 50_000  # of each text, for personal data
LONG_RUN = 50  # equal characters in a row, rules and leaders aside


def measure_naturalness(turn: Turn) -> Iterator[Measure]:
    """Yield the kinds of damage that the turn shows; nothing for a turn without words."""
    if not turn.text.strip():
        return
    noise = turn.noise()
    yield Measure("noise", noise.total)
    if noise is not CLEAN:
        weight = min(1.0, len(turn.text) / FEW_CHARS)
        yield from _noise(noise, weight, is_about_markup=_is_about_markup(turn, noise))
    residue = count_residue(turn)
    if residue:
        yield Measure("residue", residue, 1.0 - 0.6**residue)
    slips = slips_per_100_words(turn.prose())
    if slips:
        yield Measure("slips", slips, min(MAX_SLIP_PENALTY, SLIP_PENALTY * slips))
    foreign = num_foreign_data(turn)
    if foreign:
        yield Measure("personal_data", foreign, min(0.3, 0.1 * foreign))
    if len(turn.text) >= LONG_RUN and longest_run(turn.prose(), at_least=LONG_RUN) is not None:
        yield Measure("character_run", 1.0, 0.5)


def num_foreign_data(turn: Turn) -> int:
    """Personal data in the turn that no other role gave: addresses, numbers, cards."""
    found = [
        datum for datum in find_personal_data(turn.text[:EXAMINED_CHARS]) if not datum.reserved
    ]
    if not found:
        return 0
    given = turn.view.cached("evidence.given_keys", lambda: _given_keys(turn))
    return sum(datum.key not in given for datum in found)


def _given_keys(turn: Turn) -> frozenset[str]:
    sample = turn.view.sample
    texts = [m.content for m in sample.messages if m.content and m.role != "assistant"]
    texts += [document.text for document in sample.documents]
    return frozenset[str]().union(*(number_keys(text[:EXAMINED_CHARS]) for text in texts))


def _is_about_markup(turn: Turn, noise: NoiseMeasure) -> bool:
    return noise.html > 0 and is_markup_subject((turn.prompt,))


def _noise(noise: NoiseMeasure, weight: float, *, is_about_markup: bool) -> Iterator[Measure]:
    for kind, steepness in STEEPNESS.items():
        share = getattr(noise, kind)
        if share and not (kind == "html" and is_about_markup):
            yield Measure(kind, share, 1.0 - exp(-steepness * weight * share))
