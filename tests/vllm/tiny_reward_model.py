"""Makes a tiny Granite reward model, and scores ids with Transformers; run by vLLM's own Python.

    python tiny_reward_model.py make OUT
    python tiny_reward_model.py score FOLDER REQUEST ANSWER

`make` writes a random sequence classification checkpoint as a trainer would save it. `score` reads
{"ids": [[...]], "conversations": [[{"role", "content"}]]} and writes what Transformers makes of
each, one at a time and unpadded, beside what our own in-process model says of them together.
"""

import json
import sys
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoTokenizer, GraniteConfig, PreTrainedTokenizerFast
from transformers.modeling_layers import GenericForSequenceClassification
from transformers.models.granite.modeling_granite import GranitePreTrainedModel

from assay.domain.errors import RewardModelError
from assay_rl_rewards.reward_model.local import LocalRewardModel

SPECIAL = ["<|end_of_text|>", "<|start_of_role|>", "<|end_of_role|>", "<|tool_call|>", "<|pad|>"]
TEMPLATE = (
    "{%- for message in messages -%}"
    "{{ '<|start_of_role|>' + message['role'] + '<|end_of_role|>' }}"
    "{{ message['content'] + '<|end_of_text|>\n' }}"
    "{%- endfor -%}"
)
TEXT = "the river is green and the answer is four said the user to the assistant who was right "
MAX_LENGTH = 512


class GraniteForSequenceClassification(
    GenericForSequenceClassification,  # type: ignore[misc]  # transformers is not typed here
    GranitePreTrainedModel,  # type: ignore[misc]
):
    """What transformers lacks, as a trainer defines it; vLLM knows it by this name."""


def make(folder: Path) -> None:
    tokenizer = make_tokenizer()
    torch.manual_seed(7)
    model = GraniteForSequenceClassification(
        GraniteConfig(
            vocab_size=len(tokenizer),
            hidden_size=128,
            intermediate_size=256,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=MAX_LENGTH,
            num_labels=1,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
    torch.nn.init.normal_(model.score.weight, std=0.3)  # logits a few units apart
    for parameter in model.model.layers.parameters():
        if parameter.dim() == 2:
            torch.nn.init.normal_(parameter, std=0.1)  # so that more than the last token matters
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def make_tokenizer() -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=450,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([TEXT] * 20, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=SPECIAL[0],
        eos_token=SPECIAL[0],
        pad_token=SPECIAL[-1],
        additional_special_tokens=SPECIAL[1:-1],
        chat_template=TEMPLATE,
        model_max_length=MAX_LENGTH,
    )


def score(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = GraniteForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.inference_mode():
        logits = [model(torch.tensor([ids])).logits.item() for ids in request["ids"]]
    rendered = [
        tokenizer.apply_chat_template(rows, tokenize=True, return_dict=False)
        for rows in request["conversations"]
    ]
    return {
        "logits": logits,
        "ids": rendered,
        "local": told(LocalRewardModel(folder, None), request["ids"]),
        "local_bfloat16": told(LocalRewardModel(folder, None, dtype="bfloat16"), request["ids"]),
        "outside": told(LocalRewardModel(folder, None), [[5, 6], [10**6], [7]]),
    }


def told(model: LocalRewardModel, ids: list[list[int]]) -> list[float | str]:
    scored = model.score_ids(ids)
    return [logit.code if isinstance(logit, RewardModelError) else logit for logit in scored]


def main() -> None:
    command, folder, *others = sys.argv[1:]
    if command == "make":
        make(Path(folder))
        return
    request, answer = map(Path, others)
    found = score(Path(folder), json.loads(request.read_text()))
    answer.write_text(json.dumps(found))


if __name__ == "__main__":
    main()
