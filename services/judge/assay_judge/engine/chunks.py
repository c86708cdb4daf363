"""Where a document that does not fit may be cut: between paragraphs, else lines, else sentences.

Invariant: the pieces, one after the other, are the document's text; none is empty.
"""

from dataclasses import replace
from typing import NamedTuple

from assay.domain.sample import Document

# Best first; a cut lies behind the mark. Full stops of the source's twelve languages.
_BOUNDARIES = (("\n\n",), ("\n",), (". ", "! ", "? ", "。", "！", "？", "؟ "), (" ",))


class Pieces(NamedTuple):
    """A document in two: what is shown now, and what is left for the next group."""

    head: Document
    rest: Document


def cut_document(document: Document, num_chars: int) -> Pieces:
    """Cut so that the head holds at most `num_chars` characters, more than half of them if it can.

    Both keep the document's id and title. `num_chars` lies between 1 and the text's length - 1.
    """
    text = document.text
    at = _boundary(text, num_chars)
    return Pieces(replace(document, text=text[:at]), replace(document, text=text[at:]))


def _boundary(text: str, num_chars: int) -> int:
    least = num_chars // 2
    for marks in _BOUNDARIES:
        ends = [text.rfind(mark, least, num_chars) + len(mark) for mark in marks]
        best = max((end for end in ends if least < end <= num_chars), default=0)
        if best:
            return best
    return num_chars
