"""Phone numbers in the ways that twelve languages write them.

A number is taken for a phone number where its grouping belongs to a numbering plan ("+49 30 ...",
"(415) 555-2671", "06 12 34 56 78", "090-1234-5678"), or where a word beside it says so. Toll-free
and shared-cost numbers belong to organisations and are left alone; numbers that the plans reserve
for fiction, and counting sequences, are `reserved`.
"""

from collections.abc import Iterator

from assay.verifiers.patterns import Match, compile_pattern
from assay.verifiers.text_context import (
    Spot,
    has_keyword_before,
    is_in_sum,
    is_in_url,
    is_sequence,
    stands_alone,
)

_MIN_DIGITS, _MAX_DIGITS = 7, 15  # ITU-T E.164

_INTERNATIONAL = compile_pattern(r"\+[1-9]\d{0,2}(?:[ .\-]?\(\d{1,5}\))?(?:[ .\-/]?\d{1,12}){1,6}")
_NATIONAL = compile_pattern(
    r"(?:1[ .\-])?\(\d{3}\) ?\d{3}[ .\-]\d{4}"  # North America, with parentheses
    r"|(?:1[ .\-])?[2-9]\d{2}[.\-][2-9]\d{2}[.\-]\d{4}"
    r"|0[1-9](?:[ .\-]\d{2}){4}"  # France
    r"|\(0?\d{2}\) ?9?\d{4}[ \-]\d{4}"  # Brazil, Australia
    r"|0\d{1,3}-\d{3,4}-\d{4}"  # Japan, Korea
    r"|0\d{1,4}[\-/] ?\d{6,9}"  # Netherlands, Germany, China
    r"|0\d{2,4} \d{3,4} \d{3,4}"  # United Kingdom, Germany
    r"|04\d{2} \d{3} \d{3}"  # Australia
    r"|1[3-9]\d[ \-]\d{4}[ \-]\d{4}"  # China
)
_LABELLED = compile_pattern(
    r"(?i)(?:\b(?:(?:tele)?phone|tel|mobile|cell(?:phone)?|fax|whatsapp|handy|telefon\w*|mobil\w*"
    r"|rufnummer|t[eé]l[eé]phone|t[eé]l|portable|tel[eé]fonos?|m[oó]vil|celular|telem[oó]vel"
    r"|telefones?|cellulare|telefono|telefoonnummer|telefoon|mobiel|dial|sms"
    r"|call(?: them| us| me| him| her)?|(?:text|reach|ring)(?: me| us| them))\b"
    r"|電話|携帯|电话|手机|座机|联系方式|전화|휴대폰|연락처|핸드폰|(?:هاتف|جوال|موبايل|واتساب)\pL{0,4})"
    r"[\s:.*_=()\[\]#°º\-]{0,4}"
    r"(?:(?:numbers?|no|nr|num|is|at|on|us|me|them|now|today|up|lautet|ist|unter|n[uú]mero|es|al"
    r"|est|au|le|num[eé]ro|[eéè]|di telefono|il|op|je|[cč][ií]slo|n)[\s:.*_°º]{1,3}){0,4}"
    r"(?:(?:番号|号码|号|번호|رقمي?|是|は|为|는|은|를|로|على|هو)[\s:.*_：，،]{0,4}){0,3}[\s:：]{0,2}"
    r"((?:\+|00)?\(?\d[\d ().\-/]{4,20}\d)"
)
_STRONG_FORM = compile_pattern(r"^(?:\+|0|\(|1[3-9]\d{9}$)|[ .\-/)]")
_NOT_A_PHONE = compile_pattern(
    r"^(?:1[5-9]|20)\d\d\D+(?:1[5-9]|20)\d\d$|^\d{4}-\d\d?-\d\d?(?:\D|$)"
    r"|^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}$|^\d{1,3}(?:\.\d{1,3}){3}$"
    r"|^\d+\.\d+$|^\d{1,3}(?:[ .]000)+$"
)
_TOLL_FREE = compile_pattern(
    r"^(?:\+?1)?(?:800|888|877|866|855|844|833|822)\d{7}$|^(?:0800|0808|0300|0330|0345|0180|0900|0120|0570|1300|1800|400\d{7}$|95\d{3}$)"
    r"|^\+?(?:49|44|33|31|34|39|41|43|61|81)0?800"
)
_FICTIONAL = compile_pattern(
    r"55501\d\d$|^(?:44)?0?(?:7700900|1632960|2079460)\d{3}$|^(?:33)?0?(?:19900|63998)\d+$"
)
_OTHER_LABEL = compile_pattern(
    r"(?i)\b(?:order|invoice|tracking|case|ref(?:erence)?|isbn(?:-1[03])?|issn|ticket|serial|model|part|item|sku|doi|patent"
    r"|bestell\w*|rechnung\w*|pedido|factura|commande|facture|ordine|fattura|encomenda|fatura|objedn[aá]vk\w*|bestelling"
    r"|version|id)\b[\s:.#№°]*(?:(?:number|no|nr|code|id|is|n[uú]mero|num[eé]ro|numero|nummer|[cč][ií]slo)\b[\s:.#№°]*){0,3}$"
    r"|(?:订单|注文|주문|발주|طلب|單號|单号)\S{0,4}[\s:：]*$"
)


def find_phone_numbers(text: str) -> Iterator[Spot]:
    """Phone numbers in `text`, by form first, then by label; spans may overlap."""
    for match in _INTERNATIONAL.finditer(text):
        if _is_free(text, match.start(), match.end()):
            yield from _as_phone(match, 0)
    for match in _NATIONAL.finditer(text):
        start, end = match.span()
        if _is_free(text, start, end) and not _is_in_row(text, start, end):
            yield from _as_phone(match, 0)
    for match in _LABELLED.finditer(text):
        number = match.group(1)
        formed = _STRONG_FORM.search(number) is not None or len(_digits(number)) in (9, 10, 11)
        if formed and _is_free(text, match.start(1), match.end(1)):
            yield from _as_phone(match, 1)


def _as_phone(match: Match, group: int) -> Iterator[Spot]:
    written = match.group(group)
    digits = _digits(written)
    if not _MIN_DIGITS <= len(digits) <= _MAX_DIGITS or _NOT_A_PHONE.search(written):
        return
    if _TOLL_FREE.search(digits) or (written[0] == "+" and len(digits) < _MIN_DIGITS + 1):
        return
    reserved = _FICTIONAL.search(digits) is not None or _counts(digits)
    yield Spot(match.start(group), match.end(group), digits, reserved)


def _is_free(text: str, start: int, end: int) -> bool:
    if not stands_alone(text, start, end) or is_in_url(text, start):
        return False
    return not is_in_sum(text, start, end) and not has_keyword_before(text, start, _OTHER_LABEL)


def _is_in_row(text: str, start: int, end: int) -> bool:
    """Whether space-grouped digits go on before or after: a row of numbers, no phone number."""
    if any(joint in text[start:end] for joint in "(-./"):
        return False
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    return (before[1:] == " " and before[0].isdigit()) or (after[:1] == " " and after[1:].isdigit())


def _counts(digits: str) -> bool:
    return any(is_sequence(digits[-length:]) for length in (7, 8, 9, 10) if length <= len(digits))


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())
