"""How questions are put to one server: the JSON bodies, each as plain as the server allows.

Fields are those of vLLM 0.32 (`ChatCompletionRequest`, `BatchChatCompletionRequest`,
`TokenizeChatRequest`); what only vLLM knows is sent to vLLM alone. `truncate_prompt_tokens` is
never sent: it would cut the system prompt off and say nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import orjson

from assay_judge.backend.contract import Ask, Generate, GenerationKind, Prompt, ReadingKind

CHAT = "v1/chat/completions"
BATCH = "v1/chat/completions/batch"
TOKENIZE = "tokenize"
MODELS = "v1/models"
VERSION = "version"
TOKENIZER_INFO = "tokenizer_info"

TOP_LOGPROBS = 20  # the most that OpenAI and vLLM's defaults allow
SAMPLED_TOKENS = 4  # a label may come after a quote or a line break
# stops a loop of up to 4 tokens at its 32nd turn; a form without it may fill the context with
# white space (measured: 313-400 of 400 tokens), and a ruler of dashes in a quote stays possible
REPETITION_GUARD = {"max_pattern_size": 4, "min_pattern_size": 1, "min_count": 32}
SCHEMA_NAME = "evidence"


@dataclass(frozen=True)
class Dialect:
    """What of a server's abilities decides the bodies.

    Attributes:
        labels: label -> token id, for reads by id.
        template: `chat_template_kwargs` from the settings.
    """

    model: str
    is_vllm: bool = False
    has_continue: bool = False
    generation: GenerationKind = GenerationKind.TEXT
    reading: ReadingKind = ReadingKind.SAMPLED
    labels: Mapping[str, int] = field(default_factory=dict)
    template: Mapping[str, Any] | None = None

    @cached_property
    def shown(self) -> Mapping[str, str]:
        """Labels as a server writes them that shows tokens by id."""
        return {label: f"token_id:{number}" for label, number in self.labels.items()}

    def kind_of_read(self, labels: Sequence[str]) -> ReadingKind:
        """Return how these labels can be read: by id only if each has one."""
        if self.reading is not ReadingKind.TOKEN_IDS:
            return self.reading
        return self.reading if self.has_ids(labels) else ReadingKind.TOP_LOGPROBS

    def has_ids(self, labels: Sequence[str]) -> bool:
        return all(map(self.labels.__contains__, labels))

    def generation_body(self, call: Generate) -> dict[str, Any]:
        """Return the body that asks for one text."""
        body = self._base(_messages(call.prompt), is_continued=bool(call.prompt.assistant))
        body["max_tokens"] = call.shape.max_tokens
        body["temperature"] = call.temperature
        body["seed"] = call.seed
        if self.is_vllm:
            body["repetition_penalty"] = 1.0  # a model's own default would distort quotes
        body |= self._form(call)
        if call.labels:
            body |= self._logprobs(self.kind_of_read(call.labels), call.labels)
            # by text here: half as many bytes, and at a label's place a grammar leaves only labels
            body.pop("return_tokens_as_token_ids", None)
        return body

    def reading_body(self, asks: Sequence[Ask], kind: ReadingKind) -> dict[str, Any]:
        """Return the body for one ask, or the batch route's for several of the same kind."""
        conversations = [self._asking(ask) for ask in asks]
        messages = conversations if len(asks) > 1 else conversations[0]
        body = self._base(messages, is_continued=self.has_continue)
        body["max_tokens"] = SAMPLED_TOKENS if kind is ReadingKind.SAMPLED else 1
        body["temperature"] = 0.0
        labels = dict.fromkeys(label for ask in asks for label in ask.labels)
        return body | self._logprobs(kind, tuple(labels))

    def counting_body(self, prompt: Prompt) -> dict[str, Any]:
        """Return the body that asks for the tokens of a conversation as it would be judged."""
        return self._base(_messages(prompt), is_continued=bool(prompt.assistant))

    def _base(self, messages: Sequence[Any], *, is_continued: bool) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self.model, "messages": messages}
        if is_continued:
            body["add_generation_prompt"] = False
            body["continue_final_message"] = True
        if self.template:
            body["chat_template_kwargs"] = self.template
        return body

    def _asking(self, ask: Ask) -> list[dict[str, str]]:
        if self.has_continue:
            return _messages(ask.prompt)
        system, user, _ = ask.prompt
        return _messages(Prompt(system, f"{user}\n\n{ask.question}"))

    def _form(self, call: Generate) -> dict[str, Any]:
        shape = call.shape
        if self.generation is GenerationKind.GRAMMAR:
            return {"structured_outputs": _written_grammar(shape.grammar)}
        guard = {"repetition_detection": REPETITION_GUARD} if self.is_vllm else {}
        if self.generation is GenerationKind.JSON_SCHEMA:
            schema = {"name": SCHEMA_NAME, "strict": True, "schema": shape.json_schema}
            return {"response_format": {"type": "json_schema", "json_schema": schema}} | guard
        if self.generation is GenerationKind.JSON_OBJECT:
            return {"response_format": {"type": "json_object"}} | guard
        return guard

    def _logprobs(self, kind: ReadingKind, labels: Sequence[str]) -> dict[str, Any]:
        if kind is ReadingKind.TOKEN_IDS:
            return {
                "logprobs": True,
                "logprob_token_ids": [self.labels[label] for label in labels],
                # ids, for two tokens may be written alike ("5" at a word's start and inside)
                "return_tokens_as_token_ids": True,
            }
        if kind is ReadingKind.TOP_LOGPROBS:
            return {"logprobs": True, "top_logprobs": TOP_LOGPROBS}
        return {}


@lru_cache(maxsize=64)  # a grammar has 7 KB to be escaped, and an engine has four: 15 us a body
def _written_grammar(grammar: str) -> orjson.Fragment:
    return orjson.Fragment(orjson.dumps({"grammar": grammar}))


def _messages(prompt: Prompt) -> list[dict[str, str]]:
    messages = [{"role": "system", "content": prompt.system}] if prompt.system else []
    messages.append({"role": "user", "content": prompt.user})
    if prompt.assistant:
        messages.append({"role": "assistant", "content": prompt.assistant})
    return messages
