"""Checks of the answer as a whole: how it begins and ends, and its required parts."""

from assay.verifiers.patterns import compile_pattern
from assay.verifiers.requested_format.clauses import quoted_words, split_clauses
from assay.verifiers.requested_format.instruction import SATISFIED, Instruction, Outcome

_QUOTE_PAIRS = (('"', '"'), ("“", "”"), ("«", "»"), ("「", "」"), ("『", "』"))
_ENDING = compile_pattern(
    r"(?:end|ends|finish|conclude|very end)\b|conclu|termin|最後に|finaliz|beende|schließ",
    ignore_case=True,
)
_BARE_ENDING = compile_pattern(
    r"(?:exact phrase|exact question|this phrase)[^:\n]{0,20}:? ([A-Z][^\n]{3,200})",
    ignore_case=False,
)
_REPEAT = compile_pattern(
    r"repeat|répéte|r[eé]pit|wiederhol|繰り返|そのまま出力|word for word|reprodu", ignore_case=True
)
_EDGE = " \t\n\"'“”«»「」*_`."


def two_responses(answer: str, instruction: Instruction) -> Outcome | None:
    """`combination:two_responses`: two different texts around `******`."""
    parts = [part.strip() for part in answer.split("******")]
    if parts and not parts[0]:
        parts = parts[1:]
    if parts and not parts[-1]:
        parts = parts[:-1]
    if len(parts) == 2 and all(any(c.isalnum() for c in part) for part in parts):
        if parts[0] != parts[1]:
            return SATISFIED
        return Outcome("expected two different responses, found the same twice")
    return Outcome(f"expected two responses separated by '******', found {len(parts)}")


def repeat_prompt(answer: str, instruction: Instruction) -> Outcome | None:
    """`combination:repeat_prompt`: the answer begins with the request."""
    stated = instruction.text("prompt_to_repeat")
    wanted = [stated] if stated is not None else _requests(instruction.prompt)
    if not wanted:
        return None
    start = _folded(answer)
    if any(start.startswith(_folded(request)) for request in wanted):
        return SATISFIED
    return Outcome(
        f"expected the answer to begin with the request {wanted[0][:60]!r}, found {answer[:60]!r}"
    )


def end_checker(answer: str, instruction: Instruction) -> Outcome | None:
    """`startend:end_checker`: the answer ends with a phrase."""
    phrase = instruction.text("end_phrase") or _end_phrase(instruction.prompt)
    if phrase is None:
        return None
    if answer.strip().strip('"').lower().endswith(phrase.strip().lower()):
        return SATISFIED
    if phrase.strip(_EDGE) and answer.rstrip(_EDGE).lower().endswith(phrase.strip(_EDGE).lower()):
        return SATISFIED
    return Outcome(f"expected the answer to end with {phrase!r}, found {answer.strip()[-60:]!r}")


def quotation(answer: str, instruction: Instruction) -> Outcome | None:
    """`startend:quotation`: the whole answer in quotation marks, with something inside."""
    body = answer.strip()
    for left, right in _QUOTE_PAIRS:
        if len(body) > 2 and body[0] == left and body[-1] == right and body[1:-1].strip():
            return SATISFIED
    return Outcome(
        f"expected the whole answer in quotation marks, found {body[:20]!r}...{body[-20:]!r}"
    )


def _folded(text: str) -> str:
    return " ".join(text.split()).strip(' "“”«»').lower()


def _requests(prompt: str) -> list[str]:
    """The parts of the prompt that may be meant by "the request": before or after the order."""
    clauses = split_clauses(prompt)
    orders = [i for i, clause in enumerate(clauses) if _REPEAT.search(clause.text) is not None]
    if not orders:
        return []
    first, last = clauses[orders[0]], clauses[orders[-1]]
    before = prompt[: first.start].strip()
    paragraphs = [part.strip() for part in prompt.split("\n\n") if part.strip()]
    plain = [part for part in paragraphs if _REPEAT.search(part) is None]
    after = prompt[last.start + len(last.text) :].strip()
    return [text for text in dict.fromkeys([before, *plain, after]) if len(text) >= 8]


def _end_phrase(prompt: str) -> str | None:
    for clause in split_clauses(prompt):
        if _ENDING.search(clause.text) is None:
            continue
        quoted = quoted_words(clause.text)
        if quoted:
            return quoted[-1]
    bare = _BARE_ENDING.search(prompt)
    return bare.group(1).strip() if bare is not None else None
