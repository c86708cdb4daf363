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
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.domain.errors import ConfigError, RewardModelError
from assay.domain.sample import Message
from assay_rl_rewards.reward_model.chat_template import ChatTemplate, Piece
from assay_rl_rewards.reward_model.port import Conversation, Encoded

if TYPE_CHECKING:
    from tokenizers import Tokenizer

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
        body = json.loads(tokenizer_json)
        self._template = template
        self._control = {
            token["content"]: int(token["id"])
            for token in body.get("added_tokens", ())
            if token["special"] or token["content"].strip()  # runs of blanks are layout
        }
        self._control_ids = frozenset(self._control.values())
        self._split = lru_cache(1024)(partial(_split, sorted(self._control, key=len, reverse=True)))
        self._tokenizer = _open_tokenizer(_guarded(body, self._control))
        self._tokenizer.encode_special_tokens = True
        self._max_tokens = max_tokens
        longest = max(map(len, self._tokenizer.get_vocab()))
        self._max_chars = max_tokens * longest  # a longer text has more than max_tokens tokens
        self.digest = hashlib.sha256(f"{tokenizer_json}\0{template.source}".encode()).hexdigest()
        self._check(_open_tokenizer(body))

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
        return self._control_ids

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
                tokenizer does not take it (`unreadable`).
        """
        if len(conversation.response) > self._max_chars:
            raise self._too_long("more characters than they could hold")
        messages = (*conversation.messages, Message("assistant", conversation.response))
        prompt, turn = self._halves(messages)
        room = self._max_tokens - len(turn)
        if room < min(len(prompt), MIN_PROMPT_TOKENS):
            raise self._too_long(f"{len(turn)} of its own")
        return [*prompt[max(len(prompt) - room, 0) :], *turn]

    def _too_long(self, found: str) -> RewardModelError:
        return RewardModelError(
            f"expected a response that fits with {MIN_PROMPT_TOKENS} tokens of its prompt into "
            f"{self._max_tokens} tokens, found {found}",
            "too_long",
        )

    def _halves(self, messages: Sequence[Message]) -> tuple[list[int], list[int]]:
        """Return the ids up to the end of the prompt's last text, and those of the last turn."""
        texts = [(m.content or "")[-self._max_chars :] for m in messages]
        pieces = self._template.render(messages)
        end = pieces.index(len(messages) - 2) + 1 if len(messages) > 1 else 0
        return self._ids(pieces[:end], texts), self._ids(pieces[end:], texts)

    def _ids(self, pieces: Iterable[Piece], texts: Sequence[str]) -> list[int]:
        """Encode what stands between the template's control tokens as one text each."""
        ids: list[int] = []
        waiting: list[str] = []
        for piece in pieces:
            if isinstance(piece, int):
                waiting.append(texts[piece])
                continue
            for part in self._split(piece):
                control = self._control.get(part)
                if control is None:
                    waiting.append(part)
                    continue
                ids += self._encode_text("".join(waiting))
                ids.append(control)
                waiting = []
        return [*ids, *self._encode_text("".join(waiting))]

    def _encode_text(self, text: str) -> list[int]:
        if not text:
            return []
        try:
            ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        except (TypeError, UnicodeError) as exc:
            raise RewardModelError(
                f"expected text that is Unicode, found half a character ({type(exc).__name__})",
                "unreadable",
            ) from exc
        if not self._control_ids.isdisjoint(ids):
            raise RewardModelError(
                "expected a tokenizer that keeps control tokens out of texts, found one that makes "
                "them of ordinary characters; it cannot be guarded",
                "unreadable",
            )
        return ids

    def _check(self, plain: "Tokenizer") -> None:
        """Prove on texts of our own what the class promises.

        Raises:
            ConfigError: texts can become control tokens, or harmless ones get other ids.
        """
        try:
            for token in self._control:
                self._encode_text(f"a {token} b")
                self._encode_text(token)
        except RewardModelError as exc:
            raise ConfigError(str(exc)) from exc
        messages = [Message(*pair) for pair in zip(_PROBED_ROLES, _PROBES, strict=True)]
        pieces = self._template.render(messages)
        whole = "".join([_PROBES[p] if isinstance(p, int) else p for p in pieces])
        prompt, turn = self._halves(messages)
        between = [p for p in pieces[1:-1] if isinstance(p, str)]
        if not all(self._control.keys() & self._split(piece) for piece in between):
            raise ConfigError(
                "expected a chat template with a control token between any two texts, found one "
                "whose turns are marked by plain text, which any response can write"
            )
        if [*prompt, *turn] != plain.encode(whole, add_special_tokens=False).ids:
            raise ConfigError(
                "expected a chat template whose turns end in control tokens and a tokenizer whose "
                "control tokens leave texts alone, found that texts and template run together"
            )


def _split(longest_first: Sequence[str], written: str) -> list[str]:
    """Cut what a template wrote at its control tokens."""
    parts: list[str] = []
    begin = at = 0
    while at < len(written):
        token = next((t for t in longest_first if written.startswith(t, at)), None)
        if token is None:
            at += 1
            continue
        parts += [written[begin:at], token]
        at = begin = at + len(token)
    return [part for part in (*parts, written[begin:]) if part]


def _open_tokenizer(body: dict[str, Any]) -> "Tokenizer":
    try:
        from tokenizers import Tokenizer
    except ImportError as exc:
        raise ConfigError(
            "a reward model needs the package tokenizers; install it, or assay[reward-model]"
        ) from exc
    try:
        tokenizer = Tokenizer.from_str(json.dumps(body))
    except Exception as exc:  # the package raises nothing more exact
        raise ConfigError(f"expected a tokenizer.json, found another JSON: {exc!s:.200}") from exc
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _guarded(body: dict[str, Any], control: Iterable[str]) -> dict[str, Any]:
    """Mark as special whatever must not be made of text: `encode_special_tokens` goes by that."""
    switched_off = set(control)
    tokens = [
        {**token, "special": token["content"] in switched_off}
        for token in body.get("added_tokens", ())
    ]
    return {**body, "added_tokens": tokens}


def _special_tokens(settings: dict[str, Any]) -> Iterable[tuple[str, str]]:
    for name in _SPECIAL_NAMES:
        token = settings.get(name)
        text = token.get("content") if isinstance(token, dict) else token
        if isinstance(text, str):
            yield name, text
