"""Public IP addresses in a text: those that lead to somebody's machine.

Private, loopback, documentation and multicast addresses lead nowhere and are no data; neither are
networks (`/24`), the well-known public resolvers, and version or outline numbers.
"""

from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_address

from assay.verifiers.patterns import compile_pattern
from assay.verifiers.text_context import Spot, has_keyword_before, stands_alone

_IPV4 = compile_pattern(r"\d{1,3}(?:\.\d{1,3}){3}")
_IPV6 = compile_pattern(r"[23][0-9a-fA-F]{3}(?::[0-9a-fA-F]{0,4}){2,7}")
_VERSION_WORD = compile_pattern(
    r"(?i)(?:version|\bv|\bver\.?|release|firmware|build|section|chapter|kapitel|cap[ií]tulo|§|版本|バージョン|버전)[\s:]*$"
)
_IP_WORD = compile_pattern(
    r"(?i)\b(?:ip|ipv4|address|server|host|adresse|direcci[oó]n)\b|地址|アドレス|주소|عنوان"
)
_PUBLIC_RESOLVERS = frozenset(
    (
        *("8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "149.112.112.112", "4.2.2.2"),
        *("208.67.222.222", "208.67.220.220", "114.114.114.114", "223.5.5.5"),
        *("2001:4860:4860::8888", "2001:4860:4860::8844", "2606:4700:4700::1111"),
    )
)


def find_ip_addresses(text: str) -> Iterator[Spot]:
    """Public addresses in `text`, version 4 before version 6."""
    for match in _IPV4.finditer(text):
        (start, end), written = match.span(), match.group()
        if stands_alone(text, start, end) and _is_public_ipv4(text, start, end, written):
            yield Spot(start, end, written, reserved=False)
    for match in _IPV6.finditer(text):
        (start, end), written = match.span(), match.group()
        if stands_alone(text, start, end) and _is_global(written):
            yield Spot(start, end, written.lower(), reserved=False)


def _is_public_ipv4(text: str, start: int, end: int, written: str) -> bool:
    if not _is_global(written) or text.startswith("/", end) or _follows_version_word(text, start):
        return False
    # Four small numbers are an outline or a version more often than an address.
    small = all(int(part) <= 30 for part in written.split("."))
    return not small or has_keyword_before(text, start, _IP_WORD)


@lru_cache(maxsize=1024)
def _is_global(written: str) -> bool:
    try:
        address = ip_address(written)
    except ValueError:
        return False
    public = address.is_global and not address.is_multicast
    return public and written.lower() not in _PUBLIC_RESOLVERS


def _follows_version_word(text: str, start: int) -> bool:
    lead = text[max(0, start - 3) : start].rstrip(" :")
    if not lead or not (lead[-1].isalpha() or lead[-1] in "§."):
        return False
    return has_keyword_before(text, start, _VERSION_WORD)
