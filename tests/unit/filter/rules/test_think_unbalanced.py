import pytest

from assay.domain.action import Action, Drop
from assay.domain.sample import Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.think_unbalanced import ThinkUnbalanced, ThinkUnbalancedSettings


def check(answer: str) -> list[Action]:
    view = View(Sample((Message("user", "<think>"), Message("assistant", answer))))
    return list(ThinkUnbalanced(ThinkUnbalancedSettings()).check(view))


@pytest.mark.parametrize(
    "answer", ["<think>on and on", "hm</think>4", "<think>a<think>b</think></think>c"]
)
def test_tags_that_do_not_pair_drop(answer: str) -> None:
    (drop,) = check(answer)
    assert isinstance(drop, Drop)


@pytest.mark.parametrize(
    "answer", ["<think>a</think>b", "plain", "`<think>` is a tag", "```\n<think>\n```"]
)
def test_paired_or_coded_tags_stay(answer: str) -> None:
    assert check(answer) == []
