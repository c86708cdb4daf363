"""Which server embeds comes from the environment or options, and no secret gets into a record."""

import pytest

from assay.domain.errors import ConfigError
from assay_filter.runs.request import RunRequest
from assay_filter.semantic.settings import EmbeddingSettings, SemanticSettings


def settings_of(**given: object) -> SemanticSettings:
    return SemanticSettings.model_validate({"url": "http://e:1/v1", "model": "m", **given})


@pytest.fixture(autouse=True)
def _named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_EMBEDDING_URL", "http://there:9/v1/")
    monkeypatch.setenv("ASSAY_EMBEDDING_MODEL", "small")
    monkeypatch.setenv("ASSAY_EMBEDDING_API_KEY", "sk-secret")
    monkeypatch.setenv("ASSAY_EMBEDDING_BATCH_SIZE", "7")


def test_options_win_over_the_environment() -> None:
    found = EmbeddingSettings().semantic(0.9)
    assert (found.endpoint, found.model, found.batch_size) == ("http://there:9", "small", 7)
    found = EmbeddingSettings().semantic(0.9, url="http://here:8", model="large")
    assert (found.endpoint, found.model, found.threshold) == ("http://here:8", "large", 0.9)


def test_run_without_a_server_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASSAY_EMBEDDING_URL")
    with pytest.raises(ConfigError, match="ASSAY_EMBEDDING_URL"):
        EmbeddingSettings().semantic(0.9)


@pytest.mark.parametrize(
    "url", ["http://me:hunter2@e:1", "http://e:1/?key=hunter2", "http://e:1/#hunter2"]
)
def test_secret_in_an_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError, match="without credentials") as refused:
        EmbeddingSettings().semantic(0.9, url=url)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "there", "http://[bad"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="url"):
        EmbeddingSettings().semantic(0.9, url=url)


@pytest.mark.parametrize(
    ("name", "value"), [("URL", "there"), ("URL", "http://me:pw@e:1"), ("BATCH_SIZE", "0")]
)
def test_what_the_environment_has_wrong_is_found_before_a_caller_asks(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    assert EmbeddingSettings().checked() == EmbeddingSettings()
    monkeypatch.setenv(f"ASSAY_EMBEDDING_{name}", value)
    with pytest.raises(ConfigError):
        EmbeddingSettings().checked()


def test_no_server_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("URL", "MODEL"):
        monkeypatch.delenv(f"ASSAY_EMBEDDING_{name}")
    assert EmbeddingSettings().checked().url is None


def test_key_is_in_no_record_of_a_run() -> None:
    request = RunRequest(sources=(), semantic=EmbeddingSettings().semantic(0.9))
    assert "sk-secret" not in request.model_dump_json() + str(request.conditions)
    assert RunRequest.model_validate_json(request.model_dump_json()) == request


@pytest.mark.parametrize(
    "other", [{"model": "n"}, {"url": "http://f:1"}, {"threshold": 0.9}, {"max_chars": 10}]
)
def test_what_decides_flags_is_a_condition_of_the_run(other: dict[str, object]) -> None:
    one = RunRequest(sources=(), semantic=settings_of())
    two = RunRequest(sources=(), semantic=settings_of(**other))
    assert one.conditions != two.conditions
    assert settings_of().conditions["digest"] != settings_of(**other).conditions["digest"]


def test_address_of_the_server_is_in_no_condition() -> None:
    conditions = RunRequest(sources=(), semantic=settings_of(url="http://inside.example:1"))
    assert "inside.example" not in str(conditions.conditions)


def test_how_the_server_is_asked_is_no_condition() -> None:
    asked = settings_of(batch_size=3, max_in_flight=9, url="http://e:1")
    assert asked.conditions == settings_of().conditions
    assert RunRequest(sources=()).conditions is None
