"""How many tokens a text has, without a tokenizer: an estimate behind a small protocol.

The estimate follows published rules of thumb and was fitted on nothing: about four characters a
token in Latin scripts, one in Chinese, Japanese and Korean, one and a half in Arabic or Cyrillic,
with a surcharge for accents. Both terms come from two lengths, code points and UTF-8 bytes, so the
cost does not depend on the script. Tokenizers differ by 20 % and more: use it for limits and
histograms, not for billing. Texts of equal length and script get equal estimates.
"""

from typing import Protocol

CHARS_PER_TOKEN = 4.0  # plain Latin text
TOKENS_PER_EXTRA_BYTE = 0.375  # two extra bytes of a CJK character: 2 * .375 + 1 / 4 = 1 token


class TokenCounter(Protocol):
    """Counts the tokens of a text; a real tokenizer may stand behind it."""

    def __call__(self, text: str) -> int: ...


def estimate_tokens(text: str) -> int:
    """Estimate the tokens of `text`; 0 for an empty text, else at least 1."""
    if not text:
        return 0
    tokens = len(text) / CHARS_PER_TOKEN
    if not text.isascii():
        extra_bytes = len(text.encode("utf-8", "surrogatepass")) - len(text)
        tokens += extra_bytes * TOKENS_PER_EXTRA_BYTE
    return max(1, round(tokens))
