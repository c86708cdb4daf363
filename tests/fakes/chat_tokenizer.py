"""A small tokenizer of Granite's shape: byte-level BPE, control tokens for turns, no download."""

import json
from functools import cache
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

CONTROL = ("<|end_of_text|>", "<|start_of_role|>", "<|end_of_role|>", "<|tool_call|>")
TEMPLATE = (
    "{%- for message in messages -%}"
    "<|start_of_role|>{{ message['role'] }}<|end_of_role|>"
    "{%- generation -%}{{ message['content'] }}{%- endgeneration -%}"
    "{{ '<|end_of_text|>\n' }}"
    "{%- endfor -%}"
)
_TEXTS = ["the river is green and the answer is four, said the user to the assistant"] * 8


@cache
def tokenizer_json() -> str:
    """A `tokenizer.json`; `<think>` is an added token that is not special, as models have them."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=[*CONTROL],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_TEXTS, trainer)
    tokenizer.add_tokens(["<think>", "</think>"])
    tokenizer.enable_truncation(16)  # what a saved file may carry; an encoder must not keep it
    text: str = tokenizer.to_str()
    return text


def write_model_folder(folder: Path, *, template: str = TEMPLATE, max_tokens: int = 512) -> Path:
    """Write what an encoder reads of a model folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(tokenizer_json(), encoding="utf-8")
    settings = {"eos_token": CONTROL[0], "bos_token": None, "chat_template": template}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    config = {"model_type": "granite", "max_position_embeddings": max_tokens}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder
