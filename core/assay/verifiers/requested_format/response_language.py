"""Check of the language that the answer must be in."""

from assay.verifiers.language import LANGUAGES, detect_language, script_counts
from assay.verifiers.language_names import named_languages
from assay.verifiers.patterns import compile_pattern
from assay.verifiers.requested_format.clauses import split_clauses
from assay.verifiers.requested_format.instruction import SATISFIED, Instruction, Outcome

SCRIPT_OF = {
    "ru": "cyrillic", "uk": "cyrillic", "bg": "cyrillic", "hi": "devanagari", "mr": "devanagari",
    "ne": "devanagari", "th": "thai", "el": "greek", "he": "hebrew", "fa": "arabic", "ur": "arabic",
    "ja": "kana", "ko": "hangul", "zh": "han", "ar": "arabic",
}  # fmt: skip
_ANSWER_IN = compile_pattern(
    r"language|response|answer|only|entire|langue|réponse|rédigé|idioma|respuesta|antwort|で|を",
    ignore_case=True,
)
_MIN_LETTERS = 20


def response_language(answer: str, instruction: Instruction) -> Outcome | None:
    """`language:response_language`: decided where the language or its script can be told."""
    wanted = instruction.text("language") or _stated(instruction.prompt)
    return None if wanted is None else language_outcome(answer, wanted.lower()[:2])


def language_outcome(answer: str, wanted: str) -> Outcome | None:
    """Whether `answer` is in the language of code `wanted`; None where that cannot be told."""
    guess = detect_language(answer)
    if guess.code == wanted and guess.confidence >= 0.7:
        return SATISFIED
    script = SCRIPT_OF.get(wanted)
    is_certain = guess.confidence >= (0.8 if wanted in LANGUAGES else 0.95)
    is_other = guess.code is not None and (wanted in LANGUAGES or guess.code == "en")
    if is_other and is_certain and guess.letters >= _MIN_LETTERS:
        return Outcome(f"expected an answer in {wanted!r}, found {guess.code!r}")
    if script is None:
        return None
    counts = script_counts(answer)
    total = sum(counts.values())
    if total >= _MIN_LETTERS and counts.get(script, 0) < 0.2 * total:
        return Outcome(f"expected an answer in {script} script, found {guess.script}")
    return SATISFIED if total and counts.get(script, 0) > 0.5 * total else None


def _stated(prompt: str) -> str | None:
    for clause in reversed(split_clauses(prompt)):
        named = named_languages(clause.text)
        if len(named) == 1 and _ANSWER_IN.search(clause.text) is not None:
            return next(iter(named))
    return None
