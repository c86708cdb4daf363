"""What is left out when a turn is too long: in which order, and what never is."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.conversations import ANSWER, QUESTION, chat, rag
from tests.fakes.scripted_backend import CAPABILITIES, ScriptedBackend

from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import Reduction
from assay.domain.sample import Message, Sample
from assay_judge.backend.contract import Prompt
from assay_judge.engine.fitting import Fitted, Layout, fit, pack_documents
from assay_judge.engine.gauge import READ_TOKENS, Gauge
from assay_judge.prompts.exhibit import Exhibit, Rendered, render_exhibit

SYSTEM = "You grade." * 10
MAX_TOKENS = 100


def tokens_of(prompt: Prompt) -> int:
    return len(prompt.system + prompt.user) // 4


def render(exhibit: Exhibit) -> Rendered:
    return render_exhibit(exhibit, nonce="0123456789ab")


LAYOUT = Layout(system=SYSTEM, tail="Your task.", max_tokens=MAX_TOKENS, render=render)


def backend_of(context: int | None, *, can_count: bool = True) -> ScriptedBackend:
    capabilities = CAPABILITIES.model_copy(
        update={"max_model_len": context, "has_tokenize": can_count}
    )
    return ScriptedBackend(tokens=tokens_of, capabilities=capabilities)


def shown(
    sample: Sample,
    context: int | None,
    *,
    max_groups: int = 32,
    max_group_chars: int | None = None,
    is_strict: bool = False,
    backend: ScriptedBackend | None = None,
) -> Fitted:
    gauge = Gauge(backend or backend_of(context))
    exhibit = Exhibit(sample, len(sample.messages) - 1)
    return asyncio.run(
        fit(
            exhibit,
            LAYOUT,
            gauge,
            max_groups=max_groups,
            max_group_chars=max_group_chars,
            is_strict=is_strict,
        )
    )


def size(part: Rendered) -> int:
    return tokens_of(LAYOUT.prompt(part))


def test_what_fits_by_its_bytes_costs_no_call_and_loses_nothing() -> None:
    backend = backend_of(32_768)
    fitted = shown(chat(), 0, backend=backend)
    assert fitted.reduction is None
    assert QUESTION in fitted.parts[0].text
    assert backend.counted == []


def test_the_system_prompt_is_counted_once() -> None:
    # Fits by its tokens, not by its bytes; the static part alone does not decide it.
    backend = backend_of(420)

    async def twice() -> None:
        gauge = Gauge(backend)
        prompt = Prompt("s" * 400, "u" * 100)
        assert await gauge.fits(prompt, 400)
        assert await gauge.fits(prompt, 400)

    asyncio.run(twice())
    assert backend.counted == [Prompt("s" * 400, "")]


def test_a_failed_counting_of_the_system_prompt_fails_those_who_wait_for_it_and_no_more() -> None:
    class Failing(ScriptedBackend):
        async def count_tokens(self, prompt: Prompt) -> int | None:
            await asyncio.sleep(0.001)
            self.counted.append(prompt)
            if len(self.counted) == 1:
                raise JudgeBackendError("nobody there", "unreachable")
            return 10

    backend = Failing(capabilities=CAPABILITIES.model_copy(update={"max_model_len": 2_000}))
    gauge = Gauge(backend)
    prompt = Prompt("system " * 300, "user")

    async def run() -> list[object]:
        many = [gauge.fits(prompt, 1_500) for _ in range(20)]
        answers: list[object] = [*await asyncio.gather(*many, return_exceptions=True)]
        assert await gauge.fits(prompt, 1_500)  # the next one asks again
        return answers

    answers = asyncio.run(run())
    assert len(backend.counted) == 2
    assert {type(answer) for answer in answers} == {JudgeBackendError}


def test_oldest_turns_go_first_and_no_more_than_needed() -> None:
    turns = [f"turn {n} " + "word " * 60 for n in range(21)]
    fitted = shown(chat(*turns, "The last answer.", system="Be brief."), 1100)
    text = fitted.parts[0].text
    assert fitted.reduction is not None
    omitted = fitted.reduction.num_turns_omitted
    assert 0 < omitted < 20
    assert omitted % 2 == 0  # begins with a user turn
    assert "Be brief." in text
    assert "The last answer." in text
    assert f"turn {omitted} word" in text
    assert f"turn {omitted - 1} word" not in text
    room = 1100 - MAX_TOKENS - READ_TOKENS
    assert size(fitted.parts[0]) <= room
    one_more = render(
        Exhibit(chat(*turns, "The last answer.", system="Be brief."), 22, first_turn=omitted - 1)
    )
    assert size(one_more) > room


def test_a_greeting_before_the_only_question_may_go() -> None:
    sample = chat("Hello?", "hello " * 600, QUESTION, ANSWER)
    fitted = shown(replace(sample, messages=sample.messages[1:]), 700)
    assert fitted.reduction == Reduction(num_turns_omitted=1)


def test_documents_are_grouped_when_turns_are_not_enough() -> None:
    sample = rag(*(f"document {n} " + "fact " * 120 for n in range(8)), earlier=("Hi.", "Hello."))
    fitted = shown(sample, 900)
    assert fitted.reduction is not None
    assert fitted.reduction.num_turns_omitted == 2
    assert fitted.reduction.num_document_groups == len(fitted.parts) > 1
    for n in range(8):
        assert sum(f"document {n} fact" in part.text for part in fitted.parts) == 1
    assert all(ANSWER in part.text and QUESTION in part.text for part in fitted.parts)


def test_a_long_document_is_cut_into_pieces_with_its_id() -> None:
    words = [f"w{n}" for n in range(1500)]
    fitted = shown(rag(" ".join(words)), 900)
    assert len(fitted.parts) > 1
    assert all("doc-1" in part.text for part in fitted.parts)
    together = " ".join(part.text for part in fitted.parts)
    assert all(f"{word} " in together or f'{word}"' in together for word in words)


@pytest.mark.parametrize(
    "sample",
    [
        chat(QUESTION, "answer " * 3000),
        chat("question " * 3000, ANSWER),
        rag("fact " * 3000, answer="answer " * 3000),
        Sample((Message("system", "rule " * 3000), *chat().messages)),
    ],
)
def test_what_must_stay_is_never_cut(sample: Sample) -> None:
    with pytest.raises(JudgeBackendError, match="context") as error:
        shown(sample, 1200)
    assert error.value.code == "context_overflow"


def test_more_groups_than_allowed_are_an_overflow() -> None:
    sample = rag("fact " * 4000)
    with pytest.raises(JudgeBackendError, match="4 groups at most") as error:
        shown(sample, 700, max_groups=4)
    assert error.value.code == "context_overflow"


@pytest.mark.parametrize(("context", "can_count"), [(None, True), (800, False)])
def test_what_nobody_can_measure_is_sent_as_it_is(context: int | None, can_count: bool) -> None:
    backend = backend_of(context, can_count=can_count)
    fitted = shown(rag("fact " * 3000), context, backend=backend)
    assert len(fitted.parts) == 1
    assert fitted.reduction is None


def test_a_server_that_says_it_cannot_count_is_believed() -> None:
    backend = ScriptedBackend(
        tokens=lambda _: None, capabilities=CAPABILITIES.model_copy(update={"max_model_len": 800})
    )
    assert shown(rag("fact " * 3000), 800, backend=backend).reduction is None


def test_after_a_refusal_sizes_are_read_strictly() -> None:
    sample = rag(*("fact " * 100 for _ in range(16)))
    blind = backend_of(1200, can_count=False)
    assert len(shown(sample, 1200, backend=blind).parts) == 1
    strict = shown(sample, 1200, backend=blind, is_strict=True)
    assert len(strict.parts) > 1
    counted = shown(sample, 1200)
    assert len(shown(sample, 1200, is_strict=True).parts) > len(counted.parts)


def test_long_documents_can_be_grouped_by_choice() -> None:
    sample = rag(*(f"document {n} " + "fact " * 200 for n in range(6)))
    fitted = shown(sample, 32_768, max_group_chars=2500)
    assert fitted.reduction == Reduction(num_document_groups=3)
    assert shown(rag("short", "texts"), 32_768, max_group_chars=2500).reduction is None


def test_packing_keeps_order_and_gives_a_long_document_its_own_group() -> None:
    documents = rag("a" * 10, "b" * 10, "c" * 99, "d").documents
    groups = pack_documents(documents, 20)
    assert [[document.doc_id for document in group] for group in groups] == [
        ["doc-1", "doc-2"],
        ["doc-3"],
        ["doc-4"],
    ]


@settings(max_examples=60, deadline=None)
@given(
    turns=st.lists(st.integers(1, 200), max_size=12),
    documents=st.lists(st.integers(1, 400), max_size=5),
    context=st.integers(400, 3000),
)
def test_whatever_is_shown_fits_and_holds_what_must_stay(
    turns: list[int], documents: list[int], context: int
) -> None:
    roles = ("user", "assistant")
    earlier = [Message(roles[at % 2], f"<{at}> " + "w " * n) for at, n in enumerate(turns)]
    sample = rag(*(f"{at}: " + "fact " * n for at, n in enumerate(documents)))
    system = Message("system", "Mind the rules.")
    sample = replace(sample, messages=(system, *earlier, *sample.messages))
    try:
        fitted = shown(sample, context)
    except JudgeBackendError as error:
        assert error.code == "context_overflow"
        return
    for part in fitted.parts:
        assert size(part) <= context - MAX_TOKENS - READ_TOKENS
        assert ANSWER in part.text
        assert QUESTION in part.text
        assert "Mind the rules." in part.text
    facts = sum(part.text.count("fact") for part in fitted.parts)
    assert facts == sum(documents)
