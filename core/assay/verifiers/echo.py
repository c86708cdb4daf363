"""What an answer takes over from its prompt: copies, echoed openings, system prompt passages.

Texts are compared folded: lower case, single spaces, no punctuation at the ends. Lengths are in
`width`, where a Chinese, Japanese or Korean character counts three, because it carries about as
much as three Latin letters.
"""

from typing import NamedTuple

from assay.verifiers.patterns import compile_pattern

_WIDE = compile_pattern(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]+")
_EDGES = " \t\n\r.!?,;:'\"`*_-()[]{}<>。！？，；：、“”‘’「」『』…؟،"
_ASCII_GAPS = {code: " " for code in range(128) if not chr(code).isalnum()}

# Requests for the same words several times: "repeat ...", "50 times".
_MULTIPLY = compile_pattern(
    r"\brepeat|over and over|again and again|wiederhol|repit|repet|répét|répèt|ripet|herhaal"
    r"|opak|كرر|重复|重複|繰り返|반복"
    r"|(?:\d|twenty|thirty|fifty|hundred|thousand|hundert|cien|cent|cento|honderd|sto|مئة|百|千)"
    r"\s*(?:times|mal\b|veces|fois|vezes|volte|keer|krát|مرات|مرة|次|遍|回|번)",
    ignore_case=True,
)
# Requests whose answer is rightly (nearly) the text that the user sent.
_REPEAT = compile_pattern(
    r"\b(?:repeat|repeating|echo|parrot|recite|verbatim|word for word|say (?:back|after|exactly"
    r"|the following)"
    r"|copy (?:it|this|that|exactly|what|my|down|the (?:text|sentence|following|above|message"
    r"|words?)))\b"
    r"|wiederhol|kopier|wortwörtlich|abschreib|nachsprech|repit|repet|copi(?:a|e|er|ar|ez"
    r"|ate)\b|répét|répèt|textuellement|recopi"
    r"|ripet|herhaal|kopieer|zopak|opak|zkopír|كرر|أعد|انسخ|重复|重複|复述|照抄|复制|繰り返"
    r"|復唱|コピー|そのまま|반복|따라|복사|그대로",
    ignore_case=True,
)
_TRANSFORM = compile_pattern(
    r"translat|proofread|correct|fix|edit|rewrit|rephras|paraphras|revis|punctuat|capitali"
    r"|grammar|spell|format|transcri"
    r"|clean|improve|convert|normali|sort|order|extract|highlight|annotate|continue|complete"
    r"|finish|extend|fill"
    r"|übersetz|korrigier|korrektur|verbesser|umschreib|überarbeit|formatier|ergänz"
    r"|vervollständig|fortsetz|fortführ|weiter"
    r"|traduc|traduz|corrig|corrij|reescrib|reescrev|mejor|melhor|formate|complet|continú"
    r"|continu|edita|revisa"
    r"|tradui|réécri|reformul|améliore|prolong|riscriv|corregg|miglior|vertaal|verbeter"
    r"|herschrijf|vul aan|ga verder"
    r"|přelož|oprav|přepiš|uprav|dokonč|doplň|pokračuj|ترجم|صحح|أكمل|أعد|حسّن|حسن|翻译|翻譯"
    r"|改写|改寫|修改|纠正|校对|润色|续写|补全|完成|继续|填"
    r"|翻訳|校正|修正|書き直|続き|完成|添削|번역|교정|수정|고쳐|다시 쓰|이어|완성",
    ignore_case=True,
)


class Echo(NamedTuple):
    """How a response repeats a text: all of it, or its start up to offset `end`."""

    is_copy: bool
    end: int


_NO_ECHO = Echo(is_copy=False, end=0)
_MAX_WIDTH_CHARS = 1000  # wide characters are told in so many first ones: enough for a limit
_WIDE_START, _WIDE_END = "\u3040", "\u9fff"  # kana and Chinese characters
_OPENING_CHARS = 40  # looked for first: a cheap test
_MAX_LEAD = 4  # characters (quotes, marks) that may stand before an echoed prompt
_EXTRA_SHARE = 0.15  # a copy may put so much of the prompt's length in front of it
_EXTRA_CHARS = 12  # and so many characters besides ("Sure! ", "Answer: ")
_MIDDLE = 32  # characters to each side of a text's middle in which its words are looked at


def fold(text: str) -> str:
    """Lower case, single spaces, no punctuation at the ends."""
    return " ".join(text.lower().split()).strip(_EDGES)


def may_hold(text: str, part: str) -> bool:
    """Return False only where `fold(part)` stands nowhere in `fold(text)`; both in lower case.

    Looks for the whole words around the middle of `part`, which takes a tenth of the folding.
    """
    middle = len(part) // 2
    words = part[max(0, middle - _MIDDLE) : middle + _MIDDLE].split()[1:-1]
    return all(word.strip(_EDGES) in text for word in words)  # folding strips the last words


def width(text: str) -> int:
    """Length of `text`, each of the first Chinese, Japanese, Korean characters counting three."""
    if text.isascii():
        return len(text)
    head = text[:_MAX_WIDTH_CHARS]
    return len(text) + 2 * sum(map(len, (m.group() for m in _WIDE.finditer(head))))


def asks_to_repeat(prompt: str) -> bool:
    """Say whether `prompt` asks for its own words back (repeat, copy, quote)."""
    return _REPEAT.search(prompt) is not None


def asks_for_repetition(prompt: str) -> bool:
    """Say whether `prompt` asks for the same words several times."""
    return _MULTIPLY.search(prompt) is not None


def asks_to_transform(prompt: str) -> bool:
    """Say whether `prompt` asks for a changed or continued text (translate, correct, complete)."""
    return _TRANSFORM.search(prompt) is not None


def is_copy(answer: str, prompt: str) -> bool:
    """Say whether `answer` is `prompt` behind at most a trivial lead ("Sure! ").

    What follows the prompt may be the answer, however short, so nothing may follow.
    """
    spare = int(len(prompt) * _EXTRA_SHARE) + _EXTRA_CHARS
    if not prompt or len(answer) > len(prompt) + 2 * spare or 2 * len(answer) < len(prompt):
        return False
    folded, original = fold(answer), fold(prompt)
    if not original:
        return False
    if not folded.endswith(original):
        return False
    lead = folded[: -len(original)]
    return width(lead) <= _EXTRA_CHARS + int(width(original) * _EXTRA_SHARE)


def prompt_overlap(answer: str, prompt: str) -> Echo:
    """Say whether `answer` is `prompt` again or begins with all of it, white space aside."""
    if is_copy(answer, prompt):
        return Echo(is_copy=True, end=len(answer))
    stripped = prompt.strip()
    if not stripped or len(answer) <= len(stripped):
        return _NO_ECHO
    opening = stripped.split("\n", 1)[0][:_OPENING_CHARS]
    at = answer.find(opening, 0, len(opening) + _MAX_LEAD)
    if at < 0 or answer[:at].strip(_EDGES):
        return _NO_ECHO
    end = _match_end(answer, at, stripped)
    return Echo(is_copy=False, end=end)


def _match_end(answer: str, start: int, prompt: str) -> int:
    """Offset behind `prompt` in `answer` when it stands at `start`, line breaks aside; else 0."""
    if answer.startswith(prompt, start):
        return start + len(prompt)
    position = start
    for word in prompt.split():
        while position < len(answer) and answer[position].isspace():
            position += 1
        if not answer.startswith(word, position):
            return 0
        position += len(word)
    return position


def pieces(text: str) -> list[str]:
    """Words in lower case; Chinese and Japanese characters one by one."""
    text = text.lower()
    if text.isascii():
        return text.translate(_ASCII_GAPS).split()
    return "".join(map(_spaced, text)).split()


def _spaced(character: str) -> str:
    if not character.isalnum():
        return " "
    return f" {character} " if _WIDE_START <= character <= _WIDE_END else character


def shared_passage(answer: str, passage: str, exempt: str, *, length: int) -> str | None:
    """Return the first run of `length` pieces of `passage` in `answer` that `exempt` lacks."""
    source = pieces(passage)
    if len(source) < length:
        return None
    target = _runs(pieces(answer), length)
    if not target:
        return None
    allowed = _runs(pieces(exempt), length)
    for start in range(len(source) - length + 1):
        run = tuple(source[start : start + length])
        if run in target and run not in allowed:
            return " ".join(run)
    return None


def may_share_passage(answers: list[str], passage: str, *, length: int) -> bool:
    """Cheap test before `shared_passage`: no run of half the length means no whole run.

    Every run of `length` pieces holds a block of `length // 2` that starts at a multiple of it.
    """
    if not answers:
        return False
    target = f" {' '.join(piece for answer in answers for piece in pieces(answer))} "
    source = pieces(passage)
    half = max(1, length // 2)
    return any(
        f" {' '.join(source[at : at + half])} " in target
        for at in range(0, len(source) - half + 1, half)
    )


def _runs(words: list[str], length: int) -> set[tuple[str, ...]]:
    return set(zip(*(words[offset:] for offset in range(length)), strict=False))
