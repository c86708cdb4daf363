"""How many tokens a prompt takes: a bound that needs no call where it is enough, else the server.

A token covers at least one byte of UTF-8, so the number of bytes bounds the number of tokens from
above; most prompts are far from the limit and cost no call. Where the server cannot count, the
answer is `None`: nobody knows. After the server has refused a prompt that seemed to fit, the gauge
is read strictly: a quarter is added to what was counted, and unknown sizes are taken as half their
bytes (measured tokenizers give a quarter to a third).
"""

import asyncio

from assay.domain.errors import JudgeBackendError
from assay_judge.backend.contract import Backend, Prompt

TEMPLATE_TOKENS = 128  # what a chat template may add around two messages
READ_TOKENS = 64  # what a read's prefix holds beside the evidence


class Gauge:
    """Measures prompts for one backend; static system prompts are counted once."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._max_model_len = backend.capabilities.max_model_len
        self._can_count = backend.capabilities.has_tokenize
        self._system_bytes: dict[str, int] = {}
        self._system_tokens: dict[str, int | None] = {}
        self._lock = asyncio.Lock()
        self._num_failures = 0  # of countings
        self._failure: JudgeBackendError | None = None  # the last

    @property
    def has_limit(self) -> bool:
        """Whether the length of the model's context is known."""
        return self._max_model_len is not None

    def room(self, max_tokens: int) -> int | None:
        """Tokens that a prompt may take when `max_tokens` are to be written after it."""
        if self._max_model_len is None:
            return None
        return self._max_model_len - max_tokens - READ_TOKENS

    async def fits(self, prompt: Prompt, room: int, *, is_strict: bool = False) -> bool | None:
        """Return whether `prompt` takes at most `room` tokens; None where nobody knows.

        Raises:
            JudgeBackendError: the server failed while counting.
        """
        num_bytes = len(prompt.user) if prompt.user.isascii() else len(prompt.user.encode())
        upper = self._bytes_of(prompt.system) + num_bytes + TEMPLATE_TOKENS
        if upper <= room and not is_strict:
            return True
        if not self._can_count:
            return upper // 2 <= room if is_strict else None
        if not is_strict:
            static = await self._static_tokens(prompt.system)
            if static is not None and static + num_bytes + TEMPLATE_TOKENS <= room:
                return True
        counted = await self._backend.count_tokens(prompt)
        if counted is None:
            return upper // 2 <= room if is_strict else None
        return (counted + counted // 4 if is_strict else counted) <= room

    def _bytes_of(self, system: str) -> int:
        known = self._system_bytes.get(system)
        if known is None:
            known = self._system_bytes[system] = len(system.encode())
        return known

    async def _static_tokens(self, system: str) -> int | None:
        """Count a system prompt once; who waits for the counting shares its failure too."""
        if system not in self._system_tokens:
            num_failures = self._num_failures
            async with self._lock:
                if system not in self._system_tokens:
                    if self._failure is not None and self._num_failures > num_failures:
                        raise JudgeBackendError(str(self._failure), self._failure.code)
                    self._system_tokens[system] = await self._count(system)
        return self._system_tokens[system]

    async def _count(self, system: str) -> int | None:
        try:
            return await self._backend.count_tokens(Prompt(system, ""))
        except JudgeBackendError as exc:
            self._num_failures += 1
            self._failure = JudgeBackendError(str(exc), exc.code)
            raise
