"""Numbers with a bound as people write them: "at least 300 words", "moins de six phrases".

The idea: find a number beside a unit, then look for the words of comparison next to it, in the
twelve languages of the source. The invariant: bounds are inclusive, a bare number means exactly.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from assay.verifiers.patterns import Match, Pattern, compile_pattern

UNITS = {
    "words": r"words?|wörtern?|worte?n?|palabras|mots|palavras|parole|woorden|slov[ay]?|単語|词"
    r"|單詞"
    r"|단어|كلمة|كلمات",
    "sentences": r"sentences?|sätzen?|satz|frases?|oraciones|oración|phrases?|vers|frasi|zinnen|zin"
    r"|vět[yau]?|文で|文に|句话|句|문장|جملة|جمل",
    "paragraphs": r"paragraphs?|absätzen?|absatz|párrafos?|paragraphes?|parágrafos?|paragrafi"
    r"|paragrafo"
    r"|alinea'?s?|odstavc(?:e|ů|ích)|odstavec|段落|段|문단|단락|فقرات|فقرة",
    "parts": r"parts|sections",
    "letters": r"characters|letters|zeichen|caractères|caracteres|caratteri|tekens|znaků|文字"
    r"|字符|字"
    r"|자|글자|حرفا?",
    "bullets": r"bullets?|bullet[- ]points?|stichpunkten?|aufzählungspunkten?|puntos de lista"
    r"|viñetas"
    r"|[ií]tems de lista|puces|points|pontos|punti|opsommingstekens|odrážek|odrážky|個|项|個の項目",
    "plain_bullets": r"bullets?|bullet[- ]points?|stichpunkten?|aufzählungspunkten?|viñetas|puces"
    r"|opsommingstekens|odráž\pL+|箇条書き|个项目符号|글머리",
    "items": r"番号付きリスト|個の番号|個|つの",
    "sections": r"sections?|secciones|parties|chapitres|章|節|セクション|abschnitten?",
    "highlights": r"sections?|text parts|parts|parties?|keywords|words?|mots|secciones|phrases"
    r"|セクション",
    "placeholders": r"placeholders?|marcador(?:es)?|espaces|éléments|プレースホルダー|個",
    "times": r"times?|veces|fois|回|mal",
}  # fmt: skip

_NUMBER_WORDS = {
    1: "one single once eine einem einen ein un une una uno um uma een jeden jednu 一 하나",
    2: "two twice zwei deux dos dois duas due twee dva dvě deux 二 两 두",
    3: "three thrice drei trois tres três tre drie tři 三 세",
    4: "four vier quatre cuatro quatro quattro čtyři 四 네",
    5: "five fünf cinq cinco cinque vijf pět 五 다섯",
    6: "six sechs seis sei zes šest 六 여섯",
    7: "seven sieben sept siete sete sette zeven sedm 七",
    8: "eight acht huit ocho oito otto osm 八",
    9: "nine neun neuf nueve nove negen devět 九",
    10: "ten zehn dix diez dez dieci tien deset 十",
    11: "eleven elf onze",
    12: "twelve zwölf douze doce doze dodici twaalf dvanáct 十二",
    15: "fifteen fünfzehn quinze quince quindici vijftien patnáct",
    20: "twenty zwanzig vingt veinte vinte venti twintig dvacet",
    30: "thirty dreißig trente treinta trinta trenta dertig třicet",
    32: "trente-deux",
    50: "fifty fünfzig cinquante cincuenta cinquenta cinquanta vijftig padesát",
    100: "hundred hundert cent cien cem cento honderd sto",
}
_VALUES = {word: value for value, words in _NUMBER_WORDS.items() for word in words.split()}
_LATIN_NUMBER = "|".join(sorted((w for w in _VALUES if w[0] < "\u1000"), key=len, reverse=True))
_NUMBER = rf"(?:[0-9]{{1,5}}|{_LATIN_NUMBER}|[一二三四五六七八九十两두세네]|하나|다섯|여섯)"

_BEFORE = {
    "at_least": "at least|no less than|no fewer than|not less than|minimum|min.|mindestens"
    "|wenigstens"
    "|au moins|al menos|como mínimo|por lo menos|no menos de|mínimo|pelo menos|almeno|minimo"
    "|minstens"
    "|ten minste|minimaal|alespoň|nejméně|minimálně|少なくとも|最低|至少|最少|不少于|不低于"
    "|적어도|최소"
    "|على الأقل|ما لا يقل عن|لا يقل عن",
    "at_most": "at most|no more than|not more than|up to|maximum|max.|within|not exceed"
    "|no longer than"
    "|limit|höchstens|maximal|nicht mehr als|nicht länger als|bis zu|au plus|pas plus de"
    "|ne dépasse pas"
    "|máximo|a lo sumo|no más de|no debe superar|não mais de|não mais que|até|al massimo|massimo"
    "|non più di|hoogstens|maximaal|niet meer dan|ten hoogste|nejvýše|maximálně|nanejvýš|最多"
    "|不超过"
    "|不多于|多くとも|最大|최대|على الأكثر|لا يزيد عن|بحد أقصى|أقصى",
    "less_than": "less than|fewer than|under|below|shorter than|weniger als|unter|moins de"
    "|moins d'|menos de"
    "|menos que|meno di|minder dan|méně než|少于|أقل من",
    "more_than": "more than|over|above|longer than|mehr als|über|plus de|más de|mais de|mais que"
    "|più di|meer dan|více než|超过|多于|أكثر من",
    "exactly": "exactly|precisely|genau|exactamente|exactement|précisément|exatamente|esattamente"
    "|precies|přesně|正好|恰好|ちょうど|정확히|بالضبط",
    "about": "about|around|approximately|roughly|approx|ungefähr|etwa|circa|ca.|rund|environ"
    "|alrededor de|aproximadamente|unas|cerca de|por volta de|ongeveer|přibližně|zhruba|asi|大约"
    "|大概"
    "|约|約|およそ|약|대략|حوالي|تقريبا|~",
}
_AFTER = {
    "at_least": "+|or more|or greater|oder mehr|ou plus|o más|ou mais|o più|of meer|以上|이상"
    "|minimum"
    "|at least|at minimum|mindestens|au minimum|como mínimo|nebo více",
    "at_most": "or less|or fewer|max|oder weniger|ou moins|o menos|ou menos|o meno|of minder"
    "|以内|以下"
    "|이내|이하|at most|maximum|nebo méně",
    "less_than": "未満|未满|미만",
    "more_than": "초과",
    "about": "左右|程度|くらい|ぐらい|前後|정도|or so",
}
_PREFIXES = sorted(
    ((phrase, relation) for relation, line in _BEFORE.items() for phrase in line.split("|")),
    key=lambda pair: -len(pair[0]),
)
_SUFFIXES = sorted(
    ((phrase, relation) for relation, line in _AFTER.items() for phrase in line.split("|")),
    key=lambda pair: -len(pair[0]),
)
_LOW, _HIGH, _AFTER_NUMBER, _END = 1, 2, 3, 4  # groups of the quantity pattern
_GAPS = {"about": 3, "more_than": 4, "less_than": 4}  # characters up to the number
_REACH = 32  # characters before a number in which its comparison stands
_DISTRIBUTIVE = compile_pattern(
    r"(?:^|[^\pL])(?:each|every|per|apiece|both|jede[rsnm]?|pro|chaque|cada|ogni|elke|ieder"
    r"|každ\pL+)(?:[^\pL]|$)|それぞれ|各|每|毎|각|(?:^| )ل?كل ",
    ignore_case=True,
)
_ANY_NUMBER = compile_pattern(_NUMBER, ignore_case=True)
_SHORT = 1000  # characters of a text whose bounds are kept
_CLAUSE_END = ".!?;。！？；\n"


class Bounds(NamedTuple):
    """Inclusive limits; `high` None has no end. `relation` tells how the text put it."""

    low: int
    high: int | None
    relation: str = "exactly"

    def holds(self, number: int) -> bool:
        return self.low <= number and (self.high is None or number <= self.high)

    def __str__(self) -> str:
        if self.high is None:
            return f"at least {self.low}"
        if self.low == self.high:
            return f"exactly {self.low}"
        return f"at most {self.high}" if self.low == 0 else f"{self.low} to {self.high}"


class FoundBounds(NamedTuple):
    """Bounds with the span of number and unit; `is_explicit` when a comparison stands there.

    `is_distributive` marks bounds for each part of something ("each line", "per day").
    """

    bounds: Bounds
    is_explicit: bool
    start: int
    end: int
    is_distributive: bool = False


def bounds_of(relation: str, number: int) -> Bounds:
    """The bounds that a comparison and a number mean."""
    limits = {
        "at_least": (number, None),
        "at_most": (0, number),
        "less_than": (0, max(number - 1, 0)),
        "more_than": (number + 1, None),
        "about": (round(number * 0.9), round(number * 1.1)),
    }
    low, high = limits.get(relation, (number, number))
    return Bounds(low, high, relation)


def find_bounds(text: str, unit: str, *, gap: int = 2) -> Iterator[FoundBounds]:
    """Yield every number of `unit` in `text`; up to `gap` words may stand between the two."""
    yield from (
        _bounds_of_short(text, unit, gap) if len(text) <= _SHORT else _bounds(text, unit, gap)
    )


@lru_cache(maxsize=512)  # prompts return with several answers
def _bounds_of_short(text: str, unit: str, gap: int) -> tuple[FoundBounds, ...]:
    return tuple(_bounds(text, unit, gap))


def _bounds(text: str, unit: str, gap: int) -> Iterator[FoundBounds]:
    if _ANY_NUMBER.search(text) is None or _unit_pattern(unit).search(text) is None:
        return  # the whole pattern is large and slow
    for match in _quantity_pattern(unit, gap).finditer(text):
        is_ordinal = match.group(_END) == "目" or text[match.start(_HIGH) - 1 :][:1] == "第"
        if not is_ordinal:  # 3段落目 is the third paragraph, 第1章 the first chapter
            yield _found(text, match)


@lru_cache(maxsize=64)
def _unit_pattern(unit: str) -> Pattern:
    return compile_pattern(UNITS[unit], ignore_case=True)


@lru_cache(maxsize=64)
def _quantity_pattern(unit: str, gap: int) -> Pattern:
    words = rf"(?:[ \t-]+(?:[\pL'*_-]{{1,20}}[ \t]+){{0,{gap}}}?|[ \t]*(?:つの|個の|个)?)"
    return compile_pattern(
        rf"(?:^|[^\pL\pN.,]"
        rf"|[\p{{Han}}\p{{Hiragana}}\p{{Katakana}}\p{{Hangul}}])(?:({_NUMBER})[ \t]*(?:-|–|to"
        rf"|and|or|bis|und|oder|a|à|et|y|o|e|tot"
        rf"|~|〜|～|到|至|から)[ \t]*)?"
        rf"({_NUMBER})([ \t]*(?:\+|or more|or less|or fewer|oder mehr|ou plus|o más))?"
        rf"{words}(?:{UNITS[unit]})($|[^\pL]|[\p{{Han}}\p{{Hiragana}}\p{{Hangul}}])",
        ignore_case=True,
    )


def _found(text: str, match: Match) -> FoundBounds:
    start, end = match.start(_HIGH), match.start(_END)
    high = _value(match.group(_HIGH))
    low_text = match.groups()[_LOW - 1]
    if low_text is not None and _value(low_text) > high:
        high += _value(low_text)  # a compound: trente-deux
    elif low_text is not None:
        return FoundBounds(Bounds(_value(low_text), high, "between"), True, match.start(_LOW), end)
    relation = _relation(text, match, start, end)
    is_explicit = relation is not None
    begin = max(text.rfind(mark, 0, start) for mark in _CLAUSE_END) + 1
    near = text[max(begin, start - 2 * _REACH) : start] + text[start : end + _REACH].split("\n")[0]
    is_distributive = _DISTRIBUTIVE.search(near) is not None
    return FoundBounds(
        bounds_of(relation or "exactly", high), is_explicit, start, end, is_distributive
    )


def _relation(text: str, match: Match, start: int, end: int) -> str | None:
    after = (match.groups()[_AFTER_NUMBER - 1] or "").strip().lower()
    tail = text[end : end + 12].lower().lstrip(" \t(")
    for phrase, relation in _SUFFIXES:
        if after == phrase or tail.startswith(phrase):
            return relation
    head = text[max(0, start - _REACH) : start].lower()
    for mark in _CLAUSE_END:
        head = head[head.rfind(mark) + 1 :]
    best: tuple[int, int, str] | None = None
    for phrase, relation in _PREFIXES:
        place = head.rfind(phrase)
        if place < 0 or not _is_whole(head, place, phrase):
            continue
        reach = place + len(phrase)
        if len(head) - reach > _GAPS.get(relation, _REACH):
            continue
        if best is None or (reach, len(phrase)) > best[:2]:
            best = (reach, len(phrase), relation)
    return best[2] if best is not None else None


def _is_whole(text: str, place: int, phrase: str) -> bool:
    """Whether `phrase` stands at `place` as whole words; scripts without spaces always do."""
    if not phrase[0].isascii() and not "\u00c0" <= phrase[0] <= "\u024f":
        return True
    before, after = text[place - 1 : place] if place else "", text[place + len(phrase) :][:1]
    return not before.isalpha() and not (phrase[-1].isalpha() and after.isalpha())


def _value(word: str) -> int:
    return int(word) if word.isdigit() else _VALUES.get(word.lower(), 1)
