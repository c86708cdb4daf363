"""Token ids of conversations, made so that no text can forge a turn.

The idea: a policy that writes `<|end_of_text|>` and a turn of its own could praise itself to its
reward model if a server tokenised the rendered conversation. Here only what the chat template wrote
may become control tokens; texts are encoded with all control tokens switched off. The invariants:
the control ids of a sequence are those of the template; harmless texts get the very ids that the
tokenizer gives the rendered conversation (checked when a model folder is opened); a prompt that is
too long loses its beginning, a response never loses anything.

Source: the `encode_special_tokens` of the package `tokenizers`; the folder layout of transformers.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from assay.domain.errors import ConfigError, RewardModelError
from assay.domain.sample import Message
from assay_rl_rewards.reward_model.chat_template import ChatTemplate, Piece
from assay_rl_rewards.reward_model.guarded_tokenizer import GuardedTokenizer
from assay_rl_rewards.reward_model.port import TOO_LONG, Conversation, Encoded

MIN_PROMPT_TOKENS = 64  # what must be left of a prompt: a response alone answers nothing
_MIN_MAX_TOKENS = 2 * MIN_PROMPT_TOKENS
_SPECIAL_NAMES = ("bos_token", "eos_token", "pad_token", "unk_token")
_PROBES = (
    "  Say it:\n\n  12.5 and\tmore ",
    "Gr\u00fcn, \u4f60\u597d, \u0645\u0631\n",
    "x\n\n\n",
    " y ",
    "z",
)
_PROBED_ROLES = ("system", "user", "assistant", "user", "assistant")


class ConversationEncoder:
    """Makes ids with a tokenizer and a chat template.

    Args:
        tokenizer_json: the content of a `tokenizer.json`.
        template: the chat template that the model was trained with.
        max_tokens: the longest sequence that the model takes.

    Raises:
        ConfigError: this tokenizer cannot keep texts and control tokens apart, or the package
            `tokenizers` is missing.
    """

    def __init__(self, tokenizer_json: str, template: ChatTemplate, *, max_tokens: int) -> None:
        if max_tokens < _MIN_MAX_TOKENS:
            raise ConfigError(
                f"expected max_tokens of at least {_MIN_MAX_TOKENS}, found {max_tokens}"
            )
        self._template = template
        self._tokenizer = GuardedTokenizer(tokenizer_json)
        self._max_tokens = max_tokens
        self._max_chars = max_tokens * self._tokenizer.longest_token  # more is more than max_tokens
        self.digest = hashlib.sha256(f"{tokenizer_json}\0{template.source}".encode()).hexdigest()
        self._check()

    @classmethod
    def open(cls, folder: Path, *, max_tokens: int | None = None) -> "ConversationEncoder":
        """Open a model folder: `tokenizer.json`, `tokenizer_config.json`, the chat template.

        Args:
            folder: where the files are.
            max_tokens: None: what `config.json` says of the model (`max_position_embeddings`).

        Raises:
            ConfigError: files are missing or cannot be used.
        """
        try:
            tokenizer_json = (folder / "tokenizer.json").read_text(encoding="utf-8")
            settings = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
            beside = folder / "chat_template.jinja"
            source = beside.read_text("utf-8") if beside.exists() else settings["chat_template"]
            if max_tokens is None:
                config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
                max_tokens = int(config["max_position_embeddings"])
            template = ChatTemplate(source, dict(_special_tokens(settings)))
            return cls(tokenizer_json, template, max_tokens=max_tokens)
        except (OSError, ValueError, KeyError, TypeError) as exc:
            raise ConfigError(
                f"expected the tokenizer and chat template of a model in {str(folder)!r}, found "
                f"{type(exc).__name__}: {exc}"
            ) from exc

    @property
    def max_tokens(self) -> int:
        """The longest sequence it makes."""
        return self._max_tokens

    @property
    def control_ids(self) -> frozenset[int]:
        """The ids that no text becomes."""
        return self._tokenizer.control_ids

    def encode_many(self, conversations: Sequence[Conversation]) -> list[Encoded]:
        """Return, per conversation and in order, its ids, or the error."""
        encoded: list[Encoded] = []
        for conversation in conversations:
            try:
                encoded.append(self.encode(conversation))
            except RewardModelError as exc:
                encoded.append(exc)
        return encoded

    def encode(self, conversation: Conversation) -> list[int]:
        """Return the ids of a conversation.

        Raises:
            RewardModelError: its response is too long (code `too_long`), or the template or the
                tokenizer does not take it, whatever the response (`unreadable`).
        """
        if len(conversation.response) > self._max_chars:
            raise self._misfit(conversation, "more characters than they could hold")
        prompt, turn = self._halves(_turns(conversation, conversation.response))
        if self._is_crowded(prompt, turn):
            raise self._misfit(conversation, f"{len(turn)} of its own")
        room = self._max_tokens - len(turn)
        return [*prompt[max(len(prompt) - room, 0) :], *turn]

    def _is_crowded(self, prompt: Sequence[int], turn: Sequence[int]) -> bool:
        return self._max_tokens - len(turn) < min(len(prompt), MIN_PROMPT_TOKENS)

    def _misfit(self, conversation: Conversation, found: str) -> RewardModelError:
        """Return whose fault it is: where an empty response would not fit, not the response's."""
        if self._is_crowded(*self._halves(_turns(conversation, ""))):
            return RewardModelError(
                f"expected a chat template that leaves room for a response in {self._max_tokens} "
                "tokens, found one that fills them",
                "unreadable",
            )
        return RewardModelError(
            f"expected a response that fits with {MIN_PROMPT_TOKENS} tokens of its prompt into "
            f"{self._max_tokens} tokens, found {found}",
            TOO_LONG,
        )

    def _halves(self, messages: Sequence[Message]) -> tuple[list[int], list[int]]:
        """Return the ids up to the end of the prompt's last text, and those of the last turn."""
        texts = [(m.content or "")[-self._max_chars :] for m in messages]
        pieces = self._render(messages)
        end = pieces.index(len(messages) - 2) + 1 if len(messages) > 1 else 0
        return self._ids(pieces[:end], texts), self._ids(pieces[end:], texts)

    def _render(self, messages: Sequence[Message]) -> tuple[Piece, ...]:
        """Render with slots, a control token between any two: plain text any response can write."""
        pieces = self._template.render(messages)
        slots = [at for at, piece in enumerate(pieces) if isinstance(piece, int)]
        for left, right in pairwise(slots):
            written = "".join([p for p in pieces[left + 1 : right] if isinstance(p, str)])
            if self._tokenizer.control.keys().isdisjoint(self._tokenizer.split(written)):
                raise RewardModelError(
                    "expected a chat template with a control token between any two texts, found "
                    "one that marks turns by plain text, which any response can write",
                    "unreadable",
                )
        return pieces

    def _ids(self, pieces: Iterable[Piece], texts: Sequence[str]) -> list[int]:
        """Encode what stands between the template's control tokens as one text each."""
        ids: list[int] = []
        waiting: list[str] = []
        for piece in pieces:
            if isinstance(piece, int):
                waiting.append(texts[piece])
                continue
            for part in self._tokenizer.split(piece):
                control = self._tokenizer.control.get(part)
                if control is None:
                    waiting.append(part)
                    continue
                ids += [*self._tokenizer.encode_text("".join(waiting)), control]
                waiting = []
        return [*ids, *self._tokenizer.encode_text("".join(waiting))]

    def _check(self) -> None:
        """Prove on texts of our own what the class promises.

        Raises:
            ConfigError: plain text marks turns, or harmless texts get other ids.
        """
        messages = [Message(*pair) for pair in zip(_PROBED_ROLES, _PROBES, strict=True)]
        try:
            pieces = self._render(messages)
        except RewardModelError as exc:
            raise ConfigError(str(exc)) from exc
        whole = "".join([_PROBES[p] if isinstance(p, int) else p for p in pieces])
        prompt, turn = self._halves(messages)
        if [*prompt, *turn] != self._tokenizer.encode_unguarded(whole):
            raise ConfigError(
                "expected a chat template whose turns end in control tokens and a tokenizer whose "
                "control tokens leave texts alone, found that texts and template run together"
            )


def _turns(conversation: Conversation, response: str) -> tuple[Message, ...]:
    return (*conversation.messages, Message("assistant", response))


def _special_tokens(settings: dict[str, Any]) -> Iterable[tuple[str, str]]:
    for name in _SPECIAL_NAMES:
        token = settings.get(name)
        text = token.get("content") if isinstance(token, dict) else token
        if isinstance(text, str):
            yield name, text
