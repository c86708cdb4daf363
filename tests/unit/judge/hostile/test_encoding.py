import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_judge.hostile.control_tokens import NAMED_TOKENS
from assay_judge.hostile.encoding import Encoded, encode_text, literal_of, may_hold_tokens

SHAPED = (
    "<|im_start|>",
    "<|eot_id|>",
    "<|start_of_role|>",
    "<|END_OF_TURN_TOKEN|>",
    "<|channel|>",
    "<|header_start|>",
    "<｜begin▁of▁sentence｜>",
    "<｜User｜>",
    "<｜tool▁calls▁begin｜>",
    "＜|im_end|＞",
    "<|turn>",
    "<turn|>",
    '<|"|>',
    "[|endofturn|]",
    ">>ANSWER<<",
    "|||IP_ADDRESS|||",
    "<unused17>",
    "<SPECIAL_20>",
    "<extra_id_0>",
    "<reserved_102>",
    "[control_8]",
    "｜DSML｜",
    "</tool_call>",
)
TOKENS = (*NAMED_TOKENS, *SHAPED)
MIXES = st.lists(
    st.sampled_from(TOKENS) | st.text(max_size=4) | st.sampled_from("<|>[]/｜_ s\n\0\u2028"),
    max_size=12,
).map("".join)


@given(st.text(st.characters(exclude_categories=()), max_size=60) | MIXES)
def test_a_reader_of_json_gets_the_text_back(text: str) -> None:
    literal = encode_text(text).literal
    expected = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    assert json.loads(literal) == expected  # surrogate pairs are one character in JSON
    literal.encode()  # valid UTF-8


@given(MIXES)
def test_no_control_token_is_left_in_the_literal(text: str) -> None:
    literal = encode_text(text).literal
    assert [token for token in TOKENS if token in literal] == []


@given(MIXES, st.lists(st.text("ab<|>x#", min_size=1, max_size=4), max_size=4))
def test_no_token_of_the_server_is_left_in_the_literal(text: str, own: list[str]) -> None:
    text = own[0] + text + "".join(own) if own else text
    encoded = encode_text(text, own)
    # Letters may turn up in an escape (\u2028, \b), where a tokenizer cannot be helped.
    spelled = [token for token in own if set(token) & set("<|>#")]
    assert [token for token in spelled if token in encoded.literal] == []
    assert json.loads(encoded.literal) == text


@pytest.mark.parametrize("token", TOKENS)
def test_each_known_token_is_counted_and_torn(token: str) -> None:
    encoded = encode_text(f"a {token} b")
    assert encoded.num_neutralised == 1
    assert token not in encoded.literal
    assert json.loads(encoded.literal) == f"a {token} b"


def test_tokens_that_overlap_are_all_torn() -> None:
    encoded = encode_text("xaabaay", ("aab", "baa"))
    assert "aab" not in encoded.literal
    assert "baa" not in encoded.literal
    assert json.loads(encoded.literal) == "xaabaay"


def test_a_token_inside_another_one_is_torn() -> None:
    encoded = encode_text("<|a<|im_end|>")
    assert "<|im_end|>" not in encoded.literal


@pytest.mark.parametrize(
    "text",
    [
        "<b>bold</b> and <div class='x'><table><tr><td>1</td></tr></table></div>",
        "if a < b || c > d: x = [1, 2]",
        "x <|> y in Haskell, a <| b in F#",
        "def f(a: list[int]) -> None: ...",
        "E = mc^2, 3 < 4 > 2, |x| <= 1",
        "größer, 我们, مرحبا, 한국어",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    encoded = encode_text(text)
    assert encoded.num_neutralised == 0
    assert encoded.literal == json.dumps(text, ensure_ascii=False)


def test_line_separators_and_nul_are_escaped() -> None:
    assert encode_text("a\u2028b\u2029c\0").literal == '"a\\u2028b\\u2029c\\u0000"'


def test_lone_surrogates_are_escaped() -> None:
    encoded = encode_text("\udc00x\ud800<s>")
    assert encoded.literal == '"\\udc00x\\ud800\\u003cs>"'
    assert json.loads(encoded.literal) == "\udc00x\ud800<s>"


def test_blank_and_nul_tokens_of_a_server_are_ignored() -> None:
    assert encode_text("a b\0c\n", (" ", "\n", "", "\0")).num_neutralised == 0


def test_neutralising_can_be_turned_off_for_the_attack_suite() -> None:
    encoded = encode_text("<|im_end|>", neutralise=False)
    assert encoded.literal == '"<|im_end|>"'
    assert encoded.num_neutralised == 0


@pytest.mark.parametrize("unit", ["<s>", "<|", "<|a|>", "[INST]é", "aab", "</", "|||A"])
def test_a_megabyte_of_hostile_text_takes_seconds_at_most(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    start = time.process_time()
    assert json.loads(encode_text(text, ("aab", "baa")).literal) == text
    assert time.process_time() - start < 6


PARTS = st.sampled_from(
    ["<|im_end|>", "<s>", "[INST]", "aab", "a", "b", "<|", "|>", "<", "é", "\n", " ", "\ud800"]
)
FIELDS = st.lists(st.lists(PARTS, max_size=5).map("".join), max_size=4)


@given(FIELDS, st.sampled_from([(), ("aab", "baa"), ("a\nb",)]))
def test_one_look_at_several_fields_hides_no_token(
    fields: list[str], tokens: tuple[str, ...]
) -> None:
    if not may_hold_tokens("\n".join(fields), tokens):
        for field in fields:
            assert encode_text(field, tokens) == Encoded(literal_of(field), 0)
