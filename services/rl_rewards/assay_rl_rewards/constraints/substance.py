"""Whether a text says anything: its words, and loops that only fill space.

The idea: a word of a script without spaces is one character, so that a limit in words means
something in every language. A text is a loop when fifty of its words in a row are fewer than ten
different ones, or when its tail repeats one unit ten times and is most of it. An echo is told by
both shares: three quarters of the answer alone called 82 of 2,300 instructed answers echoes, short
ones that say a phrase of the question among them; with three quarters of the question as well one
is left (requests to repeat aside), and it is one. On 2,294 published answers to IFEval prompts in
four languages the two tests for loops found those of small models only.
"""

from itertools import islice

from assay.verifiers.language import script_counts
from assay.verifiers.patterns import compile_pattern
from assay.verifiers.refusal import RefusalKind, refusal_kind
from assay.verifiers.repetition import tail_loop
from assay.verifiers.requested_format.counting import words_of

_CELL = compile_pattern(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Khmer}\p{Lao}]")
_CELL_SCRIPTS = ("han", "kana", "thai")
_WINDOW_WORDS = 50
_MIN_DISTINCT_SHARE = 5  # one in so many words is new, or the text is a loop
_MAX_LOOPS = 10
_MIN_WORD_LETTERS = 2
_WRAPPER_WORDS = frozenset(("answer", "boxed"))
_MAX_WRAPPER_WORDS = 2
_MIN_ECHO_SHARE = 0.75  # of the question's words, and of the answer's
_MIN_RUN_WORDS = 3  # fewer words in a row are shared by chance
_MAX_ABSTENTION_WORDS = 24
_ABSTENTION = compile_pattern(
    r"\bI (?:do not|don['’]t|cannot|can['’]t|am unable to) (?:know|answer|say|tell)\b"
    r"|ich weiß (?:es )?nicht|ich weiss (?:es )?nicht|no (?:lo )?sé|je ne sais pas|j['’]ignore"
    r"|não sei|non (?:lo )?so\b|ik weet (?:het )?niet|nevím|不知道|不清楚|わかりません|分かりません"
    r"|知りません|모르|모릅니다|لا أعرف|لا أعلم",
    ignore_case=True,
)


class _SpacedCells(dict[int, str]):
    """A translation that puts blanks around characters that are words; each is looked up once."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        is_cell = letter.isalpha() and _CELL.fullmatch(letter) is not None
        self[code] = f" {letter} " if is_cell else letter
        return self[code]


_SPACED_CELLS = _SpacedCells()


def split_words(text: str) -> list[str]:
    """The words of `text` in lower case; a character of a script without spaces is a word."""
    lowered = text.lower()
    if not text.isascii() and has_cells(text):
        lowered = lowered.translate(_SPACED_CELLS)
    return words_of(lowered)


def has_cells(text: str) -> bool:
    """Whether `text` has characters of a script that is written without spaces."""
    counts = script_counts(text)
    return any(counts.get(script) for script in _CELL_SCRIPTS)


def has_word(text: str) -> bool:
    """Whether `text` has a word of two letters or digits, or a character that is a word."""
    return any(len(word) >= _MIN_WORD_LETTERS for word in words_of(text)) or has_cells(text)


def is_loop(text: str) -> bool:
    """Whether `text` fills space with the same words over and over."""
    words = split_words(text)
    rest = iter(words)
    while window := list(islice(rest, _WINDOW_WORDS)):
        if len(set(window)) * _MIN_DISTINCT_SHARE < len(window):
            return True
    loop = tail_loop(text)
    if loop is None or loop.num_repeats < _MAX_LOOPS:
        return False
    return 2 * len(loop.unit) * loop.num_repeats > len(text)


def is_abstention(text: str) -> bool:
    """Whether `text` is short and says that it does not know, or is a refusal and no more."""
    if refusal_kind(text) is RefusalKind.BARE:
        return True
    is_short = len(split_words(text[:1000])) <= _MAX_ABSTENTION_WORDS
    return is_short and _ABSTENTION.search(text) is not None


def is_echo(text: str, question: str) -> bool:
    """Whether `text` is `question` said back, or most of it, wherever in `text` that stands.

    Either three quarters of the words of `text` lie in runs of three words or more that `question`
    has too, and so do three quarters of `question`'s (an answer may borrow a phrase); or `text` is
    one run of most of `question`, marks of an answer around it aside.
    """
    asked = split_words(question)
    words = split_words(text)
    if not asked or not words:
        return False
    if _num_copied(words, asked) >= _MIN_ECHO_SHARE * len(words) and _num_copied(
        asked, words
    ) >= _MIN_ECHO_SHARE * len(asked):
        return True
    if len(words) > len(asked) + _MAX_WRAPPER_WORDS + 1:
        return False
    ends = (words, words[:-1]) if words[-1:] == ["answer"] else (words,)
    return any(
        _is_most_of(rest[start:], asked) and set(rest[:start]) <= _WRAPPER_WORDS
        for rest in ends
        for start in range(_MAX_WRAPPER_WORDS + 1)
    )


def _num_copied(words: list[str], asked: list[str]) -> int:
    """How many of `words` lie in a run of three words or more that stands in `asked` as well."""
    runs = set(zip(asked, asked[1:], asked[2:], strict=False))
    num_copied = end = 0
    for start, run in enumerate(zip(words, words[1:], words[2:], strict=False)):
        if run in runs:
            num_copied += start + _MIN_RUN_WORDS - max(start, end)
            end = start + _MIN_RUN_WORDS
    return num_copied


def _is_most_of(words: list[str], asked: list[str]) -> bool:
    """Whether `words` are a run of `asked` that leaves out little of it."""
    if not words or len(words) < _MIN_ECHO_SHARE * len(asked):
        return False
    return any(asked[at : at + len(words)] == words for at in range(len(asked) - len(words) + 1))
