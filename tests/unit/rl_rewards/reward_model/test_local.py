"""The reward model in this process, without torch: order, batches, what is missing.

That its logits are those of Transformers and of vLLM is shown in `tests/vllm`.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.fakes.chat_tokenizer import write_model_folder

from assay.domain.errors import ConfigError, RewardModelError
from assay.domain.sample import Message
from assay_rl_rewards.reward_model import local
from assay_rl_rewards.reward_model.local import LocalRewardModel
from assay_rl_rewards.reward_model.port import Conversation, Logit
from assay_rl_rewards.reward_model.tokens import ConversationEncoder

BROKEN = 13


class CountingModel(LocalRewardModel):
    """Scores a sequence by its length; remembers the padded batches."""

    batches: list[list[int]]

    def _forward(self, sequences: Sequence[Sequence[int]]) -> list[float]:
        if any(BROKEN in ids for ids in sequences):
            raise RuntimeError("out of memory")
        self.batches = [*getattr(self, "batches", []), [len(ids) for ids in sequences]]
        return [float("nan") if len(ids) == 7 else float(len(ids)) for ids in sequences]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(local, "load_granite", lambda *_, **__: None)
    return write_model_folder(tmp_path / "reward")


def told(logits: Sequence[Logit]) -> list[float | str]:
    return [logit.code if isinstance(logit, RewardModelError) else logit for logit in logits]


def test_logits_keep_their_order_though_batches_are_sorted(folder: Path) -> None:
    model = CountingModel(folder, None, max_batch_tokens=40)
    lengths = [30, 2, 50, 9, 9, 1, 8]
    assert told(model.score_ids([[0] * n for n in lengths])) == [float(n) for n in lengths]
    assert model.batches == [[1, 2, 8, 9], [9], [30], [50]]


def test_sequence_that_fails_or_gives_nan_fails_alone_in_its_batch(folder: Path) -> None:
    model = CountingModel(folder, None, max_batch_tokens=100)
    found = model.score_ids([[0] * 2, [BROKEN] * 5, [0] * 7, [0] * 3])
    assert told(found) == [2.0, "failed", "not_finite", 3.0]
    assert model.batches == [[2], [3], [7]]


def test_conversation_that_is_too_long_fails_alone(folder: Path) -> None:
    model = CountingModel(folder, ConversationEncoder.open(folder))

    async def run() -> list[Logit]:
        question = (Message("user", "q"),)
        texts = ("a", "long " * 2000, "b")
        found = await model.score([Conversation(question, text) for text in texts])
        await model.close()
        return found

    first, long, last = told(asyncio.run(run()))
    assert long == "too_long"
    assert isinstance(first, float)
    assert first == last


def test_version_changes_with_weights_precision_and_encoding(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"one")
    versions = {
        CountingModel(folder, None).version,
        CountingModel(folder, None, dtype="bfloat16").version,
        CountingModel(folder, ConversationEncoder.open(folder)).version,
    }
    (folder / "model.safetensors").write_bytes(b"two")
    versions.add(CountingModel(folder, None).version)
    assert len(versions) == 4


@pytest.mark.parametrize("missing", ["torch", "transformers"])
def test_missing_package_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ConfigError, match=r"assay\[reward-model\]"):
        LocalRewardModel(tmp_path, None)
