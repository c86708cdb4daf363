"""Personal data in a text: e-mail addresses, phone and bank numbers, cards, identity numbers, IPs.

A datum counts only where its form proves it: a check digit, a numbering plan, a public address, or
a word beside it that says what it is. Dates, sums, versions, order numbers, ISBNs and numbers in
URLs stay. What is reserved for examples (example.com, 555-01xx, 192.0.2.0/24, published test cards)
is marked `reserved`. A company's public contact cannot be told from a person's.

Invariant: spans are in order, do not overlap, and are valid in the text as given.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from assay.verifiers import checksums
from assay.verifiers.ip_addresses import find_ip_addresses
from assay.verifiers.mail_addresses import find_mail_addresses
from assay.verifiers.patterns import Match, compile_pattern
from assay.verifiers.phone_numbers import find_phone_numbers
from assay.verifiers.text_context import (
    Spot,
    has_keyword_before,
    is_in_sum,
    is_in_url,
    is_sequence,
    stands_alone,
)

_SCREEN = compile_pattern(
    r"\d(?:[ ().\-/]{0,2}\d){6}|\d\.\d{1,3}\.\d{1,3}\.\d|[23][0-9a-fA-F]{3}:[0-9a-fA-F:]{4}"
    r"|[A-Z]{6}\d\d[A-Z]\d\d[A-Z]"
)
_FOREIGN_DIGITS = str.maketrans(
    "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹０１２３４５６７８９＋－＠‐‑", "012345678901234567890123456789+-@--"
)
_FOREIGN = compile_pattern("[٠-٩۰-۹０-９＋－＠‐‑]")
_LONG_RUN = compile_pattern(r"\d{36,}")  # longer than any identifier
_IBAN = compile_pattern(r"[A-Z]{2}\d{2}(?:[ \-]?[A-Z0-9]{1,4}){3,8}")
_CARD = compile_pattern(
    r"\d{4}(?:[ \-]\d{4}){3}(?:[ \-]\d{1,3})?|3\d{3}[ \-]\d{6}[ \-]\d{4,5}|\d{13,19}"
)
_SSN = compile_pattern(r"\d{3}[\- ]\d{2}[\- ]\d{4}|\d{9}")
_SSN_WORD = compile_pattern(r"(?i)\bssn\b|social[ -]security")
_TEST_NUMBERS = frozenset(
    (
        *("4111111111111111", "4242424242424242", "5555555555554444", "378282246310005"),
        *("4012888888881881", "5105105105105100", "6011111111111117", "371449635398431"),
        *("30569309025904", "3530111333300000", "4000056655665556", "6011000990139424"),
        *("078051120", "219099999", "GB82WEST12345698765432", "DE89370400440532013000"),
        *("GB29NWBK60161331926819", "FR1420041010050500013M02606", "ES9121000418450200051332"),
        *("NL91ABNA0417164300", "12345678Z", "12345678909", "11010519491231002X"),
    )
)


@dataclass(frozen=True, slots=True)
class Datum:
    """One personal datum. `kind` is also the placeholder's word; `key` compares spellings.

    `reserved`: made for examples, or a mailbox of a function (info@, support@), not of a person.
    """

    kind: str
    start: int
    end: int
    key: str
    reserved: bool


@dataclass(frozen=True, slots=True)
class _NumberForm:
    """An identity number: how it is written, what proves it, the word it needs beside it."""

    pattern: str
    proves: Callable[[str], bool]
    word: str = ""


_NUMBER_FORMS = (
    _NumberForm(r"\d{8}-?[A-Z]|[XYZ]-?\d{7}-?[A-Z]", checksums.is_spanish_id),
    _NumberForm(r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]", checksums.is_italian_tax_code),
    _NumberForm(r"\d{3}\.\d{3}\.\d{3}-\d{2}", checksums.is_cpf),
    _NumberForm(r"\d{11}", checksums.is_cpf, r"\bcpf\b"),
    _NumberForm(r"[1-9]\d{5}(?:19|20)\d{9}[\dXx]", checksums.is_resident_id),
    _NumberForm(
        r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-[1-8]\d{6}",
        checksums.is_resident_registration,
    ),
    _NumberForm(
        r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-[1-8]\d{6}",
        lambda digits: True,
        "주민(?:등록)?번호",
    ),
    _NumberForm(r"[12](?: \d{2}){3}(?: \d{3}){2} \d{2}", checksums.is_french_social_security),
    _NumberForm(
        r"[12]\d{4}(?:\d{2}|2[AB])\d{8}",
        checksums.is_french_social_security,
        r"s[eé]curit[eé] sociale|\bnir\b",
    ),
    _NumberForm(
        r"\d{9}|\d{4}\.\d{2}\.\d{3}", checksums.is_bsn, r"\bbsn\b|burgerservice|sofinummer"
    ),
    _NumberForm(
        r"\d{4}[ -]?\d{4}[ -]?\d{4}", checksums.is_my_number, "マイナンバー|個人番号|\\bmy number"
    ),
    _NumberForm(
        r"\d{6}/?\d{3,4}", checksums.is_birth_number, r"rodn\S{1,3} [cč][ií]sl|\br\. ?[cč]\."
    ),
    _NumberForm(
        r"\d{2} ?\d{3} ?\d{3} ?\d{3}",
        checksums.is_steuer_id,
        r"steuer-?id|identifikationsnummer|\bidnr",
    ),
)
_COMPILED_FORMS = tuple(
    (compile_pattern(form.pattern), compile_pattern(form.word or "$^", ignore_case=True), form)
    for form in _NUMBER_FORMS
)


def may_hold_personal_data(text: str) -> bool:
    """A cheap test that lets most texts pass without a closer look."""
    plain = _plain_digits(text)
    return "@" in plain or (_has_digit(plain) and _SCREEN.search(plain) is not None)


def find_personal_data(text: str) -> tuple[Datum, ...]:
    """All personal data in `text`, in order."""
    if not may_hold_personal_data(text):
        return ()
    rest = _LONG_RUN.sub(_cover, _plain_digits(text))
    found: list[Datum] = []
    for kind, finder in _FINDERS:
        data = _without_overlaps(kind, finder(rest))
        if data:
            found.extend(data)
            rest = _blank(rest, data)
    return tuple(sorted(found, key=lambda datum: datum.start))


def number_keys(text: str) -> frozenset[str]:
    """The keys of all that `text` gives: addresses in lower case, digits without separators."""
    plain = _plain_digits(text)
    keys = {_digits(match.group()) for match in _DIGIT_RUN.finditer(plain)}
    keys.update(datum.key for datum in find_personal_data(text))
    return frozenset(keys)


_DIGIT_RUN = compile_pattern(r"\d(?:[ ().\-/]{0,2}\d){6,24}")


def _has_digit(text: str) -> bool:
    return (
        "1" in text or "2" in text or "0" in text or "3" in text or "5" in text or "4" in text
        or "8" in text or "6" in text or "7" in text or "9" in text
    )  # fmt: skip


def _plain_digits(text: str) -> str:
    if text.isascii() or _FOREIGN.search(text) is None:
        return text
    return text.translate(_FOREIGN_DIGITS)


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _ibans(text: str) -> Iterator[Spot]:
    for match in _IBAN.finditer(text):
        length = checksums.IBAN_LENGTHS.get(match.group()[:2])
        if length is None:
            continue
        compact, end = _take(match, length)
        if checksums.is_iban(compact) and stands_alone(text, match.start(), end):
            yield Spot(match.start(), end, compact, compact in _TEST_NUMBERS)


def _take(match: Match, length: int) -> tuple[str, int]:
    """The first `length` letters and digits of a match, and where they end."""
    compact = ""
    for offset, character in enumerate(match.group()):
        if character.isalnum():
            compact += character
            if len(compact) == length:
                return compact, match.start() + offset + 1
    return compact, match.end()


def _cards(text: str) -> Iterator[Spot]:
    for match in _CARD.finditer(text):
        digits = _digits(match.group())
        if text[max(0, match.start() - 1) : match.start()] in (",", "."):
            continue  # the fraction of a decimal number
        if (
            stands_alone(text, match.start(), match.end())
            and checksums.is_card_number(digits)
            and not is_in_sum(text, match.start(), match.end())
            and not is_in_url(text, match.start())
        ):
            yield _number(match, digits)


def _identity_numbers(text: str) -> Iterator[Spot]:
    for pattern, word, form in _COMPILED_FORMS:
        for match in pattern.finditer(text):
            compact = "".join(c for c in match.group() if c.isalnum())
            if (
                stands_alone(text, match.start(), match.end())
                and form.proves(compact)
                and (not form.word or has_keyword_before(text, match.start(), word))
                and not is_in_url(text, match.start())
            ):
                yield _number(match, compact)


def _ssns(text: str) -> Iterator[Spot]:
    for match in _SSN.finditer(text):
        digits = _digits(match.group())
        if (
            checksums.is_social_security_number(digits)
            and stands_alone(text, match.start(), match.end())
            and not is_in_sum(text, match.start(), match.end())
            and not is_in_url(text, match.start())
            and ("-" in match.group() or has_keyword_before(text, match.start(), _SSN_WORD))
        ):
            yield _number(match, digits)


def _cover(match: Match) -> str:
    return ";" * len(match.group())


def _number(match: Match, key: str) -> Spot:
    reserved = key in _TEST_NUMBERS or is_sequence(key)
    return Spot(match.start(), match.end(), key, reserved)


def _without_overlaps(kind: str, spots: Iterable[Spot]) -> list[Datum]:
    kept: list[Datum] = []
    for spot in sorted(spots, key=lambda spot: (spot.start, -spot.end)):
        if not kept or spot.start >= kept[-1].end:
            kept.append(Datum(kind, spot.start, spot.end, spot.key, spot.reserved))
    return kept


def _blank(text: str, data: list[Datum]) -> str:
    parts: list[str] = []
    position = 0
    for datum in data:
        parts.append(text[position : datum.start])
        parts.append(";" * (datum.end - datum.start))
        position = datum.end
    parts.append(text[position:])
    return "".join(parts)


# The order decides where forms overlap: what carries more proof comes first.
_FINDERS: tuple[tuple[str, Callable[[str], Iterator[Spot]]], ...] = (
    ("EMAIL", find_mail_addresses),
    ("IBAN", _ibans),
    ("CARD", _cards),
    ("NATIONAL_ID", _identity_numbers),
    ("SSN", _ssns),
    ("IP", find_ip_addresses),
    ("PHONE", find_phone_numbers),
)
