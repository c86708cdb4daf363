import pytest

from assay.domain.errors import ConfigError
from assay.web.auth import ApiKeys, check_binding, is_loopback
from assay.web.settings import AccessSettings

FIRST, SECOND = "first-key-0123456789", "second-key-0123456789"
KEYS = ApiKeys.parse(f" {FIRST}, {SECOND} ,")


@pytest.mark.parametrize("given", [f"Bearer {FIRST}", f"bearer  {SECOND} ", f"BEARER {FIRST}"])
def test_each_configured_key_opens(given: str) -> None:
    assert KEYS.refusal("/v1/score", given.encode()) is None


@pytest.mark.parametrize(
    "given",
    [None, b"", b"Basic abc", b"Bearer", b"Bearer ", b"Bearer " + FIRST[:-1].encode(), b"\xff\xfe"],
)
def test_anything_else_is_refused_with_a_challenge(given: bytes | None) -> None:
    problem = KEYS.refusal("/v1/score", given)
    assert problem is not None
    assert problem.kind.status == 401
    assert problem.headers["www-authenticate"].startswith('Bearer realm="assay"')
    assert FIRST not in problem.detail


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json"])
def test_health_is_open(path: str) -> None:
    assert KEYS.refusal(path, None) is None


def test_metrics_are_not_open() -> None:
    assert KEYS.refusal("/metrics", None) is not None


def test_without_keys_everyone_is_let_in() -> None:
    assert not ApiKeys.parse(" , ")
    assert ApiKeys().refusal("/v1/score", None) is None


@pytest.mark.parametrize("text", ["short", f"{FIRST},short", "with a space in it", "ключ" * 8])
def test_weak_or_unspeakable_keys_are_refused(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ApiKeys.parse(text)
    assert text not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("example.org", False),
        ("localhost.example.org", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_other_addresses_need_keys_or_permission() -> None:
    check_binding("127.0.0.1", ApiKeys(), allow_anonymous=False)
    check_binding("0.0.0.0", KEYS, allow_anonymous=False)
    check_binding("0.0.0.0", ApiKeys(), allow_anonymous=True)
    with pytest.raises(ConfigError, match="ASSAY_API_KEYS"):
        check_binding("0.0.0.0", ApiKeys(), allow_anonymous=False)


def test_keys_come_from_the_environment_and_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_API_KEYS", FIRST)
    settings = AccessSettings()
    assert settings.keys().refusal("/v1", f"Bearer {FIRST}".encode()) is None
    assert FIRST not in repr(settings)
