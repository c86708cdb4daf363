"""Typographic slips that a careful writer does not make, in the scripts of twelve languages.

Spaces before commas, none behind a sentence, tokenizer marks, runs of exclamation marks, a function
word twice, Latin commas between Han or Arabic letters, spaces inside Chinese. French spaces before
`;:!?` are right and do not count. Code, and lines that look like code, are no prose.
"""

from itertools import islice

from assay.verifiers.patterns import compile_pattern

MAX_SLIPS = 60  # counted in one text
_DOUBLED = (  # left out: words that may stand twice (that, had, die, sie, si, nous)
    "the|a|an|and|of|to|in|is|for|with|der|das|und|ist|el|la|los|de|que|le|les|et|il|che|di|het|een"
    "|van"
)
_SLIP = compile_pattern(
    r"[\pL\pN)] [,.،](?:\s|$)"  # a space before a comma or a full stop
    r"|[\p{Ll}]{3}[.!?][\p{Lu}][\p{Ll}]"  # none behind a sentence
    r"| (?:n't|'s|'re|'ve|'ll|'m|'d) |``|''(?:\s|$)|-[LR]RB-"  # a tokenizer's spaces and marks
    r"|[!！]{3,}|[?？]{3,}|[,،，、]{2,}"
    r"|[\p{Han}\p{Arabic}],[\p{Han}\p{Arabic}]|\p{Han}\.(?:\p{Han}|$)|(?:\p{Han} ){5}"
    + "".join(rf"|(?i:[\s(]{word} {word}[\s,.])" for word in _DOUBLED.split("|"))
)
_CODE_MARKS = ("{", "}", "();", "==", "=>", "</", "import ", "def ", "SELECT ", "#!/")
_WIDE = compile_pattern(r"[\p{Han}\p{Hiragana}\p{Katakana}]")


def slips_per_100_words(prose: str) -> float:
    """How many slips `prose` holds for each hundred words; Chinese counts two characters a word."""
    if _SLIP.search(prose) is None or any(mark in prose for mark in _CODE_MARKS):
        return 0.0
    num_slips = sum(1 for _ in islice(_SLIP.finditer(prose), MAX_SLIPS))
    num_words = len(prose.split())
    if not prose.isascii():
        num_words += sum(1 for _ in _WIDE.finditer(prose)) // 2
    return 100.0 * num_slips / max(20, num_words)
