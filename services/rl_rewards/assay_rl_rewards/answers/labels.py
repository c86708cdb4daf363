"""Labels, lists, sets and mappings as answers: read whole, compared after one folding.

The whole extracted text must be the answer: nothing is searched for inside it, so a right label
amid others earns nothing. Folding takes away what is no part of a label (case, full-width forms,
foreign digits, Markdown and LaTeX dress, outer quotes, a final stop) and never a word.
"""

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

from assay_rl_rewards.answers.digits import fold_digits

MAX_LABEL_CHARS = 2048  # longer answers are not read
_MAX_LAYERS = 8  # of dress around one label
_MAX_BRACKETS = 64  # in a JSON answer: bounds the depth of its parser

_PAIRS = (
    ("**", "**"), ("__", "__"), ("*", "*"), ("_", "_"), ("`", "`"), ("$", "$"), ('"', '"'),
    ("'", "'"), ("“", "”"), ("„", "“"), ("«", "»"), ("「", "」"), ("‘", "’"), ("\\(", "\\)"),
)  # fmt: skip
_COMMANDS = ("\\text{", "\\textbf{", "\\mathrm{", "\\mathbf{", "\\texttt{", "\\mbox{")
_STOPS = ".。!,;"
_BRACKETS = {"[": "]", "(": ")", "{": "}", "<": ">"}
_SEPARATORS = ("\n", ";", "->", "→", "、", ",")  # the first that an answer holds divides it
_LINKS = ("->", "→", ":", "=")  # between a key and its value
_ESCAPES = (("\\{", "{"), ("\\}", "}"), ("\\_", "_"), ("\\ ", " "), ("\\,", " "),
            ("\\\\", "\n"), ("\\rightarrow", "→"), ("\\to", "→"), ("，", ","), ("；", ";"),
            ("：", ":"))  # fmt: skip

_TRUE = (
    "true wahr verdadero vrai verdadeiro vero waar pravda صحيح 真 正しい 참 对 正确 richtig "
    "correct right cierto correto corretto juist spravne"
)
_FALSE = (
    "false falsch falso faux falsche onwaar nepravda خطأ 偽 誤り 거짓 假 错 错误 incorrect wrong "
    "incorrecto incorreto scorretto onjuist nespravne"
)
_YES = "yes ja si oui sim ano نعم はい 예 네 是"
_NO = "no nein non nao nee ne لا いいえ 아니요 아니오 否"

Scalars: TypeAlias = tuple[str, ...]


def fold_label(text: str) -> str:
    """Return `text` as labels are compared: without dress, case and width, blanks made one."""
    return " ".join(undress(fold_digits(text)).casefold().split())


def undress(text: str) -> str:
    """Return `text` without the quotes, marks and LaTeX commands around it and a final stop."""
    for _ in range(_MAX_LAYERS):
        bare = _without_layer(text.strip())
        if bare == text:
            break
        text = bare
    return text.strip()


def _without_layer(text: str) -> str:
    for opening, closing in _PAIRS:
        if len(text) > len(opening + closing) and text.startswith(opening):
            inner = text[len(opening) : -len(closing)]
            if text.endswith(closing) and closing not in inner:
                return inner
    if text.startswith("\\") and text.endswith("}") and text.count("{") == 1:
        command = next((c for c in _COMMANDS if text.startswith(c)), None)
        if command is not None:
            return text[len(command) : -1]
    return text.rstrip(_STOPS) or text


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if ord(c) not in _ACCENTS))


_ACCENTS = range(0x0300, 0x0370)  # marks of the Latin script
BoolWords: TypeAlias = Literal["true_false", "yes_no"]
_BOOLS: Mapping[BoolWords, Mapping[str, bool]] = {
    "true_false": {**dict.fromkeys(_TRUE.split(), True), **dict.fromkeys(_FALSE.split(), False)},
    "yes_no": {**dict.fromkeys(_YES.split(), True), **dict.fromkeys(_NO.split(), False)},
}


def read_bool(text: str, words: BoolWords) -> bool | None:
    """The truth value that `text` is a word for, in one of the twelve languages, or None."""
    return _BOOLS[words].get(_without_accents(fold_label(text)))


def read_whole(text: str) -> int | None:
    """The whole number that `text` is, digits of any script, thousands in groups; or None."""
    folded = fold_label(text).replace(" ", ",")
    sign = -1 if folded.startswith("-") else 1
    groups = folded.removeprefix("-").removeprefix("+").split(",")
    digits = "".join(groups)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 40):
        return None
    is_grouped = 1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
    return sign * int(digits) if len(groups) == 1 or is_grouped else None


def read_items(text: str) -> Scalars | None:
    """The folded labels of a list: JSON, or divided by one kind of separator; or None.

    Lines may carry numbers or bullets. One item alone is a list; an empty item is none.
    """
    plain = undress(_unescaped(text))
    if plain.startswith('["'):
        return _json_items(plain)
    plain = _without_brackets(plain)
    separator = next((s for s in _SEPARATORS if s in plain), None)
    parts = plain.split(separator) if separator else [plain]
    if separator == "\n":
        parts = [_without_bullet(part) for part in parts if part.strip()]
    return _folded_all(parts)


def read_set(text: str) -> frozenset[str] | None:
    """The folded labels of a set, None where one comes twice; `{}`, `[]` and ∅ are empty."""
    if "".join(_unescaped(text).split()) in ("{}", "[]", "∅", "\\emptyset"):
        return frozenset()
    items = read_items(text)
    if items is None or len(set(items)) != len(items):
        return None
    return frozenset(items)


def read_mapping(text: str) -> Mapping[str, str] | None:
    """Folded keys with folded values: a JSON object, or `key: value` lines or list; or None."""
    plain = undress(_unescaped(text))
    if plain.startswith('{"'):
        return _json_pairs(plain)
    plain = _without_brackets(plain)
    separator = next((s for s in ("\n", ";", ",", "、") if s in plain), None)
    found: dict[str, str] = {}
    for part in plain.split(separator) if separator else [plain]:
        if not part.strip():
            continue
        pair = _linked(_without_bullet(part) if separator == "\n" else part)
        if pair is None or pair[0] in found:
            return None
        found[pair[0]] = pair[1]
    return found or None


def fold_all(labels: Iterable[str]) -> Scalars:
    """Fold each label."""
    return tuple(fold_label(label) for label in labels)


def _folded_all(parts: Sequence[str]) -> Scalars | None:
    folded = fold_all(parts)
    return folded if folded and all(folded) else None


def _linked(part: str) -> tuple[str, str] | None:
    link = next((mark for mark in _LINKS if mark in part), None)
    if link is None:
        return None
    key, _, value = part.partition(link)
    folded = fold_label(key), fold_label(value)
    return folded if all(folded) else None


def _unescaped(text: str) -> str:
    for written, meant in _ESCAPES:
        text = text.replace(written, meant)
    return text


def _without_brackets(text: str) -> str:
    if len(text) > 1 and _BRACKETS.get(text[0]) == text[-1]:
        return text[1:-1].strip()
    return text


def _without_bullet(line: str) -> str:
    line = line.strip()
    for bullet in ("- ", "* ", "• "):
        if line.startswith(bullet):
            return line[2:]
    number, dot, rest = line.partition(". ")
    if not dot:
        number, dot, rest = line.partition(") ")
    return rest if dot and len(number) <= 3 and number.isdecimal() else line


def _json_items(text: str) -> Scalars | None:
    value = read_json(text)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        return None
    return _folded_all(value)


def _json_pairs(text: str) -> Mapping[str, str] | None:
    value = read_json(text)
    if not isinstance(value, dict):
        return None
    pairs = {fold_label(k): fold_label(v) for k, v in value.items() if isinstance(v, str)}
    return pairs if len(pairs) == len(value) and all(pairs) and all(pairs.values()) else None


def read_json(text: str) -> object:
    """A JSON value whose scalars are all texts; None where it is not JSON or holds a key twice."""
    if text.count("[") + text.count("{") > _MAX_BRACKETS:
        return None
    as_text: Callable[[str], str] = str
    try:
        value: object = json.loads(
            text,
            parse_int=as_text,
            parse_float=as_text,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique_pairs,
        )
    except ValueError:
        return None
    return _with_text_bools(value)


def _with_text_bools(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return [_with_text_bools(item) for item in value]
    if isinstance(value, dict):
        return {key: _with_text_bools(item) for key, item in value.items()}
    return value


def _refuse_constant(name: str) -> object:
    raise ValueError("no JSON constant")


def _unique_pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key comes twice")
    return found
