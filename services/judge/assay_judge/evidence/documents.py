"""How far a turn rests on the sample's documents, where it can be expected to.

The documents of a conversation belong to its last answer. An answer that says it does not know, or
asks back, takes nothing from them; a bare yes or no cannot be traced; one that is much longer than
all documents was not meant to rest on them alone. Source of the measure: `grounding`; of the scale:
BEGIN (2022), RAGTruth (2024) and MTRAG (2025), where below an overlap of a fifth invented answers
are the majority.
"""

from assay.verifiers.grounding import grounding_overlap
from assay_judge.evidence.turn import Turn
from assay_judge.evidence.wording import abstains, asks_back

SUPPORT_POWER = 3.0  # puts an overlap of a fifth at the middle of the scale
MAX_LENGTH_RATIO = 2.5  # characters of the answer to characters of the documents

_BARE_ANSWERS_TEXT = (
    "yes no true false ja nein sí si oui non sim não sì nee ano ne نعم لا はい いいえ 네 예 아니요"
    " 是 是的 不 不是 否 对"
)
_BARE_ANSWERS = frozenset(_BARE_ANSWERS_TEXT.split())
_EDGES = " \t\n.!,:;\"'。！،"


def documents_overlap(turn: Turn) -> float | None:
    """The overlap (0..1) with the documents; None where the turn need not rest on them."""
    documents = turn.view.sample.documents
    if not documents or not turn.is_last or turn.calls:
        return None
    if turn.text.strip(_EDGES).lower() in _BARE_ANSWERS or asks_back(turn.text) or abstains(turn):
        return None
    if len(turn.text) > MAX_LENGTH_RATIO * sum(len(document.text) for document in documents):
        return None
    return grounding_overlap(turn.view, turn.index)


def support_of(overlap: float) -> float:
    """How far (0..1) an overlap with the documents supports an answer."""
    return float(1.0 - (1.0 - overlap) ** SUPPORT_POWER)
