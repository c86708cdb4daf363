"""Two GRPO steps of a tiny random Granite, rewarded by the service; prints what TRL logged.

Run by the trainers' environment: python train_with_trl.py URL FOLDER
"""

import json
import sys
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GraniteConfig, GraniteForCausalLM, PreTrainedTokenizerFast
from trl import GRPOConfig, GRPOTrainer

from assay.client.trainers.trl import make_reward_function

NUM_GENERATIONS = 4
TEXTS = ["What is 12 * 12? Put the answer into a box: \\boxed{144}", "Say why the sky is blue."]
ROWS = [
    {"prompt": TEXTS[0], "domain": "math", "reference": "144", "params": "{}"},
    {"prompt": TEXTS[1], "domain": "general_chat", "reference": "", "params": "{}"},
]


def make_tokenizer() -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<|end_of_text|>", "<|pad|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|end_of_text|>", pad_token="<|pad|>"
    )


def count_characters(completions: list[str], **_columns: Any) -> list[float]:
    return [len(completion) / 100 for completion in completions]


def main(url: str, folder: Path) -> None:
    torch.manual_seed(0)
    tokenizer = make_tokenizer()
    model = GraniteForCausalLM(
        GraniteConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=1,
            num_attention_heads=2,
            num_key_value_heads=2,
            bos_token_id=0,
            eos_token_id=0,
            pad_token_id=1,
        )
    )
    trainer = GRPOTrainer(
        model=model,
        reward_funcs=[make_reward_function(url), count_characters],
        args=GRPOConfig(
            output_dir=str(folder),
            per_device_train_batch_size=2 * NUM_GENERATIONS,
            num_generations=NUM_GENERATIONS,
            max_completion_length=8,
            max_steps=2,
            logging_steps=1,
            use_cpu=True,
            bf16=False,
            report_to=[],
            save_strategy="no",
        ),
        train_dataset=Dataset.from_list(ROWS),
        processing_class=tokenizer,
    )
    trainer.train()
    sys.stdout.write(json.dumps(trainer.state.log_history) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
