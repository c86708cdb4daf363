"""A tokenizer whose control tokens can be switched off: texts never become one.

`encode_special_tokens` of the package `tokenizers` makes it read special tokens as text; here every
added token counts as special (`<think>` and `<tool_call>` often are not marked so), but for runs of
blanks, which are layout. The invariant: no id of a text is a control id. Where a tokenizer makes
them of ordinary characters, which nothing can switch off, the text is refused.
"""

import json
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from assay.domain.errors import ConfigError, RewardModelError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_CACHED_PIECES = 1024  # what templates write repeats itself


class GuardedTokenizer:
    """Encodes texts without control tokens, and knows the control tokens by their text.

    Args:
        tokenizer_json: the content of a `tokenizer.json`.

    Raises:
        ConfigError: it is none, texts can become its control tokens, or the package `tokenizers` is
            missing.
    """

    def __init__(self, tokenizer_json: str) -> None:
        body = json.loads(tokenizer_json)
        self.control = {
            token["content"]: int(token["id"])
            for token in body.get("added_tokens", ())
            if token["special"] or token["content"].strip()
        }
        self.control_ids = frozenset(self.control.values())
        self.split = lru_cache(_CACHED_PIECES)(
            partial(_split, sorted(self.control, key=len, reverse=True))
        )
        self._tokenizer = _open(_all_special(body, self.control))
        self._tokenizer.encode_special_tokens = True
        self._plain = body
        self.longest_token = max(map(len, self._tokenizer.get_vocab()))
        self._check()

    def encode_text(self, text: str) -> list[int]:
        """Return the ids of a text, none of them a control id.

        Raises:
            RewardModelError: the text holds half a character, or the tokenizer makes control tokens
                of it all the same (code `unreadable`).
        """
        if not text:
            return []
        try:
            ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        except (TypeError, UnicodeError) as exc:
            raise RewardModelError(
                f"expected text that is Unicode, found half a character ({type(exc).__name__})",
                "unreadable",
            ) from exc
        if not self.control_ids.isdisjoint(ids):
            raise RewardModelError(
                "expected a tokenizer that keeps control tokens out of texts, found one that makes "
                "them of ordinary characters; it cannot be guarded",
                "unreadable",
            )
        return ids

    def encode_unguarded(self, text: str) -> list[int]:
        """Return what the tokenizer by itself makes of a whole rendering; for comparison."""
        ids: list[int] = _open(self._plain).encode(text, add_special_tokens=False).ids
        return ids

    def _check(self) -> None:
        try:
            for token in self.control:
                self.encode_text(token)
                self.encode_text(f"a {token} b")
        except RewardModelError as exc:
            raise ConfigError(str(exc)) from exc


def _open(body: dict[str, Any]) -> "Tokenizer":
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


def _all_special(body: dict[str, Any], control: dict[str, int]) -> dict[str, Any]:
    tokens = [
        {**token, "special": token["content"] in control} for token in body.get("added_tokens", ())
    ]
    return {**body, "added_tokens": tokens}


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
