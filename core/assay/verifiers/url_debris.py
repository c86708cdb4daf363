"""What a browsing tool or a share button leaves in a text: tracking, signatures, dead markers.

Tracking parameters and expired signatures are cut out of a URL and the rest is kept byte for byte;
citation markers of other products' tools and paths into their sandboxes are removed, with the label
of a link kept. Nothing outside the found spans changes.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from assay.verifiers.patterns import Match, compile_pattern

_SCREEN = compile_pattern(
    r"https?://[^\s]*[?&]|sandbox:/|file:///|【|oaicite|turn\d+[a-z]+\d|[\x{E200}-\x{E206}]|\[\^\d+\^\]"
)
_URL = compile_pattern(r"https?://[^\s<>\"'`\\^{}|【】「」（），。；！？、]+")
_TRACKING = compile_pattern(
    r"(?i)^(?:utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|mc_[ce]id|_hsenc|_hsmi|mkt_tok"
    r"|vero_id|oly_(?:anon|enc)_id|srsltid|ref_src|ref_url|spm|scm|share_token|si_source)$"
)
_SIGNED = compile_pattern(
    r"(?i)^(?:x-(?:amz|goog)-(?:algorithm|credential|date|expires|signature|signedheaders|security-token)|awsaccesskeyid"
    r"|googleaccessid|key-pair-id|policy|signature|expires|sig|se|sp|sv|sr|st|spr|skoid|sktid|skt|ske|sks|skv)$"
)
# A parameter that alone proves a signed URL; `se`, `sp`, `expires` mean other things elsewhere.
_SIGNATURE = compile_pattern(r"(?i)[?&](?:x-(?:amz|goog)-signature|signature|sig)=[^&#]{16}")
_LINK = compile_pattern(
    r"!?\[([^\]\n]{0,300})\]\((?:sandbox:|file:///)[^)\s]{0,500}(?:\s+\"[^\"\n]{0,200}\")?\)"
)
_SANDBOX = compile_pattern(r"sandbox:/[^\s)\]>\"'，。]*")
_LOCAL_FILE = compile_pattern(
    r"file:///(?:[A-Za-z](?::|%3A)/)?(?:Users|home|tmp|var|private|mnt|root|Documents)[^\s)\]>\"'，。]*"
)
_MARKER = compile_pattern(
    r"[\x{E200}-\x{E206}][a-z_]*(?:[\x{E200}-\x{E206}]*(?:turn\d+[a-z]+\d+"
    r"|[\x{E200}-\x{E206}]))+"  # private use
    r"|\bcite(?:turn\d+[a-z]+\d+)+|\bturn\d+(?:search|view|news|fetch|file|image|academia|forecast|finance|sports)\d+\b"
    r"|【\d+(?::\d+)?†[^】\n]{0,200}】|\[\d+(?::\d+)?†[^\]\n]{0,200}\]"
    r"|:?(?:contentReference)?\[oaicite:\s?\d+\](?:\{index=\d+\})?"
    r"|\[\^\d+\^\](?:\[\d+\])?"
)
_TIGHT = frozenset(".,;:!?)]。，；：！？、\n")
_TRAILING = ".,;:!?)]*_"


@dataclass(frozen=True, slots=True)
class Debris:
    """A span to be replaced by `after`."""

    kind: str
    start: int
    end: int
    after: str


def find_url_debris(text: str) -> tuple[Debris, ...]:
    """Debris in `text` (prose), in order, without overlaps."""
    if not _may_hold_debris(text):
        return ()
    found = [*_links(text), *_paths(text), *_markers(text), *_urls(text)]
    kept: list[Debris] = []
    for debris in sorted(found, key=lambda debris: (debris.start, -debris.end)):
        if not kept or debris.start >= kept[-1].end:
            kept.append(debris)
    return tuple(kept)


def clean_url(url: str) -> str:
    """`url` without tracking parameters, and without the signature where it carries one."""
    head, mark, tail = url.partition("?")
    if not mark:
        return url
    query, hash_mark, fragment = tail.partition("#")
    is_signed = _SIGNATURE.search(url) is not None
    pairs = query.split("&")
    kept = [pair for pair in pairs if not _is_dropped(pair.partition("=")[0], is_signed=is_signed)]
    if len(kept) == len(pairs):
        return url
    return head + ("?" + "&".join(kept) if kept else "") + hash_mark + fragment


def _may_hold_debris(text: str) -> bool:
    hint = (
        "http" in text or ":/" in text or "turn" in text or "【" in text or "[" in text
        or "\ue200" in text or "\ue201" in text or "\ue202" in text
    )  # fmt: skip
    return hint and _SCREEN.search(text) is not None


def _is_dropped(name: str, *, is_signed: bool) -> bool:
    plain = name.removeprefix("amp;")
    if _TRACKING.search(plain):
        return True
    return is_signed and _SIGNED.search(plain) is not None


def _urls(text: str) -> Iterator[Debris]:
    for match in _URL.finditer(text):
        url = match.group().rstrip(_TRAILING)
        cleaned = clean_url(url)
        if cleaned != url:
            kind = "tracking or signature in a URL"
            yield Debris(kind, match.start(), match.start() + len(url), cleaned)


def _links(text: str) -> Iterator[Debris]:
    for match in _LINK.finditer(text):
        yield Debris("link into a sandbox", match.start(), match.end(), match.group(1))


def _paths(text: str) -> Iterator[Debris]:
    for pattern in (_SANDBOX, _LOCAL_FILE):
        for match in pattern.finditer(text):
            path = match.group().rstrip(_TRAILING)
            name = path.rstrip("/").rsplit("/", 1)[-1]
            yield Debris("local path", match.start(), match.start() + len(path), name)


def _markers(text: str) -> Iterator[Debris]:
    for match in _MARKER.finditer(text):
        yield Debris("citation marker", _start_with_space(text, match), match.end(), "")


def _start_with_space(text: str, match: Match) -> int:
    """The start of a marker, taking in the space before it that nothing needs any more."""
    start = match.start()
    following = text[match.end() : match.end() + 1]
    if (
        start
        and text[start - 1] == " "
        and (not following or following in _TIGHT or following == " ")
    ):
        return start - 1
    return start
