"""leak.secret: a key that a model has learnt is a key that anybody can ask it for.

Every text of the sample is read, code and tool arguments included: that is where keys live. A
secret in an answer drops the sample; one that a user or a tool wrote is flagged. Reasons name the
type, the first characters and the length, never the secret.
"""

from collections.abc import Iterable, Iterator

from pydantic import Field

from assay.domain.action import Action, Drop, Edit, Fix, Flag
from assay.verifiers.secrets import Secret, find_secrets, may_hold_secret
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings


class LeakSecretSettings(RuleSettings):
    """Whether secrets are masked instead of dropped."""

    mask: bool = Field(
        default=False,
        description="true replaces a secret in any turn's text by [SECRET] instead of dropping",
    )


class LeakSecret(Rule[LeakSecretSettings]):
    """Finds credentials in all turns and tool arguments."""

    id = "leak.secret"
    summary = "Credentials: drop in assistant turns and tool arguments, flag (caps) elsewhere"
    settings_type = LeakSecretSettings

    def check(self, view: View) -> Iterable[Action]:
        if not may_hold_secret(_all_text(view)):
            return
        for turn, message in enumerate(view.messages):
            if message.content:
                secrets = find_secrets(message.content)
                if secrets:
                    yield from self._actions(turn, message.role, message.content, secrets)
            for number, call in enumerate(message.tool_calls):
                for secret in find_secrets(call.arguments):
                    yield Drop(
                        f"expected no credential in tool call {number} of message {turn},"
                        f" found {secret.description}"
                    )

    def _actions(
        self, turn: int, role: str, text: str, secrets: tuple[Secret, ...]
    ) -> Iterator[Action]:
        found = ", ".join(secret.description for secret in secrets[:3])
        reason = f"expected no credential in {role} message {turn}, found {found}"
        if self.settings.mask:
            pointer = f"/messages/{turn}/content"
            edits = tuple(
                Edit(pointer, secret.start, text[secret.start : secret.end], "[SECRET]")
                for secret in reversed(secrets)
            )
            yield Fix(edits, reason)
        elif role == "assistant":
            yield Drop(reason, value=float(len(secrets)))
        else:
            yield Flag(reason, caps=True, value=float(len(secrets)))


def _all_text(view: View) -> str:
    """Everything that is read, as one text: one screening for the whole sample."""
    texts = [message.content for message in view.messages if message.content]
    for message in view.messages:
        if message.tool_calls:
            texts.extend(call.arguments for call in message.tool_calls)
    return "\n".join(texts)
