"""Measures how long each rule, the judge and deduplication take over a hostile text.

Reads a request `{"text", "place", "size"}` a line and answers `{"seconds": {unit: CPU seconds}}`.
The texts are what makes patterns, parsers and nested loops slow: openings that never close, a pair
repeated, one character, deep nesting.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

TEXTS: Mapping[str, str] = {
    "parentheses": "(",
    "brackets": "[",
    "braces": '{"a":',
    "closed brackets": "[]",
    "commas": "a,",
    "tags": "<",
    "closing tags": "</p",
    "list marks": "- ",
    "numbered lines": "1. a\n",
    "words": "ab ",
    "one letter": "a",
    "fences": "```",
    "lines of fences": "```python\n",
    "backticks": "`",
    "links": "http://",
    "long links": "http://a.b/c?d=e&",
    "mentions": "@",
    "mails": "a@b.",
    "digits": "1.",
    "grouped digits": "1,111",
    "phone": "+1 2-3",
    "quotes": '"',
    "typographic quotes": "\u201c",
    "apostrophes": "'a",
    "sums": "=1+1",
    "sums in words": "1 + 1 = 2 ",
    "fractions": "1/2",
    "citations": "[1]",
    "zero-width": "\u200b",
    "combining": "e\u0301",
    "thinking": "<think>",
    "tool calls": "<tool_call>{",
    "special tokens": "<|im_",
    "entities": "&amp",
    "escapes": "\\u00",
    "mojibake": "\u00c3\u00a9",
    "spaces": " ",
    "newlines": "\n",
    "blank and mark": " \n\t",
    "dollars": "$$",
    "LaTeX": "\\frac{",
    "tables": "|a",
    "headings": "# ",
    "stars": "**",
    "Japanese": "\u306e\u3067",
    "Arabic": "\u0648\u0627",
    "surprise": "!?",
    "keys": "sk-a",
    "base64": "aB3/",
    "JSON lines": '{"a": 1}\n',
    "I am": "I am ",
    "sorry": "I'm sorry, but ",
}


PLACES = ("assistant", "both", "document", "arguments")


def write_row(text: str, place: str, size: int) -> bytes:
    """Return a row that holds the text, repeated, in one place and short ones elsewhere."""
    unit = TEXTS[text]
    hostile = unit * (size // len(unit))
    question = {"role": "user", "content": hostile if place == "both" else "Why?"}
    answer: dict[str, Any] = {"role": "assistant", "content": "Because."}
    row: dict[str, Any] = {"messages": [question, answer]}
    if place in ("assistant", "both"):
        answer["content"] = hostile
    elif place == "document":
        row["documents"] = [{"doc_id": "1", "title": "", "text": hostile}]
    else:
        function = {"name": "look", "arguments": hostile}
        answer["tool_calls"] = [{"id": "c", "type": "function", "function": function}]
        declared = {"name": "look", "description": hostile, "parameters": {"type": "object"}}
        row["tools"] = [{"type": "function", "function": declared}]
    return json.dumps(row).encode()


class Stopwatch:
    """CPU seconds by unit."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def measured(self, unit: str) -> Iterator[None]:
        begun = time.process_time()
        try:
            yield
        finally:
            self.seconds[unit] = self.seconds.get(unit, 0.0) + time.process_time() - begun

    def around(self, unit: str, check: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
        def timed(view: Any) -> list[Any]:
            with self.measured(unit):
                return list(check(view))

        return timed


def main() -> None:
    from assay.configs import load_config
    from assay.datasets.lines import RawLine
    from assay_filter.dedup.engine import warm_up
    from assay_filter.dedup.features import compute_features
    from assay_filter.dedup.keys import canonical_content, dedup_text, exact_key
    from assay_filter.pipeline import Pipeline, build_rules
    from assay_filter.screening import screen
    from assay_judge.evidence.judge import EvidenceJudge

    warm_up()
    pipeline = load_config(Pipeline, "pipelines", "default")
    print(json.dumps({"ready": True}), flush=True)  # noqa: T201  the answer
    for line in sys.stdin:
        request = json.loads(line)
        watch = Stopwatch()
        rules = build_rules(pipeline)
        listed: list[Any] = [*rules.payload_rules, *rules.rules]
        for rule in listed:
            rule.check = watch.around(rule.id, rule.check)
        raw = RawLine(1, write_row(**request))
        with watch.measured("(all rules)"):
            screened = screen(raw, rules)
        errors = [hit.reason for hit in screened.hits if hit.action == "error"]
        if screened.sample is not None:
            with watch.measured("(judge)"):
                EvidenceJudge().judge_samples([screened.sample])
            with watch.measured("(exact key)"):
                exact_key(canonical_content(screened.sample))
            with watch.measured("(features)"):
                compute_features([dedup_text(screened.sample)], pipeline.dedup)
        answer = {"seconds": watch.seconds, "errors": errors}
        print(json.dumps(answer), flush=True)  # noqa: T201  the answer


if __name__ == "__main__":
    main()
