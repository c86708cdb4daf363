"""A language asked for in plain words: "answer in French", "antworte auf Englisch"."""

from collections.abc import Iterator
from functools import lru_cache

from assay.verifiers.language import LANGUAGES, detect_language
from assay.verifiers.language_names import named_languages
from assay.verifiers.patterns import compile_pattern
from assay.verifiers.requested_format.instruction import SATISFIED, Outcome
from assay.verifiers.requested_format.request import Request

_GATE = compile_pattern(
    r" in (?:engl|germ|fren|span|ital|japan|port|chin|mand|kore|dutch|czech|arab|ingl|fran|tede"
    r"|giap|cine|core|oland)"
    r"| auf (?:eng|deut|fran|spa|ita|jap|por|chi|kor|nied|tsch|ara)| en (?:ingl|angl|espa|fran"
    r"|alem|allem|ital|port|jap"
    r"|chin|cor|arab|árab|neer|néer|chec|tchè)| em (?:ingl|port|espa|fran|alem|ital|jap)"
    r"| in het |anglicky|česky|německy"
    r"|francouzsky|španělsky|語で|用[\p{Han}]{1,4}[语文]|어로|بال",
    ignore_case=True,
)
_ORDER = compile_pattern(
    r"(?:answer|respond|reply|write|explain|describe"
    r"|summari[sz]e)\b[^.!?\n\"]{0,80} in (\pL+)(?: language)?"
    r"(?: only| please)?(?:[.,;!]|\s*$|\n)"
    r"|(?:antworte|antworten sie|schreibe?|schreiben sie|erkläre?|beschreibe?"
    r"|verfasse)\b[^.!?\n\"]{0,80} auf (\pL+)"
    r"|(?:responde|contesta|escribe|explica|redacta)\b[^.!?\n\"]{0,80} en (\pL+)"
    r"|(?:répond\pL+|écri\pL+|rédige\pL*|explique\pL*)[^.!?\n\"]{0,80} en (\pL+)"
    r"|(?:responda|escreva|explique|redija)\b[^.!?\n\"]{0,80} em (\pL+)"
    r"|(?:rispondi|scrivi|spiega|descrivi)\b[^.!?\n\"]{0,80} in (\pL+)"
    r"|(?:antwoord|schrijf|beschrijf)\b[^.!?\n\"]{0,80} in het (\pL+)"
    r"|(?:odpověz|odpovězte|napiš|napište|popiš)\b[^.!?\n\"]{0,80} (?:v )?(\pL+)"
    r"|(\pL+語)で(?:答え|回答|書い|説明|返答)|用(\pL{1,4}[语語文])(?:来)?(?:回答|写|回复|解释"
    r"|说明|描述)"
    r"|(\pL+어)로 (?:답|작성|써|설명|대답)|(?:أجب|اكتب|اشرح)[^.!؟\n]{0,60} ب(ال\pL+ية)",
    ignore_case=True,
)
_MIN_LETTERS = 40


def check_language(answer: str, request: Request) -> Iterator[tuple[str, Outcome]]:
    """Yield an outcome for the language that the request states, where it can be told."""
    if not request.says(_GATE) or request.makes_other:
        return
    for clause in request.clauses:
        code = _wanted(clause.text)
        if code is None:
            continue
        guess = detect_language(answer)
        if code not in LANGUAGES or guess.code is None or guess.confidence < 0.9:
            continue
        if guess.code == code or guess.letters >= _MIN_LETTERS:
            failure = f"expected an answer in {code!r}, found {guess.code!r}"
            yield "language", SATISFIED if guess.code == code else Outcome(failure)


@lru_cache(maxsize=256)
def _wanted(clause: str) -> str | None:
    """The language that a clause orders, when it names that one alone."""
    if len(named_languages(clause)) != 1:
        return None
    order = _ORDER.search(clause)
    name = next((group for group in order.groups() if group), "") if order is not None else ""
    return next(iter(named_languages(name)), None)
