"""Bodies of a vLLM 0.32 server as recorded, built from bytes so that an instant answer is cheap."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

# runs of letters or of up to three signs, single digits: much as byte-pair encodings cut JSON
TOKENS = re.compile(r"<\|[^|<>]{1,40}\|>|[A-Za-z]+|[^\w\s]{1,3}|.", re.DOTALL)
CHARS_PER_TOKEN = 4
TURN_TOKENS = 4  # what the chat template puts around a message
GENERATION_TOKENS = 3  # the opened turn of the assistant
LOWEST_LOGPROB = -9999.0


class Vocabulary:
    """The tokens of `TOKENS`; ids by first use."""

    def __init__(self, special_tokens: Iterable[str]) -> None:
        self._ids: dict[str, int] = {}
        self._texts: list[str] = []
        for token in special_tokens:
            self.id_of(token)

    def id_of(self, token: str) -> int:
        found = self._ids.get(token)
        if found is None:
            found = self._ids[token] = len(self._texts)
            self._texts.append(token)
        return found

    def text_of(self, number: int) -> str:
        return self._texts[number] if number < len(self._texts) else "?"

    def encode(self, text: str) -> list[int]:
        return [self.id_of(token) for token in TOKENS.findall(text)]


def num_prompt_tokens(messages: Sequence[Mapping[str, Any]], *, is_continued: bool) -> int:
    """Return the length of a conversation: four characters a token, and the template's tokens."""
    count = sum(TURN_TOKENS + len(m["content"]) // CHARS_PER_TOKEN for m in messages)
    return count - 1 if is_continued else count + GENERATION_TOKENS


def error(status: int, message: str, *, param: str | None = None) -> bytes:
    kinds = {404: "NotFoundError", 500: "InternalServerError", 503: "ServiceUnavailableError"}
    kind = kinds.get(status, "BadRequestError")
    return orjson.dumps(
        {"error": {"message": message, "type": kind, "param": param, "code": status}}
    )


def models(names: Sequence[str], max_model_len: int | None) -> bytes:
    cards = [
        {"id": name, "object": "model", "created": 1, "owned_by": "vllm", "root": name}
        | ({"parent": None, "max_model_len": max_model_len} if max_model_len else {})
        for name in names
    ]
    return orjson.dumps({"object": "list", "data": cards})


def choice(index: int, text: str, *, finish_reason: str, logprobs: object = None) -> bytes:
    message = {"role": "assistant", "content": text, "refusal": None, "reasoning": None}
    return orjson.dumps(
        {
            "index": index,
            "message": message,
            "logprobs": logprobs,
            "finish_reason": finish_reason,
            "stop_reason": "repetition_detected" if finish_reason == "repetition" else None,
            "token_ids": None,
        }
    )


def completion(
    request_id: str,
    *,
    model: str,
    choices: Sequence[bytes],
    usage: Mapping[str, Any],
    fingerprint: str | None,
) -> bytes:
    head = orjson.dumps(
        {
            "id": f"chatcmpl-{request_id}",
            "object": "chat.completion",
            "created": 1,
            "model": model,
            "system_fingerprint": fingerprint,
            "usage": usage,
        }
    )
    return b"".join((head[:-1], b',"choices":[', b",".join(choices), b"]}"))


def usage(num_prompt: int, num_completion: int, *, num_cached: int | None) -> dict[str, Any]:
    details = None if num_cached is None else {"cached_tokens": num_cached}
    return {
        "prompt_tokens": num_prompt,
        "total_tokens": num_prompt + num_completion,
        "completion_tokens": num_completion,
        "prompt_tokens_details": details,
    }


def logprob_entry(
    token: str, probabilities: Mapping[str, float], names: Mapping[str, str]
) -> dict[str, Any]:
    """Return one position: the sampled token, then others; `names` says how tokens are shown."""
    shown = [_one(token, probabilities.get(token, 0.0), names)]
    shown += [_one(t, p, names) for t, p in probabilities.items() if t != token]
    own = shown[0] | {"bytes": list(token.encode()), "top_logprobs": shown}
    return own if token in probabilities else own | {"top_logprobs": shown[1:]}


def _one(token: str, probability: float, names: Mapping[str, str]) -> dict[str, Any]:
    shown = names.get(token, token)
    logprob = math.log(probability) if probability > 0 else LOWEST_LOGPROB
    return {"token": shown, "logprob": logprob, "bytes": list(shown.encode())}
