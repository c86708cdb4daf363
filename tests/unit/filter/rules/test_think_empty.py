from assay.domain.action import Action, Fix
from assay.domain.sample import Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.edits import apply_edits, undo_edits
from assay_filter.rules.think_empty import ThinkEmpty, ThinkEmptySettings


def check(answer: str) -> list[Action]:
    view = View(Sample((Message("assistant", answer),)))
    return list(ThinkEmpty(ThinkEmptySettings()).check(view))


def test_empty_block_is_removed_reversibly() -> None:
    answer = "<think>\n \n</think>\n\nHello."
    (fix,) = check(answer)
    assert isinstance(fix, Fix)
    payload = {"messages": [{"content": answer}]}
    fixed = apply_edits(payload, fix.edits)
    assert fixed["messages"] == [{"content": "Hello."}]
    assert undo_edits(fixed, fix.edits) == payload


def test_full_and_unpaired_blocks_stay() -> None:
    assert check("<think>hm</think>Hello.") == []
    assert check("<think></think><think>") == []
