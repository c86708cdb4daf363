"""A scalar reward model in this process, on torch; nothing of torch loads before one is opened.

transformers has no sequence classification for Granite, so the class is made here of its own
parts (`GenericForSequenceClassification`); a checkpoint that a trainer saved under that name is
read as it is, and vLLM serves the same files. The invariants: only safetensors, no code of the
checkpoint; a head that is missing from the file is an error, never a random head; the logit is read
at the last token of each sequence, as vLLM does, whatever the padding token is.
"""

import asyncio
import hashlib
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

from assay.domain.errors import ConfigError, RewardModelError
from assay_rl_rewards.reward_model.port import Conversation, Encoder, Logit

MAX_BATCH_TOKENS = 1 << 14  # padding included
_MODEL_TYPE = "granite"

Dtype = Literal["float32", "bfloat16"]


class LocalRewardModel:
    """Scores conversations with a checkpoint, in a thread of its own.

    Args:
        folder: the checkpoint: `config.json`, safetensors.
        encoder: makes the ids; None only where `score_ids` alone is used.
        dtype: of weights and computation; how far off `bfloat16` is depends on the model.
        device: a torch device.
        max_batch_tokens: in one forward pass, padding included.

    Raises:
        ConfigError: the checkpoint is no scalar Granite reward model, or torch is missing.
    """

    def __init__(
        self,
        folder: Path,
        encoder: Encoder | None,
        *,
        dtype: Dtype = "float32",
        device: str = "cpu",
        max_batch_tokens: int = MAX_BATCH_TOKENS,
    ) -> None:
        self._encoder = encoder
        self._max_batch_tokens = max_batch_tokens
        self._model = load_granite(folder, dtype=dtype, device=device)
        self._device = device
        self._thread = ThreadPoolExecutor(1, "assay-reward-model")
        self.name = folder.name
        config = (folder / "config.json").read_bytes()
        encoded_by = encoder.digest if encoder else ""
        parts = f"{_digest_of_weights(folder)}{dtype}{encoded_by}".encode()
        self.version = hashlib.sha256(config + parts).hexdigest()[:16]

    async def score(self, conversations: Sequence[Conversation]) -> list[Logit]:
        """Return, per conversation and in order, the raw logit, or the error."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._score, tuple(conversations))

    def score_ids(self, sequences: Sequence[Sequence[int]]) -> list[Logit]:
        """Return the raw logit of each sequence of token ids; blocks."""
        logits: dict[int, Logit] = {}
        for batch in _batches(sequences, self._max_batch_tokens):
            values = self._try([sequences[at] for at in batch])
            logits.update(zip(batch, values, strict=True))
        return [_finite(logits[at]) for at in range(len(sequences))]

    async def close(self) -> None:
        """Let the thread end."""
        await asyncio.to_thread(self._thread.shutdown)

    def _score(self, conversations: Sequence[Conversation]) -> list[Logit]:
        assert self._encoder is not None, "opened without an encoder"
        encoded = self._encoder.encode_many(conversations)
        logits = iter(self.score_ids([ids for ids in encoded if isinstance(ids, list)]))
        return [next(logits) if isinstance(ids, list) else ids for ids in encoded]

    def _try(self, sequences: Sequence[Sequence[int]]) -> list[Logit]:
        """Score a batch; where that fails, each of it alone."""
        try:
            return [*self._forward(sequences)]
        except (RuntimeError, IndexError) as exc:  # out of memory; an id beyond the vocabulary
            if len(sequences) > 1:
                return [logit for ids in sequences for logit in self._try([ids])]
            return [RewardModelError(f"the reward model failed ({type(exc).__name__})")]

    def _forward(self, sequences: Sequence[Sequence[int]]) -> list[float]:
        """Legend: B sequences, T tokens of the longest, H hidden size."""
        import torch

        longest = max(map(len, sequences))
        ids_BT = torch.zeros((len(sequences), longest), dtype=torch.long)
        mask_BT = torch.zeros_like(ids_BT)
        for row, ids in enumerate(sequences):
            ids_BT[row, : len(ids)] = torch.tensor(ids, dtype=torch.long)
            mask_BT[row, : len(ids)] = 1
        last_B = mask_BT.sum(1) - 1
        with torch.inference_mode():
            hidden_BTH = self._model.model(
                input_ids=ids_BT.to(self._device),
                attention_mask=mask_BT.to(self._device),
                use_cache=False,
            ).last_hidden_state
            hidden_BH = hidden_BTH[torch.arange(len(sequences)), last_B]
            logits: list[float] = self._model.score(hidden_BH).float()[:, 0].tolist()
        return logits


def load_granite(folder: Path, *, dtype: Dtype, device: str = "cpu") -> Any:
    """Load a Granite sequence classification checkpoint with one label.

    Raises:
        ConfigError: it is none, its weights are not whole, or torch or transformers are missing.
    """
    try:
        import torch
        from transformers import GraniteConfig
    except ImportError as exc:
        raise ConfigError(
            "a reward model in this process needs torch and transformers; install "
            "assay[reward-model], or name a vLLM server"
        ) from exc
    try:
        config = GraniteConfig.from_pretrained(folder, local_files_only=True)
        _check_config(config, folder)
        model, told = granite_class().from_pretrained(
            folder,
            config=config,
            dtype=getattr(torch, dtype),
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            output_loading_info=True,
        )
    except (OSError, ValueError, RuntimeError) as exc:
        raise ConfigError(
            f"expected a Granite reward model in safetensors in {str(folder)!r}, found "
            f"{type(exc).__name__}: {exc!s:.200}"
        ) from exc
    wrong = sorted(
        {*told["missing_keys"], *told["mismatched_keys"], *told["unexpected_keys"]}, key=str
    )
    if wrong:
        raise ConfigError(
            f"expected whole weights of a reward model in {str(folder)!r}, found missing or other "
            f"ones: {wrong!r:.200}; a head that is made up would score at random"
        )
    return model.to(device).eval()


def granite_class() -> Any:
    """Return `GraniteForSequenceClassification`, which transformers lacks, made of its parts."""
    from transformers.modeling_layers import GenericForSequenceClassification
    from transformers.models.granite.modeling_granite import GranitePreTrainedModel

    bases = (GenericForSequenceClassification, GranitePreTrainedModel)
    return type("GraniteForSequenceClassification", bases, {"__module__": __name__})


def _check_config(config: Any, folder: Path) -> None:
    if config.model_type != _MODEL_TYPE or config.num_labels != 1:
        raise ConfigError(
            f"expected a {_MODEL_TYPE} model with one label in {str(folder)!r}, found "
            f"{config.model_type} with {config.num_labels}"
        )


def _digest_of_weights(folder: Path) -> str:
    """Hash names, sizes and the first MiB (with the index of tensors) of each file of weights."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as stream:
            digest.update(f"{path.name}:{path.stat().st_size}:".encode() + stream.read(1 << 20))
    return digest.hexdigest()


def _batches(sequences: Sequence[Sequence[int]], max_tokens: int) -> Iterator[list[int]]:
    """Yield places of sequences of similar length, the padded batch within `max_tokens`."""
    batch: list[int] = []
    for place in sorted(range(len(sequences)), key=lambda at: len(sequences[at])):
        if batch and (len(batch) + 1) * len(sequences[place]) > max_tokens:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def _finite(logit: Logit) -> Logit:
    if isinstance(logit, float) and not math.isfinite(logit):
        return RewardModelError("expected a finite logit, found NaN or infinity", "not_finite")
    return logit
