"""Makes a tiny Granite and teaches it the judge's answer form; run by vLLM's own Python.

    python train_tiny_granite.py CONVERSATIONS OUT [--steps N]

CONVERSATIONS is JSON lines {"messages": [...], "target": str}: the last message may be an
assistant prefix that `target` continues. Loss falls on the target alone. With --steps 0 the model
stays random: the one that a mass check must refuse. Nothing about its judgements means anything but
their form.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GraniteConfig, GraniteForCausalLM, PreTrainedTokenizerFast

SPECIAL = ["<|end_of_text|>", "<|start_of_role|>", "<|end_of_role|>", "<|tool_call|>"]
TEMPLATE = (
    "{%- for message in messages -%}"
    "<|start_of_role|>{{ message['role'] }}<|end_of_role|>{{ message['content'] }}"
    "{%- if not (loop.last and continue_final_message) -%}<|end_of_text|>\n{%- endif -%}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}<|start_of_role|>assistant<|end_of_role|>{%- endif -%}"
)
VOCABULARY = 3000
MAX_LENGTH = 8192
BATCH = 6
CONTEXT = 300  # tokens of a prompt that most steps see
WHOLE_EVERY = 15  # every so many steps the whole prompt is seen


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def make_tokenizer(texts: list[str]) -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([*texts, *(["yes no n/a 1 2 3 4 5"] * 50)], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=SPECIAL[0],
        eos_token=SPECIAL[0],
        pad_token=SPECIAL[0],
        additional_special_tokens=SPECIAL[1:],
        chat_template=TEMPLATE,
        model_max_length=MAX_LENGTH,
    )


def make_model(tokenizer: PreTrainedTokenizerFast) -> GraniteForCausalLM:
    torch.manual_seed(7)
    return GraniteForCausalLM(
        GraniteConfig(
            vocab_size=len(tokenizer),
            hidden_size=128,
            intermediate_size=256,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=MAX_LENGTH,
            tie_word_embeddings=True,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def encode(tokenizer: PreTrainedTokenizerFast, line: dict[str, Any]) -> tuple[list[int], int]:
    """Return the ids of prompt and target, and the length of the prompt."""
    messages = line["messages"]
    is_continued = messages[-1]["role"] == "assistant"
    text = tokenizer.apply_chat_template(
        messages,
        tokenize=False,
        add_generation_prompt=not is_continued,
        continue_final_message=is_continued,
    )
    prompt = tokenizer(text, add_special_tokens=False)["input_ids"]
    target = tokenizer(line["target"], add_special_tokens=False)["input_ids"]
    return [*prompt, *target, tokenizer.eos_token_id], len(prompt)


def _shortened(row: tuple[list[int], int], cut: int) -> tuple[list[int], int]:
    """Leave out the beginning of a prompt: its end tells the form, and costs a fifth."""
    ids, start = row
    skipped = max(0, start - cut) if cut else 0
    return ids[skipped:], start - skipped


def train(model: GraniteForCausalLM, rows: list[tuple[list[int], int]], steps: int) -> float:
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, betas=(0.9, 0.95))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=2e-3, total_steps=steps, pct_start=0.1
    )
    generator = torch.Generator().manual_seed(11)
    loss = torch.zeros(())
    for step in range(steps):
        picks = torch.randint(len(rows), (BATCH,), generator=generator).tolist()
        cut = 0 if step % WHOLE_EVERY == 0 else CONTEXT
        loss = torch.zeros(())
        for ids, start in (_shortened(rows[i], cut) for i in picks):
            inputs = torch.tensor([ids])
            hidden = model.model(inputs).last_hidden_state[:, start - 1 : -1]
            logits = model.lm_head(hidden) / model.config.logits_scaling
            loss = loss + torch.nn.functional.cross_entropy(logits[0], inputs[0, start:])
        loss = loss / len(picks)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 50 == 0:
            say(f"step {step} loss {loss.item():.4f}")
    return float(loss.item())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("conversations", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=150)
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    lines = [json.loads(line) for line in arguments.conversations.read_text().splitlines()]
    texts = [m["content"] for line in lines for m in line["messages"]]
    texts += [line["target"] for line in lines]
    tokenizer = make_tokenizer(sorted(set(texts)))
    model = make_model(tokenizer)
    if arguments.steps:
        begun = time.monotonic()
        rows = [encode(tokenizer, line) for line in lines]
        longest = max(len(ids) for ids, _ in rows)
        say(f"{len(rows)} conversations, longest {longest} tokens")
        loss = train(model, rows, arguments.steps)
        say(f"loss {loss:.4f} after {time.monotonic() - begun:.0f} s")
    model.save_pretrained(arguments.out)
    tokenizer.save_pretrained(arguments.out)


if __name__ == "__main__":
    main()
