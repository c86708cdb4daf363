import pytest

from assay.domain.sample import Message
from assay_rl_rewards.protocols.templated import read_prompt

ASKED = (Message("system", "Be brief."), Message("user", "Two\nlines?"))


@pytest.mark.parametrize(
    "text",
    [
        "<|start_of_role|>system<|end_of_role|>Be brief.<|end_of_text|>\n"
        "<|start_of_role|>user<|end_of_role|>Two\nlines?<|end_of_text|>\n"
        "<|start_of_role|>assistant<|end_of_role|>",
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nTwo\nlines?<|im_end|>\n"
        "<|im_start|>assistant\n",
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nTwo\nlines?<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
    ],
)
def test_templates_are_read_back(text: str) -> None:
    assert read_prompt(text) == ASKED


@pytest.mark.parametrize(
    "text", ["What is 2 + 2?", "", "<|im_start|>", "a <|im_start|>assistant\n"]
)
def test_text_without_turns_is_one_user_turn(text: str) -> None:
    assert read_prompt(text) == (Message("user", text),)


def test_role_of_a_templates_own_is_evidence() -> None:
    text = "<|start_of_role|>documents<|end_of_role|>Doc 1<|end_of_text|>"
    assert read_prompt(text) == (Message("system", "Doc 1"),)
