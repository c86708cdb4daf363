"""What the guide and the reference say of rewards is so: requests, code, tables."""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.e2e.documents import ROOT, blocks, table
from tests.fakes.running_service import RunningService

from assay.domain.reward import RewardStatus
from assay.web.logs import open_log
from assay_rl_rewards.catalogue import VERIFIERS
from assay_rl_rewards.routes import route
from assay_rl_rewards.service.app import make_app
from assay_rl_rewards.service.schemas import RolloutBody
from assay_rl_rewards.service.settings import RewardServiceSettings

GUIDE = ROOT / "docs/guides/rewards.md"
REFERENCE = ROOT / "docs/reference/rewards.md"
URL = "http://127.0.0.1:8003"
ROUTES = """
id: guide
version: 1
routes:
  math:
    parts: [{type: verifier, name: correctness, verifier: math, weight: 1.0}]
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    path = tmp_path_factory.mktemp("routes") / "routes.yaml"
    path.write_text(ROUTES)
    settings = RewardServiceSettings(routes=str(path), workers=1)
    with RunningService(make_app(settings, log=open_log(is_quiet=True))) as running:
        yield running


def test_the_request_of_the_guide_is_answered_as_shown(service: RunningService) -> None:
    (text,) = [b.text for b in blocks(GUIDE, "") if "curl" in b.text and "-d" in b.text]
    words = shlex.split(text.replace("\\\n", ""))
    body = words[words.index("-d") + 1]
    headers = {"content-type": "application/json"}
    answer = httpx.post(f"{service.url}/v1/rewards", content=body, headers=headers).json()
    (shown,) = [json.loads(block.text) for block in blocks(GUIDE, "json")]
    for kind in ("rewards", "groups"):
        for told, expected in zip(answer[kind], shown[kind], strict=True):
            assert {name: told[name] for name in expected} == expected


def test_python_of_the_guide_runs(service: RunningService) -> None:
    (block,) = blocks(GUIDE, "python")
    assert URL in block.text
    done = subprocess.run(
        [sys.executable, "-c", block.text.replace(URL, service.url)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "1.0 ok\n0.0 ok\n0.0 ok\n", done.stderr


def test_members_of_a_rollout_are_those_of_the_description() -> None:
    told = {name for row in table(REFERENCE, "member | type") for name in names_in(row[0])}
    assert told == set(RolloutBody.model_fields)


def test_statuses_are_those_that_exist() -> None:
    assert [row[0].strip("`") for row in table(REFERENCE, "outcome")] == list(RewardStatus)


def test_terms_are_those_that_routes_know() -> None:
    told = {(row[0].strip("`"), row[1].strip("`")): names_in(row[3]) for row in terms()}
    known: dict[tuple[str, str], set[str]] = {}
    for section, models in (
        ("parts", (route.VerifierPart, route.RewardModelPart, route.JudgePart)),
        ("gates", (route.AnswerGate, route.LanguageGate, route.VerifierGate)),
        ("shaping", (route.OverlongShaping, route.LengthShaping, route.RepetitionShaping)),
    ):
        for model in models:
            fields: dict[str, Any] = dict(model.model_fields)
            (kind,) = fields["type"].annotation.__args__
            known[section, kind] = set(fields) - {"type", "name"}
    assert told == known


def terms() -> list[list[str]]:
    return table(REFERENCE, "section")


def names_in(cell: str) -> set[str]:
    return {part for at, part in enumerate(cell.split("`")) if at % 2}


def test_settings_are_those_of_the_service() -> None:
    told = {row[0].strip("`"): row[1] for row in table(REFERENCE, "variable")}
    expected = {}
    for name, field in RewardServiceSettings.model_fields.items():
        default = field.get_default()
        shown = f"{default:g}" if isinstance(default, float) else str(default)
        shown = shown.lower() if isinstance(default, bool) else shown
        expected[f"ASSAY_RL_REWARDS_{name}".upper()] = "none" if default is None else shown
    assert told == expected


def test_verifiers_that_only_routes_use_are_no_domains() -> None:
    assert {"language", "repetition"} <= set(VERIFIERS)


def test_files_that_are_named_exist() -> None:
    for path in (GUIDE, REFERENCE):
        for name in names_in(path.read_text().replace("```", "")):
            if name.startswith(("docs/", "configs/")) and "*" not in name:
                assert (Path(ROOT) / name).exists(), name
