"""Evidence that a text was cut off before its end, without a dictionary or a model.

The idea: most complete prose ends in a terminal mark, but titles, lists, names, code, tables,
verse, links and numbers do not. So a missing mark counts only against what the same text does
elsewhere: finished sentences on the same line, list items or paragraphs that all end in a mark. To
this come signs at the cut itself: a word that cannot end a sentence, a piece of a word, a comma, an
open bracket.

Each signal has a weight: how likely a text showing it alone is cut, set by judgement, not fitted.
Signals are taken as independent (noisy or: score = 1 - product of (1 - weight)). They were tried on
one half of clean conversations, whole and cut at random places, and measured on the other half.
A cut that falls right behind a finished sentence leaves no sign and cannot be found.
"""

import json
from typing import NamedTuple

from assay.verifiers.dangling_words import is_dangling_cjk
from assay.verifiers.patterns import compile_pattern
from assay.verifiers.word_ends import word_end_signals

# Marks that end a text; closing brackets, quotes and symbols end what is complete in itself.
_CLOSERS = "\"'”’»」』）)]}>*`~|_】〉》›”"
_SENTENCE_MARKS = ".!?。！？…؟۔।॥؛｡︒．～~♪"
_TERMINAL = frozenset(_SENTENCE_MARKS + _CLOSERS + ";；$%#°€£¥★☆✓√∎□")
_CONTINUERS = frozenset(",，、،:：([{（【「『“«‹&+=–—-/\\")

_MARKER = compile_pattern(
    r"^[ \t]*(?:>[ \t]*)?(?:[-*•·+–●○▪][ \t]+|(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.)．、:：][ \t]*"
    r"|[（(]\d{1,3}[）)][ \t]*|[一二三四五六七八九十]{1,3}[、.．][ \t]*)"
)
_BARE_MARKER = compile_pattern(r"^[ \t]*(?:(?:\d{1,3}[.)]|[-*•])|\*\*\d{1,3}[.)])$")
_SENTENCE_END = compile_pattern(
    r"[\pL\pN)\]\"'”’»`*]{2}[.!?؟۔।][\"')\]”’»*]*[ \t\x{A0}\p{So}]+[\"'(“«¿¡*`]*"
    r"[\p{Lu}\p{Lt}\p{Lo}]"
    r"|[。！？｡][”’」』）)\"]*"
)
_ABBREVIATION = compile_pattern(
    r"(?:^|[\s(\"“])(?:mr|mrs|ms|dr|st|vs|etc|no|nr|jr|sr|prof|inc|ltd|co|corp|dept|approx|fig|vol"
    r"|eg|ie|bzw|ca|bspw|usw|evtl|ggf|tel|art|pág|núm|sra|dra|m|mme|tzv|např|resp|dhr|mevr|sig"
    r"|gen|col|sgt|capt|rev|hon|mt|ft|ave|blvd|p|pp|ch|ed|\d{1,2})\.$",
    ignore_case=True,
)
_CODE_LINE = compile_pattern(
    r"[{}=<>\\^_`|]|\$[{(\pL_]|\w\(|\)\.|::|->|^(?:\t|  +)(?:\S+ ){0,4}\S+$"
    r"|^\s*(?:return|import|pass|def|end|else|from|print|break|continue|fi|done|class|function"
    r"|use|using|#include|SELECT|FROM|WHERE|ORDER|GROUP|LIMIT|INSERT|UPDATE|ADD|RUN|CMD|git|pip"
    r"|npm|sudo|cd|echo|const|let|var|public|private|yield|raise|assert|try|finally|except)\b"
)
_LABEL = compile_pattern(r"^[*_\"“]{0,3}[\pL\pN][^:：.!?。]{0,40}[:：][*_]{0,3}[ \t]*(.*)$")
_OPTION = compile_pattern(r"(?:^|\s)\(?(?:[A-Ea-e]|\d{1,2})[.)]\s")
_ATTRIBUTION = compile_pattern(r"[\"”»'’“][ \t]*[-–—~―][ \t]*[\p{Lu}\"][^!?]{0,40}$")
_WORD = compile_pattern(r"[\pL\pM]+(?:['’\-][\pL\pM]+)*")
_LITERAL = compile_pattern(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'")
_INLINE_CODE = compile_pattern(r"`[^`]+`")
_UNSPACED = compile_pattern(r"[\p{Han}\p{Hiragana}\p{Katakana}]+")
_UNMARKED_SCRIPT = compile_pattern(r"[\p{Thai}\p{Lao}\p{Khmer}\p{Tibetan}]")
_FULL_SENTENCE_CJK_TEXT = (
    "了 吧 呢 啊 吗 呀 等 です ます ました ません でした だ ください よ ね か である 다 요 까"
    " 죠 음 함 됨 임 기"
)
_FULL_SENTENCE_CJK = tuple(_FULL_SENTENCE_CJK_TEXT.split())
_TAIL_CHARS = 4000  # only the end of a long text is examined: cost is bounded
_WORD_CHARS = 120  # the last word stands in so many last characters
_LINE_CHARS = 1500  # the end of a long last line is looked at
_MAX_CODE_CHARS = 50_000  # literals are taken out of shorter code only
_LISTED_WORDS = 3  # a comma list has parts of at most so many words on average
_PROSE_WORDS = 5  # a line of so many words that is no title is a sentence
_LONG_WORDS = 14  # a lone sentence of so many words wants a mark

# How likely a text with one signal alone is cut, by judgement. See the module docstring.
WEIGHTS: dict[str, float] = {
    "unclosed_json": 0.95,  # begins as JSON, is not JSON, does not end in its closing bracket
    "open_code": 0.85,  # code with a brace, or a last line with a bracket, that is not closed
    "bare_list_marker": 0.9,  # the last line is a number or bullet without text
    "open_table_row": 0.9,  # earlier rows end in a bar, the last one does not
    "open_end": 0.85,  # comma, dash, colon or open bracket after a sentence's words
    "short_open_end": 0.25,  # the same after a few words: "Sincerely,"
    "dangling_word": 0.85,  # an article, conjunction or preposition
    "stranded_word": 0.45,  # a preposition or verb that ends a sentence now and then
    "word_piece": 0.8,  # a letter or two that are no word, or the head of a word seen elsewhere
    "odd_word_end": 0.45,  # letters that hardly end a word in any of the languages
    "sentence_before": 0.8,  # finished sentences stand on the same line
    "peers_end": 0.8,  # the earlier list items all end in a mark (at least two)
    "peer_ends": 0.55,  # one earlier list item, and it ends in a mark
    "paragraphs_end": 0.7,  # the earlier paragraphs all end in a mark, the last is a sentence
    "fragment_paragraph": 0.3,  # the same, and the last is only a few words
    "long_sentence": 0.45,  # one long sentence without a mark
    "open_bracket": 0.6,  # a bracket or paired quote of the last line is not closed
    "open_quote": 0.4,  # a straight quote or bold mark of the last line is not closed
    "complete_end": -0.5,  # a particle or verb form that closes a sentence in CJK
}


class CutEvidence(NamedTuple):
    """How likely a text is cut off (0..1) and the names of the signals that say so."""

    score: float
    signals: tuple[str, ...]


_NONE = CutEvidence(0.0, ())
# Signs at the cut itself, which no writer's habit of leaving out the last mark explains.
CUT_SIGNALS = frozenset(
    {
        "unclosed_json",
        "open_code",
        "bare_list_marker",
        "open_table_row",
        "open_end",
        "dangling_word",
        "word_piece",
    }
)


def ends_in_mark(text: str) -> bool:
    """Say whether `text` ends in a terminal mark, a closing bracket or a symbol (or is blank)."""
    stripped = text.rstrip()
    return not stripped or stripped[-1] in _TERMINAL


def cut_evidence(text: str, prompt: str = "") -> CutEvidence:
    """Weigh the signs that `text` stops before its end; `prompt` helps to know whole words."""
    end = len(text)
    while end and text[end - 1].isspace():
        end -= 1
    if not end:
        return _NONE
    last = text[end - 1]
    if "{" in text and last != "`" and _is_open_code(text):
        return _weigh(["open_code"])
    if last in _TERMINAL and not (last in ".)*" and _may_be_marker(text, end)):
        return _structured(text[:end]) if text[:1] in "[{" else _NONE
    tail = text[max(0, end - _TAIL_CHARS) : end]
    signals = _signals(tail, text[:end], prompt)
    return _weigh(signals)


def _may_be_marker(text: str, end: int) -> bool:
    """Cheap test before the line is looked at: the last line holds at most six characters."""
    return "\n" in text[max(0, end - 7) : end]


def _weigh(signals: list[str]) -> CutEvidence:
    if not signals:
        return _NONE
    keep, relief = 1.0, 1.0
    for name in signals:
        if WEIGHTS[name] >= 0:
            keep *= 1.0 - WEIGHTS[name]
        else:
            relief += WEIGHTS[name]
    return CutEvidence(round((1.0 - keep) * relief, 4), tuple(signals))


def _structured(text: str) -> CutEvidence:
    """A text that begins as JSON and ends in a mark is cut when it lacks its closing bracket."""
    return _weigh(["unclosed_json"]) if _is_unclosed_json(text) else _NONE


def _is_unclosed_json(text: str) -> bool:
    start = text[:40].lstrip("[{ \n\t\r")[:1]
    if text[:1] not in "[{" or start not in "\"'" or text[-1] in "}]":
        return False
    if text[:1] == "[" and "]" in text:
        return False
    if text[:1] == "{" and text.count("{") <= text.count("}"):
        return False
    try:
        json.loads(text[:100_000])
    except (ValueError, RecursionError):
        return True
    return False


def _signals(tail: str, text: str, prompt: str) -> list[str]:
    if _is_unclosed_json(text):
        return ["unclosed_json"]
    lines = [line for line in tail.split("\n") if line.strip()]
    last = lines[-1].strip()[-_LINE_CHARS:]
    if _BARE_MARKER.match(lines[-1]) is not None:
        return ["bare_list_marker"] if len(lines) > 2 and _follows_list(lines, last) else []
    if last[0] == "|":
        return ["open_table_row"] if len(lines) > 1 and lines[-2].rstrip()[-1] == "|" else []
    if last[0] == "#" or _UNMARKED_SCRIPT.search(last[-40:]):
        return []
    if _is_code(lines[-1]):
        return ["open_code"] if _is_open_call(lines[-1]) else []
    if last[-1] in _TERMINAL:
        return []
    return _line_signals(lines, last, prompt)


def _is_code(line: str) -> bool:
    return _CODE_LINE.search(_INLINE_CODE.sub("x", line) if "`" in line else line) is not None


def _is_open_code(text: str) -> bool:
    """More braces open than close, outside of quoted literals."""
    if text.count("{") <= text.count("}"):
        return False
    code = _LITERAL.sub("", text) if len(text) < _MAX_CODE_CHARS else text
    return code.count("{") > code.count("}")


def _is_open_call(line: str) -> bool:
    if line.count("(") <= line.count(")") and line.count("[") <= line.count("]"):
        return False
    code = _LITERAL.sub("", line)
    return code.count("(") > code.count(")") or code.count("[") > code.count("]")


def _follows_list(lines: list[str], last: str) -> bool:
    """A bare marker is a cut item where an earlier line has a marker of its kind and text."""
    if not any(character.isdigit() for character in last):
        return any(line.strip().startswith(last + " ") for line in lines[:-1])
    number = "".join(character for character in last if character.isdigit())
    before = str(int(number) - 1)
    heads = tuple(f"{prefix}{before}{mark}" for prefix in ("", "**") for mark in ".)")
    return any(line.strip().startswith(heads) for line in lines[:-1])


def _line_signals(lines: list[str], last: str, prompt: str) -> list[str]:
    """Signals of a last line of prose, a list item or a paragraph."""
    marker = _MARKER.match(last)
    body = last[marker.end() :] if marker is not None else last
    if not body or _is_self_contained(body.split()[-1]) or _ATTRIBUTION.search(body):
        return []
    fragment, has_sentence = _after_last_sentence(body)
    label = _LABEL.match(fragment)
    remainder = label.group(1) if label is not None else fragment
    num_words = _count_words(remainder)
    is_named = _is_title(remainder)
    signals = _end_signals(body, remainder, num_words, lines, prompt)
    if has_sentence and not _is_aside(fragment, is_named=is_named, is_label=label is not None):
        signals.append("sentence_before")
    signals += _peer_signals(lines, num_words, is_item=marker is not None, is_named=is_named)
    if num_words >= _LONG_WORDS and not is_named and not _is_enumeration(remainder):
        signals.append("long_sentence")
    if _is_unclosed(body):
        signals.append("open_bracket")
    elif signals and (body.count('"') % 2 or body.count("**") % 2):
        signals.append("open_quote")
    if signals and "word_piece" not in signals and _is_complete(remainder):
        signals.append("complete_end")
    return signals


def _is_self_contained(token: str) -> bool:
    """Links, tags, handles, numbers, file names and formulas carry no end mark."""
    if _UNSPACED.fullmatch(token[-1]) is not None:
        return False
    return (
        token[0] in "#@＃"
        or token.startswith(("http", "www."))
        or (token[-1] not in ",，、" and any(map(str.isdigit, token)))
        or any(character in token for character in "/\\_=@")
        or not (token[-1].isalpha() or token[-1] in _CONTINUERS or token[-1] in "'’")
    )


def _after_last_sentence(body: str) -> tuple[str, bool]:
    """Return what stands after the last finished sentence of `body`, and whether there is one."""
    start = 0
    for match in _SENTENCE_END.finditer(body):
        stop = match.group()
        if stop[0] in "。！？｡":
            start = match.end()
            continue
        head = body[max(0, match.start() - 8) : match.start() + 3]
        if _ABBREVIATION.search(head) is None:
            start = match.end() - 1
    return body[start:].strip(), start > 0 and _count_words(body[:start]) >= _LISTED_WORDS


def _count_words(text: str) -> int:
    """Words of a script with spaces; two characters count as a word in scripts without."""
    if text.isascii():
        return len(text.split())
    spaced = _UNSPACED.sub("", text)
    return len(spaced.split()) + (len(text) - len(spaced)) // 2


def _is_title(text: str) -> bool:
    """The last and most longer words are capitalised: a title, a name, a signature."""
    tokens = text.split()
    if not tokens or len(text) < 2 or not tokens[-1][0].isupper() or _UNSPACED.search(text):
        return False
    words = [word for word in tokens if len(word) > 3 and word[0].isalpha()]
    if not words:
        return len(tokens) <= 2 and text[0].isupper()
    return sum(word[0].isupper() for word in words) >= 0.7 * len(words)


def _is_enumeration(text: str) -> bool:
    """A list of names or terms: short parts between commas."""
    parts = text.replace("，", ",").replace("、", ",").replace(";", ",").split(",")
    return len(parts) > 2 and _count_words(text) <= _LISTED_WORDS * len(parts)


def _is_aside(fragment: str, *, is_named: bool, is_label: bool) -> bool:
    """What may follow a sentence without a mark: author, signature, tags, options, a label."""
    return (
        not fragment
        or fragment[0] in "-–—―~(（#＃*"
        or is_named
        or is_label
        or _OPTION.search(fragment) is not None
    )


def _end_signals(
    body: str, remainder: str, num_words: int, lines: list[str], prompt: str
) -> list[str]:
    last = body[-1]
    if last in _CONTINUERS:
        if last in "+/\\-–—=" and num_words < _PROSE_WORDS:
            return []
        if len(lines) > 1 and last in ":：" and lines[-2].rstrip()[-1] == last:
            return []
        return ["open_end" if _count_words(body) >= _PROSE_WORDS else "short_open_end"]
    words = [match.group() for match in _WORD.finditer(remainder[-_WORD_CHARS:])]
    if not words:
        return []
    if num_words < 2:
        is_letter = body == words[0] == lines[-1].strip() and len(body) == 1
        return ["word_piece"] if is_letter and _ends_in_mark(lines[-2:-1]) else []
    if _UNSPACED.fullmatch(last) is not None or "\uac00" <= last <= "\ud7a3":
        return ["dangling_word"] if num_words > _LISTED_WORDS and is_dangling_cjk(body) else []
    if len(body.split()) > 1 and body.split()[-2][-1].isdigit() and len(words[-1]) < 3:
        return []
    return word_end_signals(words[-1], "\n".join(lines), prompt)


def _peer_signals(lines: list[str], num_words: int, *, is_item: bool, is_named: bool) -> list[str]:
    """Compare the last line with the lines of its kind before it."""
    if lines[-1].rstrip()[-1] in ":：":
        return []
    num_peers = num_ended = 0
    for line in lines[-40:-1]:
        stripped = line.strip()
        if (_MARKER.match(stripped) is not None) != is_item or stripped[0] == "#":
            continue
        if not is_item and _count_words(stripped) < _PROSE_WORDS:
            continue
        num_peers += 1
        num_ended += stripped[-1] in _TERMINAL or stripped[-1] in ":："
    if num_peers == 0 or num_ended < 0.9 * num_peers:
        return []
    if is_item:
        return ["peers_end" if num_peers > 1 else "peer_ends"]
    if num_words >= _PROSE_WORDS and not is_named:
        return ["paragraphs_end"]
    return [] if is_named else ["fragment_paragraph"]


def _ends_in_mark(lines: list[str]) -> bool:
    return bool(lines) and lines[-1].rstrip()[-1] in _TERMINAL


def _is_unclosed(body: str) -> bool:
    return (
        body.count("(") > body.count(")")
        or body.count("“") > body.count("”")
        or body.count("「") > body.count("」")
        or body.count("«") > body.count("»")
        or body.count("[") > body.count("]")
    )


def _is_complete(text: str) -> bool:
    return text.endswith(_FULL_SENTENCE_CJK)
