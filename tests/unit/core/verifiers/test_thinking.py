import pytest

from assay.verifiers.thinking import scan_thinking, strip_empty, strip_thinking


@pytest.mark.parametrize(
    "text",
    [
        "I think so.",
        'Write "<think>" to start, and "</think>" to end.',
        "a < think > b",
        "<name> is a placeholder, <thinker> too",
        "Send a <response> to the server.",
        "",
    ],
)
def test_mentions_are_no_tags(text: str) -> None:
    assert scan_thinking(text).tags == ()


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("<think>hm, 2+2</think>\n\n4", "4"),
        ("<think>hm</think><answer>4</answer>", "4"),
        ("<Thinking>\nhm\n</Thinking>\nVier.", "Vier."),
        ("[THINK]hm[/THINK]答案是四。", "答案是四。"),
        ("◁think▷hm◁/think▷4", "4"),
        ("<|begin_of_thought|>hm<|end_of_thought|><|begin_of_solution|>4<|end_of_solution|>", "4"),
        ("<reasoning>a</reasoning>one<think>b</think>two", "onetwo"),
        ("<think>only</think>", ""),
    ],
)
def test_blocks_are_paired_and_taken_out(text: str, rest: str) -> None:
    thinking = scan_thinking(text)
    assert thinking.fault is None
    assert strip_thinking(text, thinking) == rest


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("<think>never ends", "never closed"),
        ("reasoning</think> answer", "never opened"),
        ("<think>a<think>b</think></think>c", "opens inside"),
        ("<think>a</thinking>b", "is closed by"),
        ("</think><think>", "never opened"),
        ("<think>" * 2000, "more than 1000"),
    ],
)
def test_faults_are_named(text: str, fault: str) -> None:
    assert fault in (scan_thinking(text).fault or "")


def test_empty_blocks_are_found_and_removed() -> None:
    text = "<think>\n\n</think>\n\nHello"
    assert strip_empty(text, scan_thinking(text)) == "Hello"
    full = "<think>hm</think>Hello"
    assert scan_thinking(full).empty_blocks == ()
