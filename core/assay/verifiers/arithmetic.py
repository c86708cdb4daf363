"""Checks every explicit computation in the assistant's prose with exact rational arithmetic.

An equation between numbers (`42 teeth * 5 dogs = 210 teeth`, `<<42*5=210>>`, `2 plus 3 equals 5`)
is a claim that code can decide. One that holds in no reading is a hard defect; one that may mean
something else is left alone: precision comes first. Code blocks are not read: there `=` assigns.

On the measured precision of such checks see Chern et al., FacTool (2023): most false solutions are
false reasoning with true arithmetic, so an absence of findings proves nothing.
"""

from assay.domain.action import Place
from assay.domain.finding import Finding, Report
from assay.verifiers.claims import Truth
from assay.verifiers.equations import EQUALS_WORDS, Claim, find_claims, may_hold_claims
from assay.verifiers.numerals import show, to_plain
from assay.verifiers.view import View

KIND = "incorrect_computation"
CODE = "false_equation"
MAX_FALSE = 50  # false claims looked into in one turn
MAX_QUOTE = 80

# Near a false equation these words say that it is shown as false, or counted in another base.
_CAUTIONS = (
    "mod ", "modulo", "(mod", "binary", "hexadec", "octal", "base ", "≡", "≠", "not equal",
    "incorrect", "remainder", "wrong", "false", "mistake", "error", "falsch",
    "fehler", "equivoca", "faux", "erreur", "errado", "sbagliat", " fout",
    "špatn", "chyb", "错", "錯", "不等", "违", "間違", "違う", "틀린", "틀렸", "خطأ", "进制",
    "進制", "진법", "進法", "nesprávn", "onjuist", "incorreto", "errato", "falso",
)  # fmt: skip


def check_arithmetic(view: View) -> Report:
    """Decide the computations that the assistant turns of `view` state."""
    return view.cached("arithmetic", lambda: _check(view))


def _check(view: View) -> Report:
    num_checked = 0
    findings: list[Finding] = []
    for index in view.assistant_turns:
        if not may_hold_claims(view.text(index)):
            continue
        num_false = 0
        for claim in find_claims(to_plain(view.prose(index))):
            if claim.verdict.truth is Truth.FALSE:
                num_false += 1
                finding = _finding(view, index, claim)
                if finding is None:
                    continue
                findings.append(finding)
            num_checked += 1
            if num_false == MAX_FALSE:
                break
    return Report("arithmetic", num_checked, tuple(findings))


def _finding(view: View, index: int, claim: Claim) -> Finding | None:
    """The finding for a false claim; None where the text doubts or merely repeats it."""
    text = view.text(index)
    quote = text[claim.start : claim.end]
    around = text[max(0, claim.start - 60) : claim.end + 60].lower()
    if any(caution in around for caution in _CAUTIONS):
        return None
    if _squeezed(quote) in _given_text(view, index):  # an equation that the user put forward
        return None
    verdict = claim.verdict
    assert verdict.expected is not None
    assert verdict.found is not None
    reason = (
        f"expected {claim.expression[:MAX_QUOTE]} = {show(verdict.expected)}, "
        f"found {show(verdict.found)}"
    )
    return Finding(KIND, Place(index, claim.start, quote), reason, hard=True, code=CODE)


def _given_text(view: View, index: int) -> str:
    """What others wrote before this turn, squeezed: repeating it claims nothing."""

    def build() -> str:
        given = (m.content or "" for m in view.messages[:index] if m.role != "assistant")
        return _squeezed("\n".join(given))

    return view.cached(("arithmetic.given", index), build)


def _squeezed(text: str) -> str:
    """Without white space, equality always as a sign."""
    for word in EQUALS_WORDS:
        if word in text:
            text = text.replace(word, "=")
    return "".join(text.split())
