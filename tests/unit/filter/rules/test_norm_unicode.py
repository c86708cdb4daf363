import unicodedata

import pytest

from assay.domain.action import Action, Fix, Flag
from assay.domain.sample import Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.edits import apply_edits, undo_edits
from assay_filter.rules.norm_unicode import NormUnicode, NormUnicodeSettings


def check(answer: str, user: str = "q", *, nfc: bool = True) -> list[Action]:
    view = View(Sample((Message("user", user), Message("assistant", answer))))
    return list(NormUnicode(NormUnicodeSettings(nfc=nfc)).check(view))


@pytest.mark.parametrize(
    "answer", ["Plain.", "Größe «été» niño …", "今日は、世界。", "안녕", "مرحبا", "žluťoučký kůň"]
)
def test_sound_text_of_any_language_stays(answer: str) -> None:
    assert check(answer) == []


def test_mojibake_is_fixed_reversibly_in_every_turn() -> None:
    payload = {
        "messages": [
            {"role": "user", "content": "cafÃ© prices?"},
            {"role": "assistant", "content": "It costs Â£5 – â€œcheapâ€\x9d."},
        ]
    }
    fixes = check(payload["messages"][1]["content"], payload["messages"][0]["content"])
    edits = [edit for fix in fixes if isinstance(fix, Fix) for edit in fix.edits]
    fixed = apply_edits(payload, edits)
    assert fixed == {
        "messages": [
            {"role": "user", "content": "café prices?"},
            {"role": "assistant", "content": "It costs £5 – “cheap”."},
        ]
    }
    assert undo_edits(fixed, edits) == payload


def test_accents_are_composed_outside_of_code_only() -> None:
    loose = unicodedata.normalize("NFD", "café")
    answer = f"The {loose}:\n```\n{loose}\n```"
    (fix,) = check(answer)
    assert isinstance(fix, Fix)
    fixed = apply_edits({"messages": [None, {"content": answer}]}, fix.edits)
    assert fixed == {"messages": [None, {"content": answer.replace(loose, "café", 1)}]}
    assert check(answer, nfc=False) == []


def test_text_beyond_repair_is_flagged() -> None:
    (flag,) = check("ã‚ã¡ã¯ ã¾ã ãã¿")
    assert isinstance(flag, Flag)
    assert flag.caps
