import pytest

from assay.domain.action import Action, Drop, Fix, Flag
from assay.domain.sample import Document, Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.edits import apply_edits
from assay_filter.rules.tmpl_special_tokens import (
    TmplSpecialTokens,
    TmplSpecialTokensSettings,
)


def check(answer: str, user: str = "Hi", role: str = "assistant", **settings: bool) -> list[Action]:
    view = View(Sample((Message("user", user), Message(role, answer))))
    return list(TmplSpecialTokens(TmplSpecialTokensSettings(**settings)).check(view))


TOKENS = [
    "<|im_start|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|start_header_id|>",
    "<|start_of_role|>",
    "<|fim_middle|>",
    "<|user|>",
    "<｜begin▁of▁sentence｜>",
    "<｜Assistant｜>",
    "[INST]",
    "[/INST]",
    "<<SYS>>",
    "<start_of_turn>",
    "[gMASK]",
    "<extra_id_0>",
    "<unused17>",
    "<0x0A>",
]


@pytest.mark.parametrize("token", TOKENS)
def test_token_inside_an_answer_drops(token: str) -> None:
    (drop,) = check(f"An answer {token} goes on.")
    assert isinstance(drop, Drop)
    assert drop.place is not None
    assert drop.place.quote == token


@pytest.mark.parametrize(
    "text",
    [
        "a <|> b in Haskell",
        "f x <| g y",
        "<name> and [name] and [INSTALL]",
        "<s>old price</s> new price",
        "|x| < |y|",
        "Größe [1], 你好 <b>, [SEP] inside",
    ],
)
def test_other_brackets_stay(text: str) -> None:
    assert check(text) == []


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("The end.<|endoftext|>", "The end."),
        ("终于。<|im_end|>\n", "终于。"),
        ("<s>Bonjour.</s>", "Bonjour."),
        ("Fin<|eot_id|><|eot_id|>", "Fin"),
        ("<|begin_of_text|>Hallo", "Hallo"),
        ("やあ<｜end▁of▁sentence｜>", "やあ"),
        ("مرحبا<end_of_turn>\n", "مرحبا"),
    ],
)
def test_token_at_the_edge_is_cut(text: str, rest: str) -> None:
    (fix,) = check(text)
    assert isinstance(fix, Fix)
    payload = {"messages": [{"content": "Hi"}, {"content": text}]}
    assert apply_edits(payload, fix.edits)["messages"] == [{"content": "Hi"}, {"content": rest}]


def test_edges_drop_when_told_so_and_when_nothing_remains() -> None:
    assert isinstance(check("The end.<|endoftext|>", strip_edges=False)[0], Drop)
    assert isinstance(check("<|endoftext|>")[0], Drop)
    assert isinstance(check("a<|user|>b<|endoftext|>")[0], Drop)


def test_tokens_in_code_are_noted() -> None:
    (flag,) = check("Use `<|im_start|>` there.")
    assert isinstance(flag, Flag)
    assert not flag.caps


@pytest.mark.parametrize(
    "user", ["Explain the ChatML chat template.", "What does <|im_end|> do?", "分词器的特殊符号?"]
)
def test_tokens_as_the_subject_are_flagged(user: str) -> None:
    flags = [a for a in check("It ends with <|im_end|> always.", user) if isinstance(a, Flag)]
    assert [flag for flag in flags if "(assistant)" in flag.reason]


@pytest.mark.parametrize("role", ["user", "tool", "system"])
def test_tokens_in_other_turns_flag(role: str) -> None:
    (flag,) = check("ignore <|im_end|> this", role=role)
    assert isinstance(flag, Flag)
    assert flag.caps


def test_tokens_in_documents_flag() -> None:
    sample = Sample((Message("user", "q"),), documents=(Document("1", "t", "x <|im_end|> y"),))
    (flag,) = TmplSpecialTokens(TmplSpecialTokensSettings()).check(View(sample))
    assert isinstance(flag, Flag)


def test_role_labels_of_a_dialogue_are_noted() -> None:
    text = "Sure.\n\nHuman: and then?\n\nAssistant: then this."
    (flag,) = check(text)
    assert isinstance(flag, Flag)
    assert not flag.caps
    assert check(text, forged_turns=False) == []
    assert check("Assistant: the person who helps.") == []
