"""E-mail addresses in a text, and which of them belong to nobody.

Addresses at domains reserved for examples (RFC 2606), placeholders such as `your.name@...`, robots
and the mailboxes of a function (`info@`, `support@`) are `reserved`: no person's data alone.
"""

from collections.abc import Iterator

from assay.verifiers.patterns import compile_pattern
from assay.verifiers.text_context import Spot, is_in_url

_EMAIL = compile_pattern(
    r"[A-Za-z0-9][A-Za-z0-9._%+'\-]{0,63}@[A-Za-z0-9](?:[A-Za-z0-9\-]*\.)+[A-Za-z]{2,24}"
)
_FILE_ENDINGS = frozenset(
    (
        "png",
        "jpg",
        "jpeg",
        "gif",
        "svg",
        "webp",
        "js",
        "ts",
        "py",
        "css",
        "html",
        "json",
        "md",
        "txt",
    )
)
_RESERVED_DOMAINS = frozenset(
    (
        *("example.com", "example.org", "example.net", "example.edu"),
        *("domain.com", "yourdomain.com", "yourcompany.com", "your-company.com"),
    )
)
_RESERVED_ENDINGS = (
    *(".example", ".test", ".invalid", ".localhost"),
    *(f".{domain}" for domain in sorted(_RESERVED_DOMAINS)),
)
# Local parts, separators removed, that stand for anybody or for a machine.
_PLACEHOLDERS = (
    "user username name you your yourname youremail yourmail youraddress email mail someone "
    "somebody example abc xyz foo bar xxx xxxx firstlast firstnamelastname git noreply "
    "donotreply mailerdaemon"
)
# Mailboxes of a function, not of a person.
_ROLES = (
    "info contact kontakt contacto contatto support help helpdesk service customerservice "
    "customercare customersupport sales press media office admin webmaster postmaster abuse "
    "phishing security privacy legal billing jobs careers hr feedback enquiries inquiries "
    "orders newsletter team hello letters editor event events"
)
# Where anybody may be called info@: no function there.
_FREE_HOSTS = (
    "gmail googlemail yahoo ymail hotmail outlook live msn aol icloud me gmx web protonmail "
    "proton mail qq 163 126 naver hanmail daum seznam libero orange free laposte t-online "
    "ziggo uol terra yandex"
)
_PLACEHOLDER_LOCALS = frozenset(_PLACEHOLDERS.split())
_ROLE_LOCALS = frozenset(_ROLES.split())
_FREE_MAIL = frozenset(_FREE_HOSTS.split())
_SEPARATORS = str.maketrans("", "", "._-+")


def find_mail_addresses(text: str) -> Iterator[Spot]:
    """Addresses in `text`; the key is the address in lower case."""
    if "@" not in text:
        return
    for match in _EMAIL.finditer(text):
        (start, end), address = match.span(), match.group().lower()
        local, domain = address.split("@", 1)
        if domain.rsplit(".", 1)[1] not in _FILE_ENDINGS and not is_in_url(text, start):
            yield Spot(start, end, address, _is_reserved_address(local, domain))


def _is_reserved_address(local: str, domain: str) -> bool:
    plain = local.translate(_SEPARATORS)
    if domain in _RESERVED_DOMAINS or domain.endswith(_RESERVED_ENDINGS):
        return True
    if plain in _PLACEHOLDER_LOCALS:
        return True
    return plain in _ROLE_LOCALS and domain.partition(".")[0] not in _FREE_MAIL
