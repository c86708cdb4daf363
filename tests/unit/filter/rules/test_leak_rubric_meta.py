import pytest

from assay.domain.action import Drop, Fix, Flag
from assay.domain.sample import Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.edits import apply_edits, undo_edits
from assay_filter.rules.leak_rubric_meta import LeakRubricMeta, LeakRubricMetaSettings

ANSWER = "Tides follow the moon.\n\nThey come twice a day."


def actions(text: str, prompt: str = "Explain tides.", *, fix: bool = True) -> list[object]:
    rule = LeakRubricMeta(LeakRubricMetaSettings(fix_templates=fix))
    return list(rule.check(View(Sample((Message("user", prompt), Message("assistant", text))))))


@pytest.mark.parametrize(
    "text",
    [
        ANSWER + "\n\n### Instruction:\nExplain tides.\n\n### Response:\n",
        ANSWER + "\n\n### Response:\n",
        ANSWER + "\n### Human: And now winds\n### Assistant: Winds blow.",
        "### Response:\n" + ANSWER,
        "### Instruction:\nExplain tides.\n\n### Response:\n" + ANSWER,
        "Below is an instruction that describes a task. Write a response.\n\n### Instruction:\n"
        "Explain tides.\n\n### Response:\n" + ANSWER + "\n\n### Instruction:\nMore",
        ANSWER + "\n\n[INST] And winds? [/INST]",
    ],
)
def test_a_template_is_cut_off_and_can_be_put_back(text: str) -> None:
    (fix,) = actions(text)
    assert isinstance(fix, Fix)
    payload = {"messages": [{"content": "Explain tides."}, {"content": text}]}
    fixed = apply_edits(payload, fix.edits)
    assert fixed == {"messages": [{"content": "Explain tides."}, {"content": ANSWER}]}
    assert undo_edits(fixed, fix.edits) == payload


def test_a_template_is_flagged_where_it_may_not_be_mended() -> None:
    (flag,) = actions(ANSWER + "\n\n### Instruction:\nMore", fix=False)
    assert isinstance(flag, Flag) and flag.caps


def test_a_response_that_is_only_template_or_placeholder_is_dropped() -> None:
    assert isinstance(actions("### Instruction:\nExplain tides.\n")[0], Drop)
    assert isinstance(actions("<nooutput>")[0], Drop)


@pytest.mark.parametrize(
    ("text", "caps"),
    [
        ("Based on the reference answer, tides follow the moon.", True),
        ("The sentence is fine. <noinput>", True),
        ("Dear {{customer_name}}, thank you.", False),
    ],
)
def test_other_scaffolding_is_flagged(text: str, caps: bool) -> None:
    (flag,) = actions(text)
    assert isinstance(flag, Flag) and flag.caps is caps


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        (ANSWER, "Explain tides."),
        ("## Input\n\nTwo numbers.\n\n## Output\n\nTheir sum.", "Describe the program."),
        ("### Question: what are tides?\nThey follow the moon.", "Explain tides."),
        (
            "Use this:\n### Instruction:\n{task}\n### Response:",
            "Show the ### Instruction: template.",
        ),
        ("```\n### Instruction:\n{task}\n```\nThat is the template.", "Show the Alpaca format."),
        ("The rubric says to check sources.", "What does my rubric say about sources?"),
        ("Write {{ name }} in the template.", "How do I print {{ name }} in Jinja?"),
    ],
)
def test_headings_code_and_answers_about_templates_pass(text: str, prompt: str) -> None:
    assert not actions(text, prompt)
