"""The evidence form as JSON Schema, and how many tokens a full answer may need.

The schema says what the grammar says as far as servers implement it: `additionalProperties` false,
bounds on every string and array, no `uniqueItems` (vLLM answers 400), no `pattern` beside a length
(xgrammar refuses the pair). Order of keys and absence of white space are the grammar's alone.
"""

from collections.abc import Mapping, Sequence

from assay.domain.sample import JsonObject, JsonValue
from assay_judge.reading.outline import LANGUAGE_PATTERN, SOURCE_PATTERN, SUPPORTS, Outline

CHARS_PER_TOKEN = 2
FRAME_CHARS = len('{"lang":"eng","claims":[],"defects":[],"notes":{},"scores":{}}')


def evidence_schema(outline: Outline) -> JsonObject:
    """Return the JSON Schema of one form."""
    bounds = outline.bounds
    quote = _string(1, bounds.quote_chars)
    claim = _object(
        {
            "q": quote,
            "s": {"type": "string", "enum": list(SUPPORTS)},
            "src": {"type": "string", "pattern": SOURCE_PATTERN},
        }
    )
    defect = _object(
        {
            "k": {"type": "string", "enum": list(outline.kinds)},
            "q": quote,
            "why": _string(1, bounds.why_chars),
        }
    )
    parts: dict[str, JsonValue] = {
        "lang": {"type": "string", "pattern": LANGUAGE_PATTERN},
        "claims": {"type": "array", "maxItems": bounds.num_claims, "items": claim},
        "defects": {"type": "array", "maxItems": bounds.num_defects, "items": defect},
        "notes": _object(dict.fromkeys(outline.names, _string(0, bounds.note_chars))),
    }
    if outline.with_scores:
        digit: JsonObject = {"type": "integer", "minimum": 1, "maximum": 5}
        parts["scores"] = _object(dict.fromkeys(outline.names, digit))
    return _object(parts)


def max_tokens(outline: Outline) -> int:
    """Return the tokens that an answer of full length needs at two characters a token.

    Measured with two public tokenizers (131k and 32k entries) on assistants' texts: 4.2 to 4.4
    characters a token in English, 2.9 to 4.1 in German, Spanish and French, .9 to 1.4 in Chinese
    and Japanese. So a European answer never ends by length; a Chinese or Japanese one does when
    most of its quotes fill their bound, and is then to be asked for again with smaller bounds. The
    safe figure, a token for each byte, would leave the judge no context.
    """
    bounds = outline.bounds
    claim = bounds.quote_chars + len('{"q":"","s":"contradicted","src":"D99"},')
    kind = max(map(len, outline.kinds))
    defect = bounds.quote_chars + bounds.why_chars + kind + len('{"k":"","q":"","why":""},')
    notes = sum(len(name) + len('"":"",') + bounds.note_chars for name in outline.names)
    scores = sum(len(name) + len('"":5,') for name in outline.names) * outline.with_scores
    chars = bounds.num_claims * claim + bounds.num_defects * defect + notes + scores + FRAME_CHARS
    return chars // CHARS_PER_TOKEN


def _object(properties: Mapping[str, JsonValue]) -> JsonObject:
    required: Sequence[str] = list(properties)
    return {
        "type": "object",
        "properties": dict(properties),
        "required": required,
        "additionalProperties": False,
    }


def _string(least: int, most: int) -> JsonObject:
    return {"type": "string", "minLength": least, "maxLength": most}
