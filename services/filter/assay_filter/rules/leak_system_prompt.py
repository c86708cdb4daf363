"""Drops responses that give away the wording of the system prompt.

What also stands in a user turn, a tool result or a document is no leak, nor is a passage of facts
that a system prompt carries for the answer to use: the shared passage must instruct (address the
assistant or state a rule).
"""

import math
from collections.abc import Iterable

from pydantic import Field

from assay.domain.action import Action, Drop
from assay.verifiers.echo import may_share_passage, pieces, shared_passage
from assay.verifiers.patterns import compile_pattern
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings

_INSTRUCTS = compile_pattern(
    r"(?:^|\s)(?:you|your|must|never|always|assistant|respond|reply|instructions?|du|sie|ihre?"
    r"|immer|niemals|antworte"
    r"|eres|usted|debes|siempre|nunca|responde|tu|vous|votre|devez|toujours|jamais|réponds"
    r"|répondez|você|deve|sempre"
    r"|sei|devi|rispondi|mai|jij|je|jouw|moet|altijd|nooit|jsi|jste|musíš|vždy|nikdy|أنت|يجب"
    r"|دائما|أجب)(?:\s|$)"
    r"|你|您|必 须|必須|助 手|あ な た|く だ さ い|당신|항상|답변"
)
_WIDE_FACTOR = 2  # characters of a Chinese or Japanese passage for a word elsewhere
_MAX_CHARS = 40_000


class LeakSystemPromptSettings(RuleSettings):
    """How long a shared passage must be."""

    num_words: int = Field(
        default=13,
        gt=3,
        description="words in a row (twice as many characters in Chinese, Japanese); dropped",
    )
    min_share: float = Field(
        default=0.3,
        gt=0,
        le=1,
        description="share of a short system prompt, 0..1, that counts like num_words",
    )
    min_words: int = Field(
        default=8, gt=3, description="words in a row below which min_share does not act"
    )


class LeakSystemPrompt(Rule[LeakSystemPromptSettings]):
    """Compares assistant turns with the system turns before them."""

    id = "leak.system_prompt"
    summary = "Responses that repeat a passage of the system prompt are dropped"
    settings_type = LeakSystemPromptSettings

    def check(self, view: View) -> Iterable[Action]:
        system = "\n".join(m.content or "" for m in view.messages if m.role == "system")
        if not system.strip():
            return
        system = system[:_MAX_CHARS]
        length = self._length(system)
        turns = [index for index in view.assistant_turns if len(view.text(index)) >= 2 * length]
        if not may_share_passage([view.text(i)[:_MAX_CHARS] for i in turns], system, length=length):
            return
        exempt = _given_text(view)
        for index in turns:
            passage = shared_passage(view.text(index)[:_MAX_CHARS], system, exempt, length=length)
            if passage is not None and _INSTRUCTS.search(passage) is not None:
                yield Drop(
                    f"turn {index}: the response repeats the system prompt: {passage[:80]!r}"
                )

    def _length(self, system: str) -> int:
        words = pieces(system[:4_000])
        wide = sum(len(word) == 1 and word > "\u3040" for word in words) * 2 > len(words)
        factor = _WIDE_FACTOR if wide else 1
        share = math.ceil(self.settings.min_share * len(words))
        return max(self.settings.min_words * factor, min(self.settings.num_words * factor, share))


def _given_text(view: View) -> str:
    """What the answer may quote: user turns, tool results, documents."""
    turns = [m.content or "" for m in view.messages if m.role in ("user", "tool")]
    return "\n".join(turns + [document.text for document in view.sample.documents])[:200_000]
