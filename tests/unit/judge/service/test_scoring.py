"""Scoring through the routes, with a judge that says what the tests say."""

import asyncio
from collections.abc import Callable, Coroutine
from io import StringIO
from typing import Any

import httpx
import pytest
from tests.fakes.app_client import client_of
from tests.fakes.sample_judges import FakeSource

from assay.datasets.canonical import sample_id
from assay.domain.errors import BudgetError, JudgeBackendError
from assay.domain.sample import Sample
from assay.web.logs import open_log
from assay_judge.engine.settings import Mode
from assay_judge.service.app import make_app
from assay_judge.service.judges import EvidenceSource, JudgeSource
from assay_judge.service.problems import KIND_OF_CODE
from assay_judge.service.settings import JudgeServiceSettings

Asking = Callable[[httpx.AsyncClient], Coroutine[Any, Any, httpx.Response]]


def row(*answers: str) -> dict[str, Any]:
    messages = []
    for answer in answers:
        messages += [{"role": "user", "content": "q"}, {"role": "assistant", "content": answer}]
    return {"messages": messages}


def ask(
    asking: Asking, source: JudgeSource | None = None, log: StringIO | None = None, **settings: Any
) -> httpx.Response:
    async def run() -> httpx.Response:
        app = make_app(
            JudgeServiceSettings(**settings),
            log=open_log(log or StringIO()),
            source=source or FakeSource(),
        )
        async with client_of(app) as client:
            return await asking(client)

    return asyncio.run(run())


def score(body: Any, source: JudgeSource | None = None, **settings: Any) -> httpx.Response:
    return ask(lambda c: c.post("/v1/score", json=body), source, **settings)


def by_text(scores: dict[str, int]) -> Callable[[Sample, int], int]:
    return lambda sample, turn: scores[sample.messages[turn].content or ""]


def failing(errors: dict[str, BaseException]) -> FakeSource:
    return FakeSource(error_for=lambda sample: errors.get(sample.messages[-1].content or ""))


def test_a_sample_gets_judgements_verdict_rubric_and_usage() -> None:
    answer = score({"sample": row("fine")}).json()
    assert answer["sample_id"] == sample_id(row("fine"))
    assert [j["turn"] for j in answer["judgements"]] == [1]
    assert answer["judgement"] == answer["judgements"][0]
    assert answer["verdict"] == {
        "decision": "accept",
        "overall": 4800,
        "weight_covered": 1000,
        "reasons": [],
        "basis": "scored",
        "turns": [{"turn": 1, "decision": "accept", "overall": 4800, "weight": 1}],
    }
    assert answer["rubric"]["name"] == "default"
    assert len(answer["rubric"]["digest"]) == 64
    assert answer["usage"]["num_calls"] == 1


def test_the_worst_turn_decides_and_bad_turns_have_no_weight() -> None:
    source = FakeSource(by_text({"good": 4800, "bad": 1500, "middling": 3500}))
    answer = score({"sample": row("good", "bad", "middling")}, source).json()
    assert answer["verdict"]["decision"] == "reject"
    assert answer["judgement"]["turn"] == 3
    turns = answer["verdict"]["turns"]
    assert [t["decision"] for t in turns] == ["accept", "reject", "borderline"]
    assert [t["weight"] for t in turns] == [1, 0, 1]
    assert answer["usage"]["num_calls"] == 3


@pytest.mark.parametrize("mode", list(Mode))
def test_the_mode_asked_for_reaches_the_judge(mode: Mode) -> None:
    answer = score({"sample": row("a"), "mode": mode.value}).json()
    assert answer["judgement"]["mode"] == mode


def test_the_configured_mode_and_rubric_hold_where_none_is_named() -> None:
    answer = score({"sample": row("a")}, mode="thorough", rubric="critical-thinking").json()
    assert answer["judgement"]["mode"] == "thorough"
    assert answer["rubric"]["name"] == "critical-thinking"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], ""),
        ({}, "/sample"),
        ({"sample": row("a"), "other": 1}, "/other"),
        ({"sample": row("a"), "mode": "quick"}, "/mode"),
        ({"sample": row("a"), "mode": 7}, "/mode"),
        ({"sample": row("a"), "rubric": "../../etc/passwd"}, "/rubric"),
        ({"sample": row("a"), "rubric": "/etc/passwd"}, "/rubric"),
        ({"sample": row("a"), "rubric": "nope.yaml"}, "/rubric"),
        ({"sample": 7}, "/sample"),
        ({"sample": {}}, "/sample"),
        ({"sample": {"messages": []}}, "/sample/messages"),
        ({"sample": {"messages": [{"role": "user", "content": "q"}]}}, "/sample/messages"),
        ({"sample": {"messages": [{"role": "boss", "content": "q"}]}}, "/sample/messages/0/role"),
        ({"sample": {"messages": [{"role": "user"}]}}, "/sample/messages/0/content"),
        ({"sample": {**row("a"), "documents": [{"title": "t"}]}}, "/sample/documents/0/text"),
        ({"sample": {**row("a"), "tools": ["f"]}}, "/sample/tools/0"),
    ],
)
def test_a_wrong_request_names_the_member(body: Any, field: str) -> None:
    source = FakeSource()
    response = score(body, source)
    assert response.status_code == 422
    (error,) = response.json()["fields"]
    assert error["field"] == field
    assert error["expected"]
    assert error["found"]
    assert source.asked == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"sample": NaN}',
        b'{"sample": "\xff"}',
        b'{"sample": "\\ud800"}',
        b'{"sample": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"sample": ' + b'{"a":' * 2000 + b"1" + b"}" * 2000 + b"}",
        b"\x1f\x8b\x08\x00",
    ],
)
def test_what_is_no_json_is_told_so(body: bytes) -> None:
    headers = {"content-type": "application/json"}
    response = ask(lambda c: c.post("/v1/score", content=body, headers=headers))
    assert response.status_code == 400
    assert response.json()["type"] == "urn:assay:problem:malformed-body"
    assert len(response.content) < 1000


def test_other_formats_than_the_canonical_one_are_understood() -> None:
    sharegpt = {"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]}
    source = FakeSource()
    response = score({"sample": sharegpt}, source)
    # ShareGPT's roles stay as written: a rule mends them, a judge does not.
    assert response.status_code == 422
    alpaca = {"instruction": "Add 1 and 1.", "output": "2"}
    assert score({"sample": alpaca}, source).status_code == 200
    assert source.asked[0].messages[1].content == "2"


def test_a_sample_over_its_limit_is_refused() -> None:
    response = score({"sample": row("x" * 2000)}, max_sample_bytes=1000)
    assert response.status_code == 413
    assert response.json()["type"] == "urn:assay:problem:sample-too-large"


@pytest.mark.parametrize(
    ("code", "status", "retryable"),
    [
        ("context_overflow", 422, False),
        ("malformed", 502, False),
        ("low_label_mass", 502, False),
        ("refused", 502, False),
        ("server_error", 502, True),
        ("saturated", 503, True),
        ("unreachable", 503, True),
        ("timeout", 504, True),
        ("failed", 500, False),
        ("new_code", 500, False),
    ],
)
def test_a_judges_error_is_a_problem_with_its_code(code: str, status: int, retryable: bool) -> None:
    response = score({"sample": row("a")}, failing({"a": JudgeBackendError("no answer", code)}))
    members = response.json()
    assert (response.status_code, members["code"], members["retryable"]) == (
        status,
        code,
        retryable,
    )
    assert members["detail"] == "no answer"
    assert ("retry-after" in response.headers) == (status == 503)


def test_every_code_of_the_domain_has_a_problem() -> None:
    assert JudgeBackendError.__doc__ is not None
    named = {word.strip("`.,\n ") for word in JudgeBackendError.__doc__.split() if "`" in word}
    assert named - {"code"} == set(KIND_OF_CODE)


def test_a_spent_budget_is_402() -> None:
    response = score({"sample": row("a")}, failing({"a": BudgetError("spent")}))
    assert response.status_code == 402
    assert not response.json()["retryable"]


def test_a_judge_that_breaks_tells_nothing_of_its_inside() -> None:
    log = StringIO()
    source = failing({"a": RuntimeError("secret words")})
    response = ask(lambda c: c.post("/v1/score", json={"sample": row("a")}), source, log)
    assert response.status_code == 500
    assert "secret" not in response.text + log.getvalue()


def test_half_a_character_in_the_models_words_is_an_error_and_no_score() -> None:
    source = FakeSource()
    original = source.judge

    class Broken:
        name = version = "x"

        async def judge_sample(self, sample: Sample) -> Any:
            judged = await original(None, None).judge_sample(sample)  # type: ignore[arg-type]
            return tuple(j.model_copy(update={"raw": ("\ud800",)}) for j in judged)

    source.judge = lambda mode, rubric: Broken()  # type: ignore[method-assign]
    response = score({"sample": row("a")}, source)
    assert response.status_code == 502
    assert response.json()["code"] == "malformed"


def test_a_batch_keeps_order_and_each_failure_is_its_own() -> None:
    errors: dict[str, BaseException] = {
        "long": JudgeBackendError("too long", "context_overflow"),
        "dead": JudgeBackendError("gone", "server_error"),
        "bug": RuntimeError("secret"),
        "poor": BudgetError("spent"),
    }
    samples = [
        row("a"),
        7,
        row("long"),
        row("dead"),
        {"messages": []},
        row("bug"),
        row("poor"),
        row("b"),
    ]
    response = ask(lambda c: c.post("/v1/score/batch", json={"samples": samples}), failing(errors))
    assert response.status_code == 200
    results = response.json()["results"]
    assert [r["index"] for r in results] == list(range(8))
    statuses = [r["error"]["status"] if "error" in r else 200 for r in results]
    assert statuses == [200, 422, 422, 502, 422, 500, 402, 200]
    assert results[4]["error"]["fields"][0]["field"] == "/samples/4/messages"
    assert results[3]["error"]["code"] == "server_error"
    assert {r["error"]["instance"] for r in results if "error" in r} == {
        response.headers["x-request-id"]
    }
    assert results[7]["sample_id"] == sample_id(row("b"))
    assert response.json()["usage"]["num_calls"] == 2
    assert "secret" not in response.text


def test_a_single_answer_and_a_batch_say_the_same() -> None:
    alone = score({"sample": row("a", "b")}).json()
    response = ask(lambda c: c.post("/v1/score/batch", json={"samples": [row("a", "b")]}))
    (together,) = response.json()["results"]
    assert together == {"index": 0, **alone}


@pytest.mark.parametrize("samples", [[], [row("a")] * 5, None, {"a": 1}])
def test_a_batch_of_no_or_too_many_samples_is_refused(samples: Any) -> None:
    response = ask(lambda c: c.post("/v1/score/batch", json={"samples": samples}), max_batch=4)
    assert response.status_code == 422
    assert response.json()["fields"][0]["field"] == "/samples"


def test_no_more_samples_are_judged_at_a_time_than_allowed() -> None:
    source = FakeSource(seconds=0.002)
    ask(
        lambda c: c.post("/v1/score/batch", json={"samples": [row("a")] * 40}),
        source,
        max_in_flight=3,
    )
    assert source.most_in_flight == 3


def test_a_saturated_service_refuses_with_429_and_recovers() -> None:
    source = FakeSource()

    async def run() -> tuple[list[int], list[str | None], int]:
        settings = JudgeServiceSettings(max_in_flight=1, max_queued=1, max_batch=2)
        app = make_app(settings, log=open_log(StringIO()), source=source)
        source.gate = asyncio.Event()
        async with client_of(app) as client:
            body = {"sample": row("a")}
            asked = [asyncio.create_task(client.post("/v1/score", json=body)) for _ in range(5)]
            await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(0.05)
            source.gate.set()
            answers = await asyncio.gather(*asked)
            after = await client.post("/v1/score", json=body)
            refused = [a.headers.get("retry-after") for a in answers if a.status_code == 429]
            return sorted(a.status_code for a in answers), refused, after.status_code

    statuses, waits, after = asyncio.run(run())
    assert statuses == [200, 200, 429, 429, 429]
    assert all(wait is not None and int(wait) >= 1 for wait in waits)
    assert after == 200


def test_a_judge_that_takes_too_long_is_a_504_and_its_work_ends() -> None:
    source = FakeSource(seconds=30)
    response = score({"sample": row("a")}, source, request_timeout_seconds=0.05)
    assert (response.status_code, response.json()["code"]) == (504, "timeout")
    assert source.num_cancelled == 1


def test_what_is_done_of_a_late_batch_is_kept() -> None:
    class Uneven(FakeSource):
        def judge(self, mode: Any, rubric: Any) -> Any:
            judge = super().judge(mode, rubric)
            slow = self

            class One:
                name = version = "x"

                async def judge_sample(self, sample: Sample) -> Any:
                    slow.seconds = 30 if sample.messages[-1].content == "slow" else 0
                    return await judge.judge_sample(sample)

            return One()

    source = Uneven()
    samples = [row("slow"), row("quick")]
    response = ask(
        lambda c: c.post("/v1/score/batch", json={"samples": samples}),
        source,
        request_timeout_seconds=0.2,
    )
    late, done = response.json()["results"]
    assert late["error"]["code"] == "timeout"
    assert done["verdict"]["decision"] == "accept"


def test_samples_and_answers_are_not_logged() -> None:
    log = StringIO()
    body = {"sample": row("private words")}
    ask(lambda c: c.post("/v1/score", json=body), failing({}), log)
    error = failing({"private words": JudgeBackendError("no", "malformed")})
    ask(lambda c: c.post("/v1/score", json=body), error, log)
    assert "private" not in log.getvalue()
    assert "code=malformed" in log.getvalue()


def test_the_evidence_judge_serves_without_a_model() -> None:
    body = {"sample": row("12 * 12 = 146")}
    answer = score(body, EvidenceSource()).json()
    assert answer["judgement"]["judge"] == "evidence"
    assert answer["verdict"]["reasons"] == ["defect.incorrect_computation"]
    refused = score({**body, "mode": "fast"}, EvidenceSource())
    assert refused.json()["fields"][0]["field"] == "/mode"


def test_metrics_count_decisions_errors_and_tokens() -> None:
    async def run() -> str:
        source = FakeSource(
            by_text({"good": 4800, "bad": 1500}),
            error_for=lambda s: (
                JudgeBackendError("x", "malformed") if s.messages[-1].content == "odd" else None
            ),
        )
        app = make_app(JudgeServiceSettings(), log=open_log(StringIO()), source=source)
        async with client_of(app) as client:
            for text in ("good", "good", "bad", "odd"):
                await client.post("/v1/score", json={"sample": row(text), "mode": "fast"})
            return (await client.get("/metrics")).text

    text = asyncio.run(run())
    assert 'assay_judge_judgements_total{decision="accept",mode="fast"} 2.0' in text
    assert 'assay_judge_judgements_total{decision="reject",mode="fast"} 1.0' in text
    assert 'assay_judge_errors_total{code="malformed"} 1.0' in text
    assert 'assay_judge_tokens_total{kind="prompt"} 300.0' in text
    assert "assay_judge_judgement_seconds_count 3.0" in text
    assert "assay_judge_limiter_concurrency 7.0" in text
    assert "assay_judge_samples_in_flight 0.0" in text
    assert "assay_judge_cost_usd NaN" in text
