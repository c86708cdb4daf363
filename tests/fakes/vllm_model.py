"""What the fake server answers: the model behind it, and the routes as far as they are pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson
from tests.fakes import vllm_shapes as shapes
from tests.fakes.grammar import only_sentence, shortest_sentence, smallest_json

Messages: TypeAlias = Sequence[Mapping[str, Any]]  # as sent: role, content
Answer: TypeAlias = Callable[[Messages, str], str]  # (messages, kind) -> text
# (messages, labels) -> probability per label. The last message is the assistant's prefix; in a
# generation with logprobs it is the text written so far. `labels` is empty for top_logprobs.
Probabilities: TypeAlias = Callable[[Messages, Sequence[str]], Mapping[str, float]]

READ_TOKENS = 4  # who asks for at most so many reads labels
PROBE_TOKENS = 64
DIGITS = {"1": 0.02, "2": 0.03, "3": 0.05, "4": 0.55, "5": 0.35}
CHOICES = {"yes": 0.04, "no": 0.96}
FREE_TEXT = "Hello."


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What the model says. None: the shortest text of the form asked for, and healthy reads.

    `answer` gets the messages as sent and how the server holds the text: `grammar`, `json_schema`,
    `json_object` or `text`.
    """

    answer: Answer | None = None
    probabilities: Probabilities | None = None
    finish_reason: str = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What the server can do. All on is vLLM 0.32 with default flags."""

    version: str | None = "0.32.0"
    models: tuple[str, ...] = ("tiny",)
    max_model_len: int | None = 8192
    has_grammar: bool = True
    has_json_schema: bool = True
    has_json_object: bool = True
    has_logprobs: bool = True
    has_logprob_ids: bool = True
    has_continue: bool = True
    has_batch: bool = True
    has_tokenize: bool = True
    has_tokenizer_info: bool = False
    has_cached_tokens: bool = False
    splits_labels: bool = False  # the tokenizer makes two tokens of `"yes` and one of `:5`
    special_tokens: tuple[str, ...] = ("<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>")
    fingerprint: str | None = "vllm-0.32.0-2d4f8927"
    label_mass: float = 0.98  # of the default reads
    api_key: str | None = None
    max_queued: int | None = None  # conversations in flight beyond which 503 is answered


class Model:
    """Pure but for its vocabulary and a cache of instant answers."""

    def __init__(self, script: Script, features: Features) -> None:
        self._script = script
        self._features = features
        self._vocabulary = shapes.Vocabulary(features.special_tokens)
        self._instant: dict[tuple[object, ...], bytes] = {}

    def answer(
        self, path: str, body: dict[str, Any], name: str, num_open: int
    ) -> tuple[int, bytes]:
        """Return status and body for a request; `name` is its x-request-id."""
        features = self._features
        if path == "/v1/chat/completions":
            return self._chat([body["messages"]], body, name, num_open)
        if path == "/v1/chat/completions/batch" and features.has_batch:
            return self._chat(body["messages"], body, name, num_open)
        if path == "/tokenize" and features.has_tokenize:
            return self._tokenize(body)
        if path == "/v1/models":
            return 200, shapes.models(features.models, features.max_model_len)
        if path == "/version" and features.version:
            return 200, orjson.dumps({"version": features.version})
        if path == "/health":
            return 200, b"{}"
        if path == "/tokenizer_info" and features.has_tokenizer_info:
            decoder = dict(enumerate(features.special_tokens))
            info = {"tokenizer_class": "Fake", "added_tokens_decoder": decoder}
            return 200, orjson.dumps(info, option=orjson.OPT_NON_STR_KEYS)
        return 404, b'{"detail":"Not Found"}'

    def _tokenize(self, body: dict[str, Any]) -> tuple[int, bytes]:
        if "messages" in body:
            is_continued = bool(body.get("continue_final_message"))
            count = shapes.num_prompt_tokens(body["messages"], is_continued=is_continued)
            tokens = [0] * count
        else:
            tokens = self._vocabulary.encode(body["prompt"])
            if self._features.splits_labels:
                text = body["prompt"]
                tokens = [*self._vocabulary.encode(text[:-2]), 1000 + ord(text[-1])]
        answer = {"count": len(tokens), "max_model_len": self._features.max_model_len}
        return 200, orjson.dumps(answer | {"tokens": tokens, "token_strs": None})

    def _chat(
        self, conversations: Sequence[Messages], body: dict[str, Any], name: str, num_open: int
    ) -> tuple[int, bytes]:
        features = self._features
        model = body.get("model")
        if model not in features.models:
            message = f"The model `{model}` does not exist."
            return 404, shapes.error(404, message, param="model")
        if (
            features.max_queued is not None
            and num_open - 1 + len(conversations) > features.max_queued
        ):
            return 503, shapes.error(503, "engine is currently busy")
        is_continued = bool(body.get("continue_final_message")) and features.has_continue
        lengths = [
            shapes.num_prompt_tokens(messages, is_continued=is_continued)
            for messages in conversations
        ]
        limit = features.max_model_len
        if limit is not None and max(lengths) >= limit:
            return 400, shapes.error(400, _overflow(limit), param="input_tokens")
        choices = [
            self._choice(index, messages, body, is_continued=is_continued)
            for index, messages in enumerate(conversations)
        ]
        cached = 0 if features.has_cached_tokens and len(conversations) == 1 else None
        usage = shapes.usage(sum(lengths), len(conversations), num_cached=cached)
        return 200, shapes.completion(
            name, model=model, choices=choices, usage=usage, fingerprint=features.fingerprint
        )

    def _choice(
        self, index: int, messages: Messages, body: dict[str, Any], *, is_continued: bool
    ) -> bytes:
        if body.get("max_tokens", 1 << 20) <= READ_TOKENS and not _form(body):
            return self._read(index, messages, body, is_continued=is_continued)
        kind = self._kind(body)
        text = self._text(kind, messages, body)
        if not body.get("logprobs") or not self._features.has_logprobs:
            reason = self._script.finish_reason
            return shapes.choice(index, text, finish_reason=reason)
        return self._written(index, text, messages, body)

    def _kind(self, body: dict[str, Any]) -> str:
        features, form = self._features, _form(body)
        if "grammar" in form and features.has_grammar:
            return "grammar"
        if form.get("type") == "json_schema" and features.has_json_schema:
            return "json_schema"
        if form.get("type") == "json_object" and features.has_json_object:
            return "json_object"
        return "text"

    def _text(self, kind: str, messages: Messages, body: dict[str, Any]) -> str:
        form = _form(body)
        is_probe = body.get("max_tokens", 1 << 20) <= PROBE_TOKENS
        if kind == "grammar" and (only := only_sentence(form["grammar"])) is not None:
            return only
        if self._script.answer and not is_probe:
            return self._script.answer(messages, kind)
        if kind == "grammar":
            return shortest_sentence(form["grammar"])
        if kind == "json_schema":
            return smallest_json(form["json_schema"]["schema"])
        return "{}" if kind == "json_object" else FREE_TEXT

    def _written(self, index: int, text: str, messages: Messages, body: dict[str, Any]) -> bytes:
        """A text with the logprobs of the labels at each position, as after a grammar's mask."""
        labels = self._labels(body)
        key = (index, text, tuple(labels), body.get("return_tokens_as_token_ids"))
        is_instant = self._script.probabilities is None
        if is_instant and key in self._instant:
            return self._instant[key]
        names = self._names(labels, body)
        content, before = [], ""
        for token in shapes.TOKENS.findall(text):
            probabilities: Mapping[str, float] = dict.fromkeys(labels, 0.0) | {token: 1.0}
            if token in labels:
                written = [*messages, {"role": "assistant", "content": before}]
                probabilities = _normalised(self._probabilities(written, labels), labels)
            content.append(shapes.logprob_entry(token, probabilities, names))
            before += token
        content.append(shapes.logprob_entry(self._features.special_tokens[-1], {}, names))
        reason = self._script.finish_reason
        made = shapes.choice(index, text, finish_reason=reason, logprobs={"content": content})
        if is_instant:
            self._instant[key] = made
        return made

    def _read(
        self, index: int, messages: Messages, body: dict[str, Any], *, is_continued: bool
    ) -> bytes:
        labels = self._labels(body)
        asked = (body.get("logprobs"), body.get("top_logprobs"), tuple(labels))
        shown_as = body.get("return_tokens_as_token_ids")
        key = (index, "read", asked, shown_as, messages[-1]["content"][-12:])
        is_instant = self._script.probabilities is None and is_continued
        if is_instant and key in self._instant:
            return self._instant[key]
        is_ignored = messages[-1]["role"] == "assistant" and not is_continued
        probabilities = {"Sure": 0.9} if is_ignored else self._probabilities(messages, labels)
        token = max(probabilities, key=lambda label: probabilities[label])
        logprobs = None
        if body.get("logprobs") and self._features.has_logprobs:
            shown = {k: probabilities.get(k, 0.0) for k in labels} or dict(probabilities)
            if not labels:
                shown = dict(list(shown.items())[: body.get("top_logprobs", 0)])
            entry = shapes.logprob_entry(token, shown, self._names([*shown, token], body))
            logprobs = {"content": [entry]}
        made = shapes.choice(index, token, finish_reason="length", logprobs=logprobs)
        if is_instant:
            self._instant[key] = made
        return made

    def _probabilities(self, messages: Messages, labels: Sequence[str]) -> Mapping[str, float]:
        if self._script.probabilities:
            return self._script.probabilities(messages, labels)
        last = messages[-1]["content"]
        is_choice = last.endswith('"answer":"') or "yes or no" in last[-200:]
        mass = self._features.label_mass
        return {k: p * mass for k, p in (CHOICES if is_choice else DIGITS).items()}

    def _labels(self, body: dict[str, Any]) -> list[str]:
        if not self._features.has_logprob_ids:
            return []
        return [self._vocabulary.text_of(i) for i in body.get("logprob_token_ids") or ()]

    def _names(self, tokens: Sequence[str], body: dict[str, Any]) -> dict[str, str]:
        if not (body.get("return_tokens_as_token_ids") and self._features.has_logprob_ids):
            return {}
        return {token: f"token_id:{self._vocabulary.id_of(token)}" for token in tokens}


def _form(body: dict[str, Any]) -> dict[str, Any]:
    form: dict[str, Any] = body.get("structured_outputs") or body.get("response_format") or {}
    return form


def _normalised(probabilities: Mapping[str, float], labels: Sequence[str]) -> dict[str, float]:
    known = {label: probabilities.get(label, 0.0) for label in labels}
    total = sum(known.values()) or 1.0
    return {label: p / total for label, p in known.items()}


def _overflow(limit: int) -> str:
    more = limit + 1
    return (
        f"This model's maximum context length is {limit} tokens. However, your prompt contains at"
        f" least {more} input tokens, which exceeds this limit even without any output tokens."
        f" Please reduce the length of the input prompt. (parameter=input_tokens, value={more})"
    )
