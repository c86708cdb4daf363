"""Checks of length: words, letters, sentences, paragraphs, and how a paragraph begins."""

from assay.verifiers.patterns import compile_pattern
from assay.verifiers.requested_format.bounds import Bounds, find_bounds
from assay.verifiers.requested_format.clauses import quoted_words, split_clauses
from assay.verifiers.requested_format.counting import (
    count_cells,
    count_sentences,
    count_words,
    split_paragraphs,
)
from assay.verifiers.requested_format.instruction import (
    SATISFIED,
    Instruction,
    Outcome,
    count_outcome,
)

_ORDINALS = {
    1: "very first first premier première primer primera ersten erste primo 1st 1",
    2: "second deuxième segundo zweiten zweite secondo 2nd 2",
    3: "third troisième tercer tercero dritten dritte terzo 3rd 3",
    4: "fourth quatrième cuarto vierten vierte quarto 4th 4",
    5: "fifth cinquième quinto fünften fünfte 5th 5",
    6: "sixth sixième sexto sechsten sechste sesto 6th 6",
}
_POSITIONS = {word: n for n, words in _ORDINALS.items() for word in words.split()}
_PARAGRAPH_AT = compile_pattern(
    r"(?:([\pL0-9]+) (?:paragraph|paragraphe|párrafo|absatz|paragrafo|parágrafo|alinea)"
    r"|(?:paragraph|paragraphe|párrafo|absatz) ([0-9]+)|([0-9]+)段落目)",
    ignore_case=True,
)
_FIRST_WORD = compile_pattern(
    r"(?:start(?:s|ing)?|begins?|débuter|commencer|démarrer|empezar|comenzar|beginnen)"
    r" (?:with|par|avec|con|por|mit)(?: the word| le mot| la palabra| dem wort)?"
    r" (?:['\"“« ]*)([\pL\pN'’-]+)",
    ignore_case=True,
)
_EDGE_MARKS = " \t\n.,;:!?*_\"'“”«»「」『』()[]#>-"


def number_words(answer: str, instruction: Instruction) -> Outcome | None:
    """`length_constraints:number_words`."""
    bounds = instruction.bounds("num_words", "relation", "at_least")
    bounds = bounds or instruction.stated_bounds("words")
    if bounds is None:
        return None
    return count_outcome(bounds, count_words(answer), "words")


def number_letters(answer: str, instruction: Instruction) -> Outcome | None:
    """`length_constraints:number_letters`: characters, white space left out."""
    bounds = instruction.bounds("num_letters", "relation", "at_least")
    bounds = bounds or instruction.stated_bounds("letters")
    if bounds is None:
        return None
    return count_outcome(bounds, len("".join(answer.split())), "characters")


def number_sentences(answer: str, instruction: Instruction) -> Outcome | None:
    """`length_constraints:number_sentences`."""
    bounds = instruction.bounds("num_sentences", "relation", "at_least")
    bounds = bounds or instruction.stated_bounds("sentences")
    if bounds is None:
        return None
    counts = count_sentences(answer)
    if bounds.holds(counts.marked) or bounds.holds(counts.with_lines):
        return SATISFIED
    return count_outcome(bounds, counts.marked, "sentences")


def number_paragraphs(answer: str, instruction: Instruction) -> Outcome | None:
    """`length_constraints:number_paragraphs`: texts between `***` dividers."""
    bounds = instruction.bounds("num_paragraphs", None, "exactly")
    if bounds is None:
        stated = [
            *find_bounds(instruction.prompt, "paragraphs"),
            *find_bounds(instruction.prompt, "parts"),
        ]
        if not stated:
            return None
        bounds = Bounds(stated[0].bounds.low, stated[0].bounds.low)
    parts = answer.split("***")
    inner = parts[1:-1]
    if any(not part.strip() for part in inner):
        return Outcome(f"expected {bounds} paragraphs between '***', found an empty one")
    return count_outcome(bounds, sum(1 for part in parts if part.strip()), "paragraphs")


def nth_paragraph_first_word(answer: str, instruction: Instruction) -> Outcome | None:
    """`length_constraints:nth_paragraph_first_word`: their number, and how the nth begins."""
    bounds = instruction.bounds("num_paragraphs", None, "exactly")
    if bounds is None:
        stated = [found.bounds for found in find_bounds(instruction.prompt, "paragraphs")]
        bounds = stated[0] if stated else None
    number, word = _nth_and_word(instruction)
    if bounds is None or number is None or word is None:
        return None
    paragraphs = split_paragraphs(answer)
    if not bounds.holds(len(paragraphs)):
        return count_outcome(bounds, len(paragraphs), "paragraphs")
    if number > len(paragraphs):
        return Outcome(f"expected a paragraph {number}, found {len(paragraphs)} paragraphs")
    start = paragraphs[number - 1].strip().lstrip(_EDGE_MARKS).lower()
    following = start[len(word) : len(word) + 1]
    is_cell = count_cells(word) > 0
    if start.startswith(word.lower()) and (is_cell or not following.isalnum()):
        return SATISFIED
    return Outcome(f"expected paragraph {number} to begin with {word!r}, found {start[:40]!r}")


def _nth_and_word(instruction: Instruction) -> tuple[int | None, str | None]:
    number = instruction.parameters.get("nth_paragraph")
    word = instruction.text("first_word")
    if isinstance(number, int) and word:
        return number, word
    for clause in split_clauses(instruction.prompt):
        place = _PARAGRAPH_AT.search(clause.text)
        if place is None:
            continue
        ordinal = next(group for group in place.groups() if group)
        position = _POSITIONS.get(ordinal.lower())
        quoted = quoted_words(clause.text)
        bare = _FIRST_WORD.search(clause.text)
        found = quoted[-1] if quoted else bare.group(1) if bare else None
        if position is not None and found is not None:
            return position, found
    return None, None
