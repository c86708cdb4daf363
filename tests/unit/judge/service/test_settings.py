from io import StringIO

import pytest

from assay.domain.errors import ConfigError
from assay.web.logs import open_log
from assay_judge.service.app import make_app, make_source
from assay_judge.service.judges import EvidenceSource
from assay_judge.service.main import read_settings
from assay_judge.service.settings import JudgeServiceSettings

SECRET = "a-secret-of-the-tests"


def test_the_environment_is_read_and_options_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_JUDGE_MODE", "fast")
    monkeypatch.setenv("ASSAY_JUDGE_MAX_BATCH", "3")
    monkeypatch.setenv("ASSAY_JUDGE_BACKEND_CHAT_TEMPLATE_KWARGS", '{"enable_thinking": false}')
    settings = read_settings(mode="thorough", rubric=None)
    assert (settings.mode, settings.max_batch, settings.rubric) == ("thorough", 3, "default")
    assert settings.backend_chat_template_kwargs == {"enable_thinking": False}


@pytest.mark.parametrize(
    ("name", "value"),
    [("MODE", "quick"), ("MAX_IN_FLIGHT", "0"), ("MAX_BATCH", "9999"), ("MAX_QUEUED", "many")],
)
def test_a_wrong_value_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"ASSAY_JUDGE_{name}", value)
    with pytest.raises(ConfigError, match="ASSAY_JUDGE_"):
        read_settings()


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_JUDGE_BACKEND_API_KEY", SECRET)
    monkeypatch.setenv("ASSAY_JUDGE_NONCE_KEY", SECRET)
    assert SECRET not in repr(read_settings())


def test_evidence_needs_no_model() -> None:
    assert isinstance(make_source(JudgeServiceSettings()), EvidenceSource)


@pytest.mark.parametrize("url", ["somewhere", "ftp://host", "http://user:word@host/v1"])
def test_a_wrong_url_stops_the_start_and_is_not_quoted_in_full(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make_source(JudgeServiceSettings(backend_url=url))
    assert "word@" not in str(caught.value)


@pytest.mark.parametrize(
    "wrong", [{"budget": "lots"}, {"budget": "5 usd", "prices": "none"}, {"prices": "none"}]
)
def test_a_wrong_budget_or_price_table_stops_the_start(wrong: dict[str, str]) -> None:
    settings = read_settings(backend_url="http://127.0.0.1:9", **wrong)
    with pytest.raises(ConfigError):
        make_app(settings, log=open_log(StringIO()))
