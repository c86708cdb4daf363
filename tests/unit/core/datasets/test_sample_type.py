import time

import pytest

from assay.datasets.sample_type import infer_type
from assay.domain.sample import JsonObject, SampleType


def chat(answer: str, question: str = "Please help") -> JsonObject:
    return {
        "messages": [
            {"role": "user", "content": question},
            {"role": "assistant", "content": answer},
        ]
    }


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("The capital of France is Paris.", "single_turn"),
        ("```python\nprint(1)\n```", "code"),
        ("~def~ is a keyword; import it from abroad", "single_turn"),
        ("def area(r):\n    return r * r", "code"),
        ("    for item in items:\n        total += item", "code"),
        ("SELECT name FROM users WHERE id = 1;", "code"),
        ("#include <stdio.h>\nint main() { return 0; }", "code"),
        ("Here it is:\n```json\n{\"a\": 1}\n```", "single_turn"),
        ("Let us import more goods. Class is over: go home.", "single_turn"),
        ("He has 48/2=<<48/2=24>>24 left.\n#### 24", "math"),
        ("The answer is $\\boxed{7}$.", "math"),
        ("First 3 + 4 = 7, then 7 * 2 = 14.", "math"),
        ("3 \u00d7 4 = 12\n12 \u2212 5 = 7", "math"),
        ("#### Ingredients\n2 eggs", "single_turn"),
        ("Set x = 3 in the file.", "single_turn"),
        ("巴黎是法国的首都。", "multilingual"),
        ("パリはフランスの首都です。", "multilingual"),
        ("파리는 프랑스의 수도입니다.", "multilingual"),
        ("باريس هي عاصمة فرنسا.", "multilingual"),
        ("Paříž je hlavní město Francie, říká průvodce.", "single_turn"),  # Latin letters
        ("Great! " + "\U0001f600" * 9, "single_turn"),
    ],
)  # fmt: skip
def test_the_answer_tells_the_type(answer: str, expected: str) -> None:
    assert infer_type(chat(answer), {}) == SampleType(expected)


@pytest.mark.parametrize("language", ["de", "fr-CA", "pt_BR", "Spanish"])
def test_a_declared_language_other_than_english_is_multilingual(language: str) -> None:
    assert infer_type(chat("Ja."), {}, language=language) == SampleType.MULTILINGUAL
    assert infer_type(chat("Ja."), {"lang": language}) == SampleType.MULTILINGUAL


@pytest.mark.parametrize("language", ["en", "EN-us", "English"])
def test_english_is_not_multilingual(language: str) -> None:
    assert infer_type(chat("巴黎是法国的首都。"), {}, language=language) == SampleType.SINGLE_TURN


def test_structure_comes_before_text() -> None:
    code = "```python\n1\n```"
    messages = chat(code)["messages"]
    turns = [*messages, *messages]  # type: ignore[misc]
    assert infer_type({"messages": turns}, {}) == SampleType.MULTI_TURN
    assert infer_type({"messages": turns, "documents": ["d"]}, {}) == SampleType.RAG
    assert infer_type({"messages": turns, "documents": ["d"], "tools": [{}]}, {}) == (
        SampleType.TOOL_CALLING
    )


@pytest.mark.parametrize(
    "turn",
    [
        {"role": "assistant", "tool_calls": [{}]},
        {"role": "observation", "content": "3"},
        {"role": "tool", "content": "3"},
    ],
)
def test_calls_and_results_make_a_tool_conversation(turn: JsonObject) -> None:
    assert infer_type({"messages": [turn]}, {}) == SampleType.TOOL_CALLING


def test_aliased_roles_count() -> None:
    turns = [{"role": "human", "content": "q"}, {"role": "gpt", "content": "1+1=2, 2+2=4"}]
    assert infer_type({"messages": turns}, {}) == SampleType.MATH
    assert infer_type({"messages": [*turns, *turns]}, {}) == SampleType.MULTI_TURN


@pytest.mark.parametrize("payload", [{}, {"messages": 3}, {"messages": [1, None, {"role": []}]}])
def test_unsound_payloads_have_a_type_too(payload: JsonObject) -> None:
    assert infer_type(payload, {}) == SampleType.SINGLE_TURN


@pytest.mark.parametrize("unit", ["<<", "def ", "1=", "a,\u4e00", "    if ", "```", "9-9", "é"])
def test_hostile_answers_are_linear(unit: str) -> None:
    start = time.perf_counter()
    infer_type(chat(unit * (1_000_000 // len(unit))), {})
    assert time.perf_counter() - start < 1.0
