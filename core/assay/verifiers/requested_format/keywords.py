"""Checks of words and letters that must, or must not, appear."""

from assay.verifiers.patterns import Match, compile_pattern
from assay.verifiers.requested_format.bounds import Bounds, find_bounds
from assay.verifiers.requested_format.clauses import named_words, quoted_words, split_clauses
from assay.verifiers.requested_format.instruction import (
    SATISFIED,
    Instruction,
    Outcome,
    count_outcome,
)

FORBIDDING = compile_pattern(
    r"do not|don['’]t|\bnever\b|avoid|without|exclud|not (?:contain|include|mention|use|say)"
    r"|refrain"
    r"|nicht|vermeide|ohne|ne pas|n['’]utilis|évite|éviter|interdit|proscrit|sans\b|no (?:uses?"
    r"|utilices"
    r"|incluyas|menciones|emplees)|evita|sin\b|não (?:use|utilize|inclua|mencione)|evite|sem\b"
    r"|non (?:usare|utilizzare|includere)|senza\b|niet|vermijd|zonder|nepoužív|vyhn|bez\b"
    r"|使わない|使わず|使用しない|含めない|含めず|不要|不得|避免|不能|不使用|禁止|사용하지|쓰지"
    r"|제외|لا تستخدم|بدون|تجنب",
    ignore_case=True,
)
_DEMANDING = compile_pattern(
    r"keyword|includ|contain|appear|use the|with the word|mention|mots?\b|termes?\b|palabras?|inclu"
    r"|intégr|insér|incorpor|キーワード|単語|含め|enthalten|schlüsselw|wort\b|wörter",
    ignore_case=True,
)
_LETTER = compile_pattern(
    r"(?:letter|letra|lettre|buchstabe[n]?|lettera)s? ['\"“«]?\s?([\pL])(?:['\"”»\s]|$)",
    ignore_case=True,
)
_NAMED_WORD = compile_pattern(
    r"(?:word|keyword|mot|terme?|palabra|palavra|parola|wort|woord"
    r"|slovo) [\"'“«]?[ ]?([\pL\pN'’-]*[\pL\pN])",
    ignore_case=True,
)
_LETTER_COUNT = compile_pattern(r"\pL")


def count_occurrences(word: str, text: str) -> int:
    """How often `word` stands in `text` as a whole word, whatever its case."""
    lower, needle = text.lower(), word.lower()
    count, position = 0, lower.find(needle)
    while position >= 0:
        end = position + len(needle)
        is_bounded = not (_joins(lower[position - 1 : position], needle[0]) and position > 0)
        if is_bounded and not _joins(lower[end : end + 1], needle[-1]):
            count += 1
        position = lower.find(needle, end)
    return count


def existence(answer: str, instruction: Instruction) -> Outcome | None:
    """`keywords:existence`: every keyword, also inside a longer word."""
    words = instruction.texts("keywords") or _words_of(instruction.prompt, forbidden=False)
    if not words:
        return None
    missing = [word for word in words if word.lower() not in answer.lower()]
    return (
        Outcome(f"expected the keywords {missing!r}, found none of these") if missing else SATISFIED
    )


def forbidden_words(answer: str, instruction: Instruction) -> Outcome | None:
    """`keywords:forbidden_words`: none of them as a whole word."""
    words = instruction.texts("forbidden_words") or _words_of(instruction.prompt, forbidden=True)
    if not words:
        return None
    present = [word for word in words if count_occurrences(word, answer)]
    return Outcome(f"expected none of {words!r}, found {present!r}") if present else SATISFIED


def frequency(answer: str, instruction: Instruction) -> Outcome | None:
    """`keywords:frequency`: a keyword so many times."""
    word = instruction.text("keyword")
    bounds = instruction.bounds("frequency", "relation", "at_least")
    if word is None or bounds is None:
        word, bounds = _word_and_bounds(instruction.prompt)
    if word is None or bounds is None:
        return None
    number = answer.lower().count(word.lower())
    return count_outcome(bounds, number, f"times {word!r}")


def letter_frequency(answer: str, instruction: Instruction) -> Outcome | None:
    """`keywords:letter_frequency`: a letter so many times."""
    letter = instruction.text("letter")
    bounds = instruction.bounds("let_frequency", "let_relation", "at_least")
    if letter is None or bounds is None:
        letter, bounds = _letter_and_bounds(instruction.prompt)
    if letter is None or bounds is None or _LETTER_COUNT.fullmatch(letter) is None:
        return None
    return count_outcome(bounds, answer.lower().count(letter.lower()), f"letters {letter!r}")


def _joins(neighbour: str, edge: str) -> bool:
    """Whether a neighbouring character continues the word; scripts without spaces never do."""
    return neighbour.isalnum() and edge < "\u2e80" and neighbour < "\u2e80"


def _words_of(prompt: str, *, forbidden: bool) -> tuple[str, ...]:
    for clause in split_clauses(prompt):
        is_forbidding = FORBIDDING.search(clause.text) is not None
        if is_forbidding is not forbidden or _counts_times(clause.text):
            continue
        if not forbidden and _DEMANDING.search(clause.text) is None:
            continue
        words = _after_trigger(clause.text, forbidden=forbidden)
        if words:
            return tuple(words)
    return ()


def _after_trigger(clause: str, *, forbidden: bool) -> list[str]:
    trigger: Match | None = (FORBIDDING if forbidden else _DEMANDING).search(clause)
    tail = clause[trigger.start() :] if trigger is not None else clause
    return named_words(tail) or named_words(clause)


def _counts_times(clause: str) -> bool:
    return next(find_bounds(clause, "times", gap=1), None) is not None


def _word_and_bounds(prompt: str) -> tuple[str | None, Bounds | None]:
    for clause in split_clauses(prompt):
        found = times_of(clause.text)
        if found is None:
            continue
        stated = _NAMED_WORD.search(clause.text)
        words = [stated.group(1)] if stated is not None else named_words(clause.text)
        if words:
            return words[-1], found
    return None, None


def _letter_and_bounds(prompt: str) -> tuple[str | None, Bounds | None]:
    for clause in split_clauses(prompt):
        found = times_of(clause.text)
        bare = _LETTER.search(clause.text)
        if found is None:
            continue
        if bare is not None:
            return bare.group(1), found
        single = [word for word in quoted_words(clause.text) if len(word) == 1]
        if single:
            return single[0], found
    return None, None


_ONCE = compile_pattern(r"(at least|at most) (once|twice)|(more than|less than) (once|twice)")


def times_of(clause: str) -> Bounds | None:
    """The bounds of "at least twice", "moins de 5 fois" and the like in `clause`."""
    adverb = _ONCE.search(clause.lower())
    if adverb is not None:
        relation = adverb.group(1) or adverb.group(3)
        number = 1 if (adverb.group(2) or adverb.group(4)) == "once" else 2
        limits = {
            "at least": Bounds(number, None),
            "at most": Bounds(0, number),
            "more than": Bounds(number + 1, None),
            "less than": Bounds(0, number - 1),
        }
        return limits[relation]
    found = sorted(find_bounds(clause, "times", gap=1), key=lambda one: not one.is_explicit)
    return found[0].bounds if found else None
