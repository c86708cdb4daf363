"""Checks that the last turn is the assistant's: there must be something to learn at the end."""

from collections.abc import Iterable

from pydantic import Field

from assay.domain.action import Action, Drop, Edit, Fix
from assay.domain.sample import JsonObject
from assay_filter.rules.payload import message_list, role_of
from assay_filter.rules.rule import PayloadRule, RuleSettings


class SchemaEndsWithAssistantSettings(RuleSettings):
    """Whether a question without an answer is cut off."""

    drop_trailing_user: bool = Field(
        default=False,
        description="true removes user turns at the end where an assistant turn stands before them",
    )


class SchemaEndsWithAssistant(PayloadRule[SchemaEndsWithAssistantSettings]):
    """Yields a Drop, or a Fix that removes trailing user turns."""

    id = "schema.ends_with_assistant"
    summary = "A conversation that does not end with an assistant turn drops (or is cut, a fix)"
    settings_type = SchemaEndsWithAssistantSettings

    def check(self, payload: JsonObject) -> Iterable[Action]:
        messages = message_list(payload)
        if not messages or role_of(messages[-1]) == "assistant":
            return
        last = len(messages)
        while last and role_of(messages[last - 1]) == "user":
            last -= 1
        if self.settings.drop_trailing_user and last and role_of(messages[last - 1]) == "assistant":
            edits = tuple(
                Edit(f"/messages/{index}", None, messages[index], None, after_absent=True)
                for index in range(len(messages) - 1, last - 1, -1)
            )
            yield Fix(edits, f"{len(edits)} user turn(s) at the end have no answer")
            return
        role = role_of(messages[-1])
        yield Drop(f"expected the last turn from the assistant, found {role[:80]!r}")
