"""What a line with the final answer begins with, in the twelve languages of the source.

Labels are compared whole, after compatibility folding and without case, so that a sentence that
merely mentions an answer is none.
"""

from unicodedata import normalize

_LABELS = (
    "answer", "final answer", "the answer", "the final answer",
    "antwort", "endgültige antwort", "finale antwort", "die antwort",
    "respuesta", "respuesta final", "la respuesta",
    "réponse", "réponse finale", "la réponse",
    "答え", "答", "回答", "解答", "最終的な答え", "最終回答", "最終解答",
    "resposta", "resposta final", "a resposta",
    "الإجابة", "الاجابة", "الجواب", "الإجابة النهائية", "الجواب النهائي", "إجابة", "جواب",
    "odpověď", "konečná odpověď", "výsledek",
    "risposta", "risposta finale", "la risposta",
    "답", "정답", "답변", "최종 답", "최종 답변", "최종답",
    "antwoord", "eindantwoord", "definitief antwoord", "het antwoord",
    "答案", "最终答案", "最終答案", "最终回答",
)  # fmt: skip
ANSWER_LABELS = frozenset(normalize("NFKC", label).casefold() for label in _LABELS)


def is_answer_label(label: str) -> bool:
    """Whether `label` (short, without markup and colon) announces the answer."""
    return normalize("NFKC", label).casefold() in ANSWER_LABELS
