"""Which language a text is in: scripts first, then function words, then a statistical model.

The idea: the script decides most of the world at once (kana means Japanese, Hangul means Korean,
Han without kana means Chinese); Latin text is decided by its function words, and only where these
do not tell is lingua asked, in its low-accuracy mode (a quarter of the memory) and about Latin
languages alone. Code, links, formulas and quoted passages do not speak for a text and are left out.

The invariant: no guess without evidence. A name, a number, a list of terms or a language outside
the twelve yields `code=None`; whoever acts on a guess looks at `confidence` and `letters`.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import repeat
from typing import NamedTuple, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from assay.verifiers.language_words import FUNCTION_WORDS
from assay.verifiers.patterns import compile_pattern
from assay.verifiers.view import View

LATIN_LANGUAGES = ("en", "de", "es", "fr", "pt", "it", "nl", "cs")
LANGUAGES = (*LATIN_LANGUAGES, "ja", "ko", "zh", "ar")
SCRIPTS = (
    "other",
    "latin",
    "han",
    "kana",
    "hangul",
    "arabic",
    "cyrillic",
    "greek",
    "hebrew",
    "thai",
    "devanagari",
)
EXAMINED_LETTERS = 400  # of Latin prose; more than this does not change a guess
SHORT_CHARACTERS = 160  # a text below this is split at punctuation as well
EVIDENT_CHARACTERS = 240  # of the text, for the quick path
EXAMINED_CHARACTERS = 1500  # of the text, before code, links and quotes are taken out


class LanguageGuess(NamedTuple):
    """`code` is one of the twelve languages (ISO 639-1), None where nothing is known or another.

    `confidence` is 0..1; `letters` counts the letters it rests on; `script` is the main script.
    """

    code: str | None
    confidence: float
    letters: int
    script: str = "latin"


class _ModelGuess(NamedTuple):
    code: str
    confidence: float


class _Confidence(Protocol):
    value: float

    @property
    def language(self) -> object: ...


class _IsoCode(Protocol):
    name: str


class _Named(Protocol):
    iso_code_639_1: _IsoCode


class _Detector(Protocol):
    def compute_language_confidence_values(self, text: str) -> list[_Confidence]: ...


UNKNOWN = LanguageGuess(None, 0.0, 0)

_LATIN = ((0x41, 0x5A), (0x61, 0x7A), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x24F), (0x1E00, 0x1EFF))
_KANA = ((0x3041, 0x3096), (0x309D, 0x309F), (0x30A1, 0x30FA), (0x30FC, 0x30FF), (0xFF66, 0xFF9F))
_ARABIC = ((0x620, 0x64A), (0x66E, 0x6D3), (0x750, 0x77F), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC))
_RANGES = {
    "latin": _LATIN,
    "han": ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x3005, 0x3006)),
    "kana": _KANA,
    "hangul": ((0x1100, 0x11FF), (0x3131, 0x318E), (0xAC00, 0xD7A3)),
    "arabic": _ARABIC,
    "cyrillic": ((0x400, 0x52F),),
    "greek": ((0x370, 0x3FF), (0x1F00, 0x1FFF)),
    "hebrew": ((0x5D0, 0x5EA),),
    "thai": ((0xE01, 0xE3A), (0xE40, 0xE4E)),
    "devanagari": ((0x904, 0x939), (0x958, 0x97F)),
}
_CELL_WEIGHT = {"han": 3.0, "kana": 2.0, "hangul": 2.5}  # Latin letters that say as much

# What is no prose of the writer: links, formulas, placeholders, tags, quoted passages.
_NOISE = compile_pattern(
    r"(?:https?://|www\.)[^\s<>()]+|[\pL\pN._%+-]+@[\pL\pN.-]+"
    r"|\$\$[^$]{1,400}\$\$|\$[^$\n]{1,200}\$|\\\[[^\]]{1,400}\\\]|\\\([^)]{1,400}\\\)|\\[a-zA-Z]+"
    r"|<[^<>\n]{1,200}>"
)
_QUOTED = compile_pattern(
    r"\"[^\"\n][^\"\n]+\"|“[^”\n][^”\n]+”|„[^“”\n][^“”\n]+[“”]|«[^»\n][^»\n]+»|「[^」\n][^」\n]+」"
    r"|『[^』\n][^』\n]+』"
)
_NOISE_MARKS = ("://", "www.", "@", "$", "\\", "<")
_MIN_QUOTED = 2  # characters in quotes that count as a passage
_QUOTE_MARKS = ('"', "“", "„", "«", "「", "『")
# Letters that none of the eight Latin languages writes: Vietnamese, Turkish, Polish, Romanian, ...
_FOREIGN_LATIN = compile_pattern(r"(?i)[ăđơưạ-ỹğışąćęłńśźżțșţőűāēīūģķļņėįųøåþð]")
_FOREIGN_ARABIC = compile_pattern(r"[پچژگکیٹڈڑےھ]")  # Persian and Urdu
_MAX_FOREIGN_SHARE = 0.02
_BOUNDARIES = str.maketrans(
    dict.fromkeys('.,;:!?()[]{}"“”„«»*_#|/\\=+<>~`…–—¿¡•0123456789\n\t', " ")
)
_WESTERN_NO_LETTERS = bytes(
    i
    for i in range(256)
    if not any(
        first <= ord(letter) <= last
        for letter in bytes([i]).decode("cp1252", "ignore")
        for first, last in _LATIN
    )
)
_ASCII_NO_LETTERS = bytes(i for i in range(128) if not chr(i).isalpha())
_CODE_MARKS = b"{}=;[]_<>\\"
_MAX_CODE_MARK_SHARE = 0.03
_FIELD = 12  # bits a language's count takes in the packed sum
_FIELD_MASK = (1 << _FIELD) - 1
_SHIFTS = tuple(_FIELD * i for i in range(len(LATIN_LANGUAGES)))
_DIGITS = 9  # of a confidence: two runs must say the same
_LAST_LATIN_PUNCTUATION = "\u206f"


def detect_language(text: str) -> LanguageGuess:
    """Guess the language of `text`, code excluded by the caller; None where it cannot be told."""
    return _guess(text[:EXAMINED_CHARACTERS])


def message_language(view: View, index: int) -> LanguageGuess:
    """The language of message `index`, code left out; computed once a sample."""
    return view.cached(("language", index), lambda: detect_language(view.prose(index)))


def statistical_guess(text: str) -> LanguageGuess:
    """Lingua's bare guess for Latin text without function words: word lists. Never a proof."""
    code, confidence = _ask_model(text[:EXAMINED_LETTERS])
    return LanguageGuess(code, confidence, _num_ascii_letters(text))


def script_counts(text: str) -> dict[str, int]:
    """How many letters of each script `text` holds; scripts without any are left out."""
    try:
        western = text.encode("cp1252")
    except UnicodeEncodeError:
        return _counts_of_any_script(text)
    num_letters = len(western.translate(None, _WESTERN_NO_LETTERS))
    return {"latin": num_letters} if num_letters else {}


@lru_cache(maxsize=4)
def function_word_counts(text: str) -> tuple[tuple[int, ...], int]:
    """Function words in `text`, a count for each of `LATIN_LANGUAGES`, and the number of words."""
    lowered = text.lower()
    if "’" in lowered:
        lowered = lowered.replace("’", "'")
    if len(lowered) < SHORT_CHARACTERS:  # where each word counts, also beside a comma
        lowered = lowered.translate(_BOUNDARIES)
    words = lowered.split()
    packed = sum(map(_word_fields().get, words, repeat(0)))
    return tuple([packed >> shift & _FIELD_MASK for shift in _SHIFTS]), len(words)


@lru_cache(maxsize=512)  # prompts and short answers return within a few hundred rows
def _guess(head: str) -> LanguageGuess:
    evident = _evident_guess(head)
    if evident is not None:
        return evident
    prose = _without_quotes(_without_noise(head))
    if prose.isascii():
        return _latin_guess(prose, _num_ascii_letters(prose))
    return _guess_from_scripts(prose, script_counts(prose))


def _evident_guess(text: str) -> LanguageGuess | None:
    """The guess for plain Latin prose whose first words leave no doubt; None for all else."""
    head = text[:EVIDENT_CHARACTERS]
    if '"' in head:
        return None
    if not head.isascii() and (
        any(map(head.__contains__, _QUOTE_MARKS)) or max(head) > _LAST_LATIN_PUNCTUATION
    ):
        return None
    counts, num_words = function_word_counts(head)
    second, best = sorted(counts)[-2:]
    if best - second < max(4, 0.5 * best, 0.15 * num_words):
        return None
    return LanguageGuess(LATIN_LANGUAGES[counts.index(best)], 0.99, _num_ascii_letters(text))


def _without_noise(text: str) -> str:
    return _NOISE.sub(" ", text) if any(map(text.__contains__, _NOISE_MARKS)) else text


def _without_quotes(text: str) -> str:
    """`text` without quoted passages, unless these are much of it."""
    if text.isascii():
        bare = _without_straight_quotes(text) if '"' in text else text
        return bare if 2 * len(bare) >= len(text) else text
    if not any(map(text.__contains__, _QUOTE_MARKS)):
        return text
    bare = _QUOTED.sub(" ", text)
    return bare if 2 * len(bare.encode()) >= len(text.encode()) else text


def _without_straight_quotes(text: str) -> str:
    """What `_QUOTED` does to straight quotes, by string search: they are the common ones."""
    parts: list[str] = []
    kept = 0  # up to here the text is in `parts`
    opening = text.find('"')
    while opening >= 0:
        closing = text.find('"', opening + 1)
        if closing - opening <= _MIN_QUOTED or text.find("\n", opening, closing) >= 0:
            opening = closing
            continue
        parts += (text[kept:opening], " ")
        kept = closing + 1
        opening = text.find('"', kept)
    parts.append(text[kept:])
    return "".join(parts)


def _guess_from_scripts(prose: str, counts: Mapping[str, int]) -> LanguageGuess:
    latin = counts.get("latin", 0)
    han, kana = counts.get("han", 0), counts.get("kana", 0)
    scripts = {name: n for name, n in counts.items() if name not in ("latin", "han", "kana")}
    if han or kana:
        scripts["kana" if kana >= max(2, 0.05 * (han + kana)) else "han"] = han + kana
    if not scripts:
        return _latin_guess(prose, latin)
    weights = {name: _CELL_WEIGHT.get(name, 1.0) * n for name, n in scripts.items()}
    main = max(weights, key=lambda name: weights[name])
    share = weights[main] / (sum(weights.values()) + latin)
    if share < 0.75 and latin:
        guess = _latin_guess(prose, latin)
        if share < 0.1 or (guess.confidence >= 0.7 and share < 0.5):
            return guess._replace(confidence=guess.confidence * (1 - share))
    return _script_guess(prose, main, scripts[main], max(share, 0.5))


def _script_guess(prose: str, script: str, letters: int, share: float) -> LanguageGuess:
    code = {"han": "zh", "kana": "ja", "hangul": "ko", "arabic": "ar"}.get(script)
    if code == "ar" and _is_frequent(_FOREIGN_ARABIC.finditer(prose), letters):
        code = None
    if code == "zh" and letters < 8:
        share = min(share, 0.6)  # a few Han characters may be Japanese
    return LanguageGuess(code, share if code else 0.0, letters, script)


def _latin_guess(prose: str, letters: int) -> LanguageGuess:
    if not prose.isascii() and _is_frequent(_FOREIGN_LATIN.finditer(prose), letters):
        return LanguageGuess(None, 0.0, letters)
    counts, num_words = function_word_counts(prose[:EXAMINED_LETTERS])
    if not num_words or _is_code(prose):
        return LanguageGuess(None, 0.0, letters)
    second, best = sorted(counts)[-2:]
    margin = best - second
    if margin >= max(2, 0.3 * best) and best >= 0.12 * num_words:
        code = LATIN_LANGUAGES[counts.index(best)]
        return LanguageGuess(code, min(0.99, 0.7 + 0.06 * margin), letters)
    is_supported = best >= 0.1 * min(num_words, 80)
    is_accented = (
        num_words <= 12 and not prose.isascii() and any("À" <= letter <= "ž" for letter in prose)
    )
    if num_words < 3 or letters < 12 or not (is_supported or is_accented):
        return LanguageGuess(None, 0.0, letters)
    return _model_guess(prose, letters, counts)


def _model_guess(prose: str, letters: int, counts: Sequence[int]) -> LanguageGuess:
    """Lingua's guess, believed as far as function words allow."""
    code, confidence = _ask_model(prose[:EXAMINED_LETTERS])
    support = counts[LATIN_LANGUAGES.index(code)]
    if support == max(counts) and (code == "en" or support > counts[0]):
        certainty = 1.0 if support > 1 or confidence >= 0.95 else 0.85
        return LanguageGuess(code, certainty * confidence, letters)
    if prose.isascii() or max(counts):
        return LanguageGuess(None, 0.0, letters)
    return LanguageGuess(code, 0.85 * confidence, letters)


def _is_frequent(matches: Iterable[object], letters: int) -> bool:
    return sum(1 for _ in matches) >= max(2, _MAX_FOREIGN_SHARE * letters)


def _num_ascii_letters(text: str) -> int:
    return len(text.encode("ascii", "ignore").translate(None, _ASCII_NO_LETTERS))


def _is_code(text: str) -> bool:
    """Whether marks of code are too dense for prose; their words would be keywords and names."""
    raw = text.encode("ascii", "ignore")
    num_marks = len(raw) - len(raw.translate(None, _CODE_MARKS)) + 4 * raw.count(b"):\n")
    return num_marks >= max(4, _MAX_CODE_MARK_SHARE * len(raw))


def _counts_of_any_script(text: str) -> dict[str, int]:
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    classes = _script_table()[np.minimum(points, 0xFFFF)]
    counts = np.bincount(classes, minlength=len(SCRIPTS) + 1)
    return {name: int(counts[i + 1]) for i, name in enumerate(SCRIPTS) if i and counts[i + 1]}


@cache
def _script_table() -> NDArray[np.uint8]:
    """Class of every code point of the basic plane; 0 is no letter, astral ones count as last."""
    table = np.zeros(0x10000, dtype=np.uint8)
    for name, ranges in _RANGES.items():
        for first, last in ranges:
            table[first : last + 1] = SCRIPTS.index(name) + 1
    return table


@cache
def _word_fields() -> dict[str, int]:
    """Each function word with a packed sum: one count of `_FIELD` bits a language."""
    fields: dict[str, int] = {}
    for i, code in enumerate(LATIN_LANGUAGES):
        for word in set(FUNCTION_WORDS[code].split()):
            fields[word] = fields.get(word, 0) + (1 << (_FIELD * i))
    return fields


def _ask_model(text: str) -> _ModelGuess:
    """Lingua's first guess. It adds up in any order, so the last digits of its sums are noise."""
    top = _detector().compute_language_confidence_values(text)[0]
    code = str(cast(_Named, top.language).iso_code_639_1.name).lower()
    return _ModelGuess(code, round(top.value, _DIGITS))


@cache
def _detector() -> _Detector:
    """One detector a process; loading takes about a second, so it waits for the first need."""
    import lingua

    names = ("ENGLISH", "GERMAN", "SPANISH", "FRENCH", "PORTUGUESE", "ITALIAN", "DUTCH", "CZECH")
    languages = [getattr(lingua.Language, name) for name in names]
    builder = lingua.LanguageDetectorBuilder.from_languages(*languages)
    return cast(_Detector, builder.with_low_accuracy_mode().build())
