import pytest

from assay.domain.sample import Document, Message, Sample, Tool, ToolCall
from assay_filter.dedup.features import compute_features
from assay_filter.dedup.keys import canonical_content, canonical_text, dedup_text, exact_key
from assay_filter.dedup.settings import DedupSettings

BASE = Sample(
    (Message("system", "Be kind."), Message("user", "Hi"), Message("assistant", "Hello")),
    tools=(Tool("f", "does f", {"b": 1, "a": 2}),),
    documents=(Document("1", "Title", "Text"),),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cafe\u0301", "caf\u00e9"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a  \nb\t\n\n", "a\nb"),
        ("  indented", "  indented"),
        ("一\u3000\n二", "一\n二"),
        ("Case. Stays!", "Case. Stays!"),
    ],
)
def test_canonical_text(text: str, expected: str) -> None:
    assert canonical_text(text) == expected


def _with_answer(answer: str) -> Sample:
    return Sample((*BASE.messages[:2], Message("assistant", answer)), BASE.tools, BASE.documents)


def test_canonical_content_ignores_what_no_trainer_sees() -> None:
    reordered = (Tool("f", "does f", {"a": 2, "b": 1}),)
    assert canonical_content(_with_answer("Hello \r\n")) == canonical_content(BASE)
    assert canonical_content(Sample(BASE.messages, reordered, BASE.documents)) == (
        canonical_content(BASE)
    )


@pytest.mark.parametrize(
    "other",
    [
        _with_answer("hello"),
        Sample(BASE.messages, (), BASE.documents),
        Sample(BASE.messages, BASE.tools, ()),
        Sample((Message("user", "Be kind."), *BASE.messages[1:]), BASE.tools, BASE.documents),
        Sample(
            (*BASE.messages[:2], Message("assistant", "Hello", (ToolCall(None, "f", "{}"),))),
            BASE.tools,
            BASE.documents,
        ),
        Sample(BASE.messages, BASE.tools, (Document("1", "Title", "Other"),)),
    ],
)
def test_exact_keys_tell_contents_apart(other: Sample) -> None:
    assert exact_key(canonical_content(other)) != exact_key(canonical_content(BASE))


def test_sides_of_a_sample() -> None:
    text = dedup_text(
        Sample(
            (
                Message("system", "Be\x1e kind."),
                Message("user", "Weather?"),
                Message("assistant", None, (ToolCall("c", "get", '{"city":"Rome"}'),)),
                Message("tool", "sunny", (), "c", "get"),
                Message("assistant", "Sunny."),
            ),
            BASE.tools,
            BASE.documents,
        )
    )
    assert text.turns == "tdsuaoa"
    assert text.query == "Weather?"
    assert text.response == '\nget({"city":"Rome"})\x1eSunny.'
    assert text.setting == 'f\ndoes f\n{"a":2,"b":1}\x1eTitle\nText\x1eBe  kind.\x1eget\nsunny'


def _prompt(*messages: Message) -> bytes:
    block = compute_features([dedup_text(Sample(messages))], DedupSettings())
    return block.prompt.tobytes()


U, A, S = "user", "assistant", "system"


def test_the_prompt_is_what_stands_before_the_last_answer() -> None:
    first = (Message(U, "One?"), Message(A, "1"), Message(U, "Two?"))
    assert _prompt(*first, Message(A, "2")) == _prompt(*first, Message(A, "II"))
    assert _prompt(*first, Message(A, "2"), Message(U, "Thanks")) == _prompt(*first, Message(A, ""))
    assert _prompt(Message(U, "one"), Message(A, "x")) == _prompt(
        Message(U, "One?"), Message(A, "x")
    )


@pytest.mark.parametrize(
    "other",
    [
        (Message(U, "One?"), Message(A, "one"), Message(U, "Two?"), Message(A, "2")),
        (Message(U, "One?"), Message(A, "1"), Message(U, "Three?"), Message(A, "2")),
        (Message(S, "x"), Message(U, "One?"), Message(A, "1"), Message(U, "Two?"), Message(A, "2")),
        (Message(U, "One?"), Message(U, "Two?"), Message(A, "1"), Message(A, "2")),
    ],
)
def test_other_prompts_have_other_keys(other: tuple[Message, ...]) -> None:
    prompt = _prompt(Message(U, "One?"), Message(A, "1"), Message(U, "Two?"), Message(A, "2"))
    assert _prompt(*other) != prompt


def test_no_prompt_has_no_key() -> None:
    assert _prompt(Message(A, "Hello")) == bytes(16)
    assert _prompt(Message(U, " ?! "), Message(A, "Hello")) == bytes(16)
    assert _prompt(Message(U, "Hm"), Message(A, "Hello")) != bytes(16)
