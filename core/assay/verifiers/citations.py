"""Checks citations and quotations against the sample's documents.

The idea: a citation must point at a document that exists (by id, position or title), and words in
quotation marks must stand in a document or an earlier turn, give or take what folding and small
slips change. Only samples with documents are checked.

Invariant: every finding quotes the mark or the quotation verbatim; a mark that may be something
else yields nothing.
"""

from typing import NamedTuple

from assay.domain.action import Place
from assay.domain.finding import Finding, Report
from assay.domain.sample import Document
from assay.verifiers.citation_marks import Mark, find_marks
from assay.verifiers.folded_words import fold
from assay.verifiers.patterns import compile_pattern
from assay.verifiers.quotations import unsupported_quotations
from assay.verifiers.view import View

VERIFIER = "citations"
MISSING_DOCUMENT = "missing_document"
UNSUPPORTED_QUOTE = "unsupported_quote"

_TAIL = compile_pattern(r"[0-9]{1,9}$")
_NOTHING = Report(VERIFIER, 0)


def check_citations(view: View) -> Report:
    """Check all assistant turns; `num_checked` counts citations and quotations."""
    if not view.sample.documents:
        return _NOTHING
    return view.cached(VERIFIER, lambda: _check(view))


def _check(view: View) -> Report:
    library = _Library(view.sample.documents)
    findings: list[Finding] = []
    num_checked = 0
    for index in view.assistant_turns:
        marks = _check_marks(view, index, library)
        quotations = unsupported_quotations(view, index)
        num_checked += marks.num_checked + quotations.num_checked
        findings.extend(marks.findings)
        findings.extend(
            Finding(
                UNSUPPORTED_QUOTE,
                place,
                f"expected words that stand in a document or earlier turn, "
                f"found the quotation {place.quote[:80]!r}",
                hard=False,
                code=UNSUPPORTED_QUOTE,
            )
            for place in quotations.unsupported
        )
    return Report(VERIFIER, num_checked, tuple(findings))


class _Library:
    """What can be cited: positions, ids and the numbers in ids."""

    def __init__(self, documents: tuple[Document, ...]) -> None:
        self.ids = {fold(document.doc_id) for document in documents}
        self.titles = {fold(document.title) for document in documents if document.title}
        self.numbers = {0, *range(1, len(documents) + 1)}  # 0: somebody counts from zero
        for document in documents:
            tail = _TAIL.search(fold(document.doc_id))
            if tail is not None:
                self.numbers.add(int(tail.group()))

    def holds(self, mark: Mark) -> bool:
        """Whether all that `mark` points at exists."""
        if mark.doc_id is not None:
            return fold(mark.doc_id) in self.ids or fold(mark.doc_id) in self.titles
        return self.numbers.issuperset(mark.numbers)


class _MarkReport(NamedTuple):
    """How many marks were resolved or refuted, and the refuted ones."""

    num_checked: int
    findings: list[Finding]


def _check_marks(view: View, index: int, library: _Library) -> _MarkReport:
    marks = find_marks(view, index)
    resolved = [mark for mark in marks if library.holds(mark)]
    cites = any(mark.is_plain for mark in resolved)
    doubtful = [m for m in marks if (m.is_plain or cites) and not library.holds(m)]
    context = _context(view, index) if doubtful else ""
    missing = [mark for mark in doubtful if fold(mark.quote) not in context]
    findings = [_missing(mark, index, len(view.sample.documents)) for mark in missing]
    return _MarkReport(len(resolved) + len(missing), findings)


def _missing(mark: Mark, index: int, num_documents: int) -> Finding:
    reason = (
        f"expected a citation of one of the sample's {num_documents} documents, "
        f"found {mark.quote[:80]!r}"
    )
    place = Place(index, mark.start, mark.quote)
    return Finding(MISSING_DOCUMENT, place, reason, hard=True, code=MISSING_DOCUMENT)


def _context(view: View, index: int) -> str:
    """What the answer may repeat: a mark that stands there is no citation of a document."""
    documents = view.cached("folded_documents", lambda: _fold_documents(view))
    given = [m.content or "" for m in view.messages[:index] if m.role != "assistant"]
    return "\n".join((documents, *map(fold, given)))


def _fold_documents(view: View) -> str:
    return "\n".join(f"{fold(d.title)}\n{fold(d.text)}" for d in view.sample.documents)
