r"""The form of a rewrite: one JSON object that holds the whole mended text, and nothing else.

Measured with xgrammar 0.2.8 and a vocabulary of 131k tokens: with `ch` as one rule and the closing
quote inside of the chain a mask takes .04 ms a token, with rules below `ch` 375 ms. The length is
bounded by `max_tokens` alone: a bound in the grammar or the schema would differ with every
response, and a server caches compiled forms by their text.
"""

from assay_judge.backend.contract import Generation, Shape
from assay_judge.reading.json_object import first_object, malformed

SLACK_TOKENS = 256  # for the frame, and for what a short response must say in addition
CHARS_PER_TOKEN = 1.0  # for scripts with a token a character; European texts have about 4
BYTES_PER_TOKEN = 3  # of a text that is written again much as it was

_HEX = "[0-9a-fA-F]"
_GRAMMAR = "\n".join(
    (
        r'root ::= "{\"response\":\"" ch rest',
        r'rest ::= "\"}" | ch rest',
        r'ch ::= [^"\\\x00-\x1f\x7f] | "\\" ["\\/bfnrt]'
        rf' | "\\u" [0-9a-cefA-CEF] {_HEX} {_HEX} {_HEX} | "\\u" [dD] [0-7] {_HEX} {_HEX}',
    )
)


def rewrite_shape(content: str) -> Shape:
    """Return the form for rewriting `content`, with room for a text that is somewhat longer."""
    return Shape(
        grammar=_GRAMMAR,
        json_schema={
            "type": "object",
            "properties": {"response": {"type": "string"}},
            "required": ["response"],
            "additionalProperties": False,
        },
        max_tokens=SLACK_TOKENS + int(len(content) / CHARS_PER_TOKEN),
    )


def least_tokens(content: str) -> int:
    """Return the tokens without which asking is in vain: what `content` itself may take."""
    return SLACK_TOKENS // 2 + len(content.encode(errors="replace")) // BYTES_PER_TOKEN


def parse_rewrite(generation: Generation) -> str:
    """Return the text that an answer holds.

    Raises:
        JudgeBackendError: code `malformed`; it did not end by itself, or holds no such object.
    """
    if generation.finish_reason != "stop":
        raise malformed("a whole rewrite", f"one that ended by {generation.finish_reason!r}")
    body = first_object(generation.text).value
    text = body.get("response") if isinstance(body, dict) and len(body) == 1 else None
    if not isinstance(text, str) or not text.strip():
        raise malformed('{"response":"..."} with a text in it', generation.text)
    try:
        text.encode()
    except UnicodeEncodeError:  # an escaped half, which no file can hold
        raise malformed("text of whole characters", "half of a surrogate pair") from None
    return text
