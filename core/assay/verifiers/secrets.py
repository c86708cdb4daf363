"""Credentials in a text: keys whose form gives them away, and assigned values that look random.

Issuers mark their keys with a prefix and a length; those patterns are theirs. What is assigned to a
name such as `password` or `api_key` counts only with at least 20 characters and 4 bits of entropy a
character. Placeholders, documented example keys, UUIDs, checksums and references to the environment
are no secrets. A finding never carries the secret: only its type, its first characters, its length.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from assay.verifiers.patterns import Match, compile_pattern

MIN_ENTROPY_BITS = 4.0  # per character, assigned values only
MIN_ASSIGNED_LENGTH = 20
_SHOWN = 4
_WORD = r"[A-Za-z0-9_\-]"

# name, prefixes that must occur for the pattern to be tried, pattern (group 1: the secret)
_FORMS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("AWS access key", ("AKIA", "ASIA"), r"\b((?:AKIA|ASIA)[A-Z2-7]{16})\b"),
    (
        "AWS secret key",
        ("aws", "AWS"),
        r"(?i:aws.{0,20}?secret.{0,24}?)[=:\s\"']{1,6}([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)",
    ),
    (
        "GitHub token",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
        r"\b(gh[pousr]_[A-Za-z0-9]{36,251})\b",
    ),
    ("GitHub token", ("github_pat_",), r"\b(github_pat_[A-Za-z0-9_]{60,251})\b"),
    ("Hugging Face token", ("hf_", "api_org_"), r"\b((?:hf|api_org)_[A-Za-z0-9]{30,60})\b"),
    ("Anthropic key", ("sk-ant-",), r"\b(sk-ant-[A-Za-z0-9_\-]{24,200})"),
    ("OpenAI key", ("sk-",), r"\b(sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_\-]{20,200})"),
    ("Slack token", ("xox",), r"\b(xox[abeoprs]-[A-Za-z0-9\-]{10,250})"),
    (
        "Slack webhook",
        ("hooks.slack.com",),
        r"(hooks\.slack\.com/services/T[A-Z0-9]{6,12}/B[A-Z0-9]{6,12}/[A-Za-z0-9]{20,30})",
    ),
    ("Google API key", ("AIza",), r"\b(AIza[A-Za-z0-9_\-]{35})"),
    ("Google OAuth secret", ("GOCSPX-",), r"\b(GOCSPX-[A-Za-z0-9_\-]{28})"),
    ("Stripe key", ("k_live_", "whsec_"), r"\b((?:[sr]k_live_|whsec_)[A-Za-z0-9]{20,247})\b"),
    ("npm token", ("npm_",), r"\b(npm_[A-Za-z0-9]{36})\b"),
    ("PyPI token", ("pypi-",), r"\b(pypi-[A-Za-z0-9_\-]{50,250})"),
    ("GitLab token", ("glpat-",), r"\b(glpat-[A-Za-z0-9_\-]{20,64})"),
    ("Twilio key", ("SK", "AC"), r"\b((?:SK|AC)[0-9a-f]{32})\b"),
    ("SendGrid key", ("SG.",), r"\b(SG\.[A-Za-z0-9_\-]{16,32}\.[A-Za-z0-9_\-]{16,64})"),
    ("Telegram bot token", (":AA",), r"\b([0-9]{8,10}:AA[A-Za-z0-9_\-]{33})"),
    ("DigitalOcean token", ("dop_v1_",), r"\b(dop_v1_[a-f0-9]{64})\b"),
    (
        "private key",
        ("PRIVATE KEY",),
        r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----"
        r"\s*((?:[A-Za-z\-]+: [^\n]*\s*)*[A-Za-z0-9+/=\\rn\s]{64,})",
    ),
    (
        "JSON web token",
        ("eyJ",),
        r"\b(eyJ[A-Za-z0-9_\-]{10,}\.eyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]{16,})",
    ),
    ("Azure storage key", ("AccountKey=",), r"AccountKey=([A-Za-z0-9+/]{86}==)"),
    (
        "password in a URL",
        ("://",),
        r"\b[a-z][a-z0-9+.\-]{1,20}://[^\s/:@\"'<>]{1,64}:([^\s/:@\"'<>{}$]{8,128})@[A-Za-z0-9]",
    ),
)
_COMPILED = tuple((kind, prefixes, compile_pattern(pattern)) for kind, prefixes, pattern in _FORMS)
_ASSIGNED = compile_pattern(
    r"(?i)(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[_\- ]?key|access[_\- ]?key"
    r"|auth[_\- ]?key|private[_\- ]?key"
    r"|client[_\- ]?secret|credential|bearer|passwort|kennwort|contrase[nñ]a|mot de passe|senha"
    r"|wachtwoord|heslo"
    r"|密码|密钥|パスワード|비밀번호)(?:[_\-][\w\-]{0,18}|key|value|\d{1,2})?[\"'`\]]{0,2}\s*(?:[:=]{1,2}>?|is|lautet|es|est|是)\s*[\"'`]?"
    r"([A-Za-z0-9+/=_\-.~!@#$%^*]{20,256})"
)
_ASSIGNED_WORDS = (
    *("pass", "pwd", "secret", "token", "key", "credential", "bearer", "kennwort", "contrase"),
    *("senha", "wachtwoord", "heslo", "密", "パスワード", "비밀번호"),
)
# Prose has no run of twenty such characters: most texts end here.
_SCREEN = compile_pattern(r"[A-Za-z0-9+/=_\-.~!@#$%^&*]{20}|PRIVATE KEY|://[^\s/@]+:[^\s/@]+@")
_MARKER = compile_pattern(
    r"AKIA|ASIA|(?i:aws.{0,20}?secret)|gh[pousr]_|github_pat_|hf_|api_org_|sk-|xox|hooks\.slack|AIza|GOCSPX-"
    r"|k_live_|whsec_|npm_|pypi-|glpat-|(?:SK|AC)[0-9a-f]{8}|SG\.|:AA|dop_v1_|PRIVATE KEY|eyJ|AccountKey=|://"
    r"|(?i:pass|pwd|secret|token|key|credential|bearer|kennwort|contrase|senha|wachtwoord|heslo|密|パスワード|비밀번호)"
)
_PLACEHOLDER = compile_pattern(
    r"(?i)your|example|placeholder|change[_\-]?me|replace|insert|dummy|sample|redacted|fake|my[_\-]|test[_\-]?(?:key|token|secret)"
    r"|x{6}|\*{4}|\.{3}|0{8}|12345678|abcdef|abc123|qwerty|lorem|here$|^pass(?:word|wd)?\d{0,3}$|^secret$|<|>|\$\{|process\.env|os\.environ|getenv|config\."
)
_UUID = compile_pattern(r"(?i)^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
_HASH_WORD = compile_pattern(
    r"(?i)(?:sha-?\d*|md5|checksum|digest|hash(?:es)?|fingerprint|commit|etag|integrity)\W{0,3}(?:\w+\W{1,3}){0,2}$"
)
_HEX = compile_pattern(r"(?i)^[0-9a-f]+$")
_CODE_NAME = compile_pattern(r"^[A-Za-z_][A-Za-z_]*(?:[._\-/][A-Za-z_]+)*[=.\-]*$")
_EXAMPLE_KEYS = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


@dataclass(frozen=True, slots=True)
class Secret:
    """A credential's place and type. The text between `start` and `end` is never to be shown."""

    kind: str
    start: int
    end: int
    shown: str

    @property
    def description(self) -> str:
        """What may be written down: the type, the first characters, the length."""
        return f"{self.kind} ({self.shown!r}..., {self.end - self.start} characters)"


def may_hold_secret(text: str) -> bool:
    """A cheap test that lets most texts pass without a closer look."""
    return _SCREEN.search(text) is not None and _MARKER.search(text) is not None


def find_secrets(text: str) -> tuple[Secret, ...]:
    """Credentials in `text`, in order; of overlapping ones the first."""
    if not may_hold_secret(text):
        return ()
    found = sorted(_candidates(text), key=lambda secret: (secret.start, -secret.end))
    kept: list[Secret] = []
    for secret in found:
        if not kept or secret.start >= kept[-1].end:
            kept.append(secret)
    return tuple(kept)


def entropy_bits(text: str) -> float:
    """Shannon entropy of the characters, in bits per character."""
    total = len(text)
    counts = Counter(text).values()
    return -sum(count / total * math.log2(count / total) for count in counts) if total else 0.0


def is_placeholder(value: str) -> bool:
    """Whether `value` stands for a secret without being one."""
    if value in _EXAMPLE_KEYS or value.endswith("EXAMPLE") or _PLACEHOLDER.search(value):
        return True
    return len(set(value)) < min(8, len(value) // 2 + 1) or _runs_in_order(value)


def _candidates(text: str) -> Iterator[Secret]:
    for kind, prefixes, pattern in _COMPILED:
        if any(prefix in text for prefix in prefixes):
            for match in pattern.finditer(text):
                if not is_placeholder(match.group(1).strip()):
                    yield _secret(kind, match)
    lower = text.lower()
    if any(word in lower for word in _ASSIGNED_WORDS):
        for match in _ASSIGNED.finditer(text):
            if _is_random(match.group(1)) and not _is_labelled_hash(text, match):
                yield _secret("assigned secret", match)


def _is_random(value: str) -> bool:
    if len(value) < MIN_ASSIGNED_LENGTH or is_placeholder(value):
        return False
    if _UUID.search(value) or _CODE_NAME.search(value) or value.isdigit():
        return False
    # Sixteen symbols cannot reach 4 bits: a hexadecimal key is judged by its length instead.
    if _HEX.search(value):
        return len(value) >= 32 and entropy_bits(value) >= 3.0
    return any(c.isdigit() for c in value) and entropy_bits(value) >= MIN_ENTROPY_BITS


def _is_labelled_hash(text: str, match: Match) -> bool:
    start = match.start(1)
    return _HASH_WORD.search(text[max(0, start - 32) : start].rstrip("\"'` :=")) is not None


def _runs_in_order(value: str) -> bool:
    """Whether most characters follow their neighbour in order (abcdef, 456789) or repeat it."""
    steps = sum(1 for a, b in pairwise(value) if ord(b) - ord(a) in (0, 1))
    return steps * 2 > len(value)


def _secret(kind: str, match: Match) -> Secret:
    value = match.group(1)
    return Secret(kind, match.start(1), match.end(1), value[: min(_SHOWN, len(value) // 4)])
