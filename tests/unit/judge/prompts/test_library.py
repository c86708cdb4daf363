"""The static prompt and the tasks: complete, in order, without anything of a sample."""

import re
from itertools import pairwise, product

import pytest

from assay.domain.errors import ConfigError
from assay.domain.rubric import Dimension, Rubric
from assay.domain.sample import Document, Message, Sample, SampleType, Tool, ToolCall
from assay.rubrics import load_rubric
from assay_judge.hostile.encoding import encode_text
from assay_judge.prompts.files import read_prompts
from assay_judge.prompts.library import (
    TAILS,
    extra_kinds,
    prompts_digest,
    system_prompt,
    tail,
)

RUBRIC = load_rubric("critical-thinking")
ALL_KINDS = frozenset(SampleType)
UNFILLED = re.compile(r"\{\{[a-z_]+\}\}")
FIELDS = {
    "evidence": {},
    "score": {},
    "confirm": {"quote": '"2 + 2 = 5"', "defect": '"incorrect_computation: it is wrong"'},
    "check": {"question": "Does it say so?"},
    "injection": {},
}


def with_own_dimension(name: str, text: str) -> Rubric:
    """The default rubric with a seventh dimension, which takes some of the weight of another."""
    base = load_rubric("default")
    correctness = base.dimensions["correctness"].model_copy(update={"weight": 0.2})
    own = Dimension(
        weight=0.1, description=text, levels={n: f"{text} level {n}." for n in range(1, 6)}
    )
    dimensions = {**base.dimensions, "correctness": correctness, name: own}
    return base.model_copy(update={"dimensions": dimensions})


@pytest.mark.parametrize(
    ("kind", "descending", "with_scores"), list(product(SampleType, (False, True), (False, True)))
)
def test_every_text_of_the_rubric_is_told(
    kind: SampleType, descending: bool, with_scores: bool
) -> None:
    prompt = system_prompt(kind, RUBRIC, descending=descending, with_scores=with_scores)
    flat = " ".join(prompt.split())
    for name in RUBRIC.judged_dimensions:
        dimension = RUBRIC.dimensions[name]
        assert f"## {name}: {' '.join(dimension.description.split())}" in flat
        assert all(f"{level} = {text}" in flat for level, text in dimension.levels.items())
        assert f'"{name}":"..."' in flat
    for name, rule in RUBRIC.judged_defects.items():
        told = (rule.description, rule.example, rule.counterexample)
        assert f"- {name}:" in flat
        assert all(" ".join(text.split()) in flat for text in told)
    for name, check in RUBRIC.checks.items():
        assert f"- {name}: {' '.join(check.question.split())}" in flat
    assert not UNFILLED.search(prompt)
    assert ('"scores"' in prompt) is with_scores


def test_defects_of_code_alone_are_not_told() -> None:
    prompt = system_prompt(SampleType.SINGLE_TURN, RUBRIC)
    assert "invalid_tool_call" in RUBRIC.defects
    assert "invalid_tool_call" not in prompt


def test_dimensions_stand_in_the_order_of_the_rubric() -> None:
    prompt = system_prompt(SampleType.SINGLE_TURN, RUBRIC)
    places = [prompt.index(f"## {name}: ") for name in RUBRIC.judged_dimensions]
    assert places == sorted(places)


@pytest.mark.parametrize(("descending", "digits"), [(False, "12345"), (True, "54321")])
def test_levels_rise_or_fall(descending: bool, digits: str) -> None:
    prompt = system_prompt(SampleType.MATH, RUBRIC, descending=descending)
    found = re.findall(r"^([1-5]) = ", prompt, re.MULTILINE)
    assert "".join(found) == digits * len(RUBRIC.judged_dimensions)


def test_descending_moves_lines_and_changes_none() -> None:
    up = system_prompt(SampleType.RAG, RUBRIC)
    down = system_prompt(SampleType.RAG, RUBRIC, descending=True)
    assert up != down
    assert sorted(up.split("\n")) == sorted(down.split("\n"))


def test_an_own_dimension_is_told_after_the_six() -> None:
    prompt = system_prompt(SampleType.CODE, with_own_dimension("brand_voice", "Sounds like us"))
    assert prompt.index("## calibration: ") < prompt.index("## brand_voice: Sounds like us")
    assert "3 = Sounds like us level 3." in prompt
    assert '"brand_voice":"..."' in prompt


def test_a_rubric_without_checks_has_no_section_for_them() -> None:
    assert "# Checks" not in system_prompt(SampleType.RAG, load_rubric("default"))
    assert "# Checks" in system_prompt(SampleType.RAG, RUBRIC)


def test_injection_is_told_once_even_when_the_rubric_defines_it() -> None:
    rule = RUBRIC.defects["hallucination"].model_copy(update={"description": "Our own words."})
    own = RUBRIC.model_copy(update={"defects": {**RUBRIC.defects, "injection": rule}})
    assert system_prompt(SampleType.CODE, RUBRIC).count("- injection: ") == 1
    prompt = system_prompt(SampleType.CODE, own)
    assert prompt.count("- injection: ") == 1
    assert "- injection: Our own words." in prompt


def test_a_defect_without_examples_is_told_without_them() -> None:
    rule = RUBRIC.defects["hallucination"].model_copy(update={"example": "", "counterexample": ""})
    own = RUBRIC.model_copy(update={"defects": {"invented": rule}})
    prompt = system_prompt(SampleType.CODE, own)
    assert "- invented: " in prompt
    assert prompt.count("  A case: ") == prompt.count("  Not a case: ") == 1  # injection's


def test_a_rubric_text_with_field_marks_is_shown_as_it_is() -> None:
    prompt = system_prompt(SampleType.CODE, with_own_dimension("odd", "Keeps {{names}} and {0}"))
    assert "## odd: Keeps {{names}} and {0}" in prompt


def test_the_prompt_is_static_and_cached() -> None:
    first = system_prompt(SampleType.RAG, RUBRIC)
    assert system_prompt(SampleType.RAG, RUBRIC) is first
    again = load_rubric("critical-thinking")
    assert system_prompt(SampleType.RAG, again) == first


def test_two_rubrics_are_never_confused() -> None:
    prompts = set()
    for number in range(20):  # each is dropped at once, so that addresses may be used again
        rubric = with_own_dimension("own", f"Text number {number}.")
        prompts.add(system_prompt(SampleType.RAG, rubric))
        assert f"Text number {number}." in system_prompt(SampleType.RAG, rubric)
    assert len(prompts) == 20


def test_each_type_has_an_addendum_of_its_own() -> None:
    prompts = {kind: system_prompt(kind, RUBRIC) for kind in SampleType}
    assert len(set(prompts.values())) == len(SampleType)
    for kind, prompt in prompts.items():
        assert read_prompts().file(f"kind_{kind}").text in prompt


def test_types_share_everything_before_their_addendum() -> None:
    prompts = [system_prompt(kind, RUBRIC) for kind in SampleType]
    for one, other in pairwise(prompts):
        start = one.index("# This sample: ")
        assert one[:start] == other[:start]


def test_addenda_combine_in_one_order() -> None:
    extra = frozenset((SampleType.TOOL_CALLING, SampleType.MULTI_TURN))
    prompt = system_prompt(SampleType.RAG, RUBRIC, extra=extra)
    places = [
        prompt.index(read_prompts().file(f"kind_{kind}").text)
        for kind in (SampleType.MULTI_TURN, SampleType.RAG, SampleType.TOOL_CALLING)
    ]
    assert places == sorted(places)
    swapped = frozenset((SampleType.TOOL_CALLING, SampleType.RAG))
    assert system_prompt(SampleType.MULTI_TURN, RUBRIC, extra=swapped) == prompt


def test_a_conversation_is_not_told_to_be_a_single_turn() -> None:
    extra = frozenset((SampleType.MULTI_TURN,))
    prompt = system_prompt(SampleType.SINGLE_TURN, RUBRIC, extra=extra)
    assert read_prompts().file("kind_single_turn").text not in prompt


def test_extra_kinds_name_what_a_sample_has_beside_its_type() -> None:
    turns = (Message("user", "a"), Message("assistant", "b")) * 2
    sample = Sample(
        turns,
        (Tool("t", "", None),),
        (Document("d", "", "text"),),
        type=SampleType.RAG,
        language="pt-BR",
    )
    assert extra_kinds(sample) == {
        SampleType.TOOL_CALLING,
        SampleType.MULTI_TURN,
        SampleType.MULTILINGUAL,
    }
    assert extra_kinds(Sample(turns[:2], language="en-GB")) == frozenset()
    call = Message("assistant", None, (ToolCall("1", "t", "{}"),))
    assert extra_kinds(Sample((turns[0], call))) == {SampleType.TOOL_CALLING}


def test_no_system_prompt_holds_a_control_token() -> None:
    prompt = system_prompt(SampleType.RAG, RUBRIC, with_scores=True, extra=ALL_KINDS)
    assert encode_text(prompt).num_neutralised == 0


@pytest.mark.parametrize("name", TAILS)
def test_tails_are_filled(name: str) -> None:
    text = tail(name, **FIELDS[name])
    assert text.startswith(f"Your task: {name}. ")
    assert all(value in text for value in FIELDS[name].values())
    assert not UNFILLED.search(text)


@pytest.mark.parametrize("name", ["confirm", "check", "injection"])
def test_yes_no_tasks_say_their_answer_form(name: str) -> None:
    assert tail(name, **FIELDS[name]).endswith('Answer {"answer":"yes"} or {"answer":"no"}.')


def test_a_field_value_is_never_substituted_again() -> None:
    quote = encode_text("{{defect}} {quote} {0} %s").literal
    assert f"quote: {quote}\n" in tail("confirm", quote=quote, defect='"d"')


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("nothing", {}),
        ("../role", {}),
        ("confirm", {"quote": '"q"'}),
        ("evidence", {"quote": '"q"'}),
        ("check", {"question": "q?", "defect": '"d"'}),
    ],
)
def test_unknown_tasks_and_fields_are_refused(name: str, fields: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        tail(name, **fields)


def test_the_digest_is_a_sha256_and_stable() -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", prompts_digest())
    assert prompts_digest() == prompts_digest() != read_prompts().digest
