"""Checks of visible structure: lists, highlights, sections, titles, placeholders, JSON, choices."""

import json

from assay.verifiers.patterns import compile_pattern
from assay.verifiers.requested_format.bounds import Bounds, find_bounds
from assay.verifiers.requested_format.clauses import quoted_words, split_clauses
from assay.verifiers.requested_format.counting import count_bullets, count_numbered
from assay.verifiers.requested_format.instruction import (
    SATISFIED,
    Instruction,
    Outcome,
    count_outcome,
)

_PLACEHOLDER = compile_pattern(r"\[[^\[\]]*[^\[\]\s][^\[\]]*\]")
_HIGHLIGHTS = (
    compile_pattern(r"\*\*[^\n*]*[^\n*\s][^\n*]*\*\*|\*[^\n*]*[^\n*\s][^\n*]*\*"),
    compile_pattern(r"《[^\n》]+》"),
)
_EMPHASIS = compile_pattern(
    r"highlight|itali[cz]|bold|mett\pL* en (?:avant|évidence)|surlign|resalt|destac|hervorheb|fett"
    r"|《|強調|grassett|evidenz|negrit|vet|tučn",
    ignore_case=True,
)
_TITLES = {
    "<<": compile_pattern(r"<<[ ]*[^\n<>\s][^\n<>]*>>"),
    "##": compile_pattern(r"##[ ]*[^\n#\s][^\n#]*##"),
    "『": compile_pattern(r"『[^\n』]+』"),
}
_SECTION_WORDS = compile_pattern(
    r"(SECTION|SECCIÓN|Chapitre|Section|PARTIE|Part|Day|Abschnitt|Sezione)s? [X1-9x]\b"
)
_JA_SECTION = compile_pattern(r"第[ ]?[0-9一二三四五六七八九十]+[ ]?(?:章|節|部)")
_POSTSCRIPTS = {
    "p.p.s": compile_pattern(r"(?i)p\.\s?p\.\s?s"),
    "p.s": compile_pattern(r"(?i)p\.\s?s\."),
    "ps": compile_pattern(r"(?i)(?:^|[^\pL])p\.?[ -]?s"),
    "追伸": compile_pattern(r"追伸"),
}
_POSTSCRIPT_NAME = compile_pattern(r"(?i)p\.\s?p\.\s?s|p\.[ -]?s|追伸|(?:^|[^\pL])ps(?:[^\pL]|$)")
_OPTION_LIST = compile_pattern(
    r"(?i)(?:options?|phrases?|alternatives?|alternativas|just say|いずれか)"
)


def number_bullet_lists(answer: str, instruction: Instruction) -> Outcome | None:
    """`detectable_format:number_bullet_lists`: exactly so many lines with a bullet."""
    bounds = instruction.bounds("num_bullets", None, "exactly")
    bounds = bounds or instruction.stated_bounds("bullets", "exactly")
    if bounds is None:
        return None
    return count_outcome(bounds, count_bullets(answer), "bullet points")


def number_numbered_lists(answer: str, instruction: Instruction) -> Outcome | None:
    """`detectable_format:number_numbered_lists`: exactly so many numbered lines."""
    bounds = instruction.bounds("num_items", None, "exactly")
    bounds = bounds or instruction.stated_bounds("items", "exactly")
    if bounds is None:
        return None
    return count_outcome(bounds, count_numbered(answer), "numbered items")


def number_highlighted_sections(answer: str, instruction: Instruction) -> Outcome | None:
    """`detectable_format:number_highlighted_sections`: at least so many emphasised texts."""
    bounds = instruction.bounds("num_highlights", None, "at_least")
    bounds = bounds or _stated_highlights(instruction.prompt)
    if bounds is None:
        return None
    kind = 1 if "《" in instruction.prompt else 0
    number = sum(1 for _ in _HIGHLIGHTS[kind].finditer(answer))
    return count_outcome(bounds, number, "highlighted texts")


def number_placeholders(answer: str, instruction: Instruction) -> Outcome | None:
    """`detectable_content:number_placeholders`: at least so many `[words]`."""
    bounds = instruction.bounds("num_placeholders", None, "at_least")
    bounds = bounds or _at_least(instruction, "placeholders")
    if bounds is None:
        return None
    number = sum(1 for _ in _PLACEHOLDER.finditer(answer))
    return count_outcome(bounds, number, "placeholders in brackets")


def multiple_sections(answer: str, instruction: Instruction) -> Outcome | None:
    """`detectable_format:multiple_sections`: at least so many section marks."""
    bounds = instruction.bounds("num_sections", None, "at_least")
    bounds = bounds or _at_least(instruction, "sections") or _at_least(instruction, "paragraphs")
    if bounds is None:
        return None
    if _JA_SECTION.search(instruction.prompt) is not None:
        return count_outcome(
            bounds, len({m.group() for m in _JA_SECTION.finditer(answer)}), "sections"
        )
    word = instruction.text("section_spliter")
    if word is None:
        stated = _SECTION_WORDS.search(instruction.prompt)
        if stated is None:
            return None
        word = stated.group(1)
    mark = compile_pattern(_escaped(word) + r"\s?[0-9]+")
    return count_outcome(
        bounds, sum(1 for _ in mark.finditer(answer)), f"marks {word!r} and a number"
    )


def title(answer: str, instruction: Instruction) -> Outcome | None:
    """`detectable_format:title`: a title in the marks of the prompt, else `<<title>>`."""
    mark = next((mark for mark in _TITLES if mark in instruction.prompt), "<<")
    if _TITLES[mark].search(answer) is not None:
        return SATISFIED
    return Outcome(f"expected a title between {mark!r} marks, found none")


def postscript(answer: str, instruction: Instruction) -> Outcome | None:
    """`detectable_content:postscript`: a line that begins with the postscript's mark."""
    stated = instruction.text("postscript_marker")
    if stated is None:
        match = _POSTSCRIPT_NAME.search(instruction.prompt)
        if match is None:
            return None
        stated = match.group()
    lowered = stated.strip(" \"'“”").lower()
    kind = next((k for k in ("p.p.s", "追伸") if k in lowered.replace(" ", "")), None)
    kind = kind or ("p.s" if "p.s" in lowered else "ps")
    if _POSTSCRIPTS[kind].search(answer) is not None:
        return SATISFIED
    return Outcome(f"expected a postscript starting with {stated.strip()!r}, found none")


def json_format(answer: str, instruction: Instruction) -> Outcome | None:
    """`detectable_format:json_format`: nothing but one JSON object or array."""
    return json_outcome(answer)


def json_outcome(answer: str) -> Outcome:
    """Whether `answer`, or the one fenced block that it consists of, is a JSON object or array."""
    body = answer.strip()
    for fence in ("```json", "```Json", "```JSON", "```"):
        body = body.removeprefix(fence)
    body = body.removesuffix("```").strip()
    try:
        value = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as exc:
        return Outcome(f"expected a JSON object or array, found text that does not parse: {exc}")
    if isinstance(value, dict | list):
        return SATISFIED
    return Outcome(f"expected a JSON object or array, found {type(value).__name__}")


def constrained_response(answer: str, instruction: Instruction) -> Outcome | None:
    """`detectable_format:constrained_response`: one of the given phrases."""
    options = list(instruction.texts("options")) or _options(instruction.prompt)
    if len(options) < 2:
        return None
    if any(option.strip().lower() in answer.lower() for option in options):
        return SATISFIED
    return Outcome(f"expected one of {options!r}, found {answer.strip()[:60]!r}")


def _stated_highlights(prompt: str) -> Bounds | None:
    for clause in split_clauses(prompt):
        emphasis = _EMPHASIS.search(clause.text)
        if emphasis is None:
            continue
        stated = list(find_bounds(clause.text, "highlights"))
        after = [one for one in stated if one.end > emphasis.start()] or stated
        if after:
            return Bounds(max(after[0].bounds.low, 1), None, "at_least")
    return None


def _at_least(instruction: Instruction, unit: str) -> Bounds | None:
    found = sorted(find_bounds(instruction.prompt, unit), key=lambda one: not one.is_explicit)
    return Bounds(max(found[0].bounds.low, 1), None, "at_least") if found else None


def _options(prompt: str) -> list[str]:
    if _OPTION_LIST.search(prompt) is None and "「" not in prompt:
        return []
    return [word for word in quoted_words(prompt) if word[-1] in ".。" or len(word) < 12]


def _escaped(word: str) -> str:
    return "".join(letter if letter.isalnum() else f"\\{letter}" for letter in word)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
