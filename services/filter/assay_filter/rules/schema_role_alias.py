"""Gives turns the four canonical roles where a data set names them otherwise."""

from collections.abc import Iterable, Mapping

from pydantic import Field

from assay.domain.action import Action, Edit, Fix
from assay.domain.sample import ROLES, JsonObject
from assay_filter.rules.edits import text_edits
from assay_filter.rules.payload import message_list
from assay_filter.rules.rule import PayloadRule, RuleSettings

_ALIASES = {
    "human": "user",
    "prompter": "user",
    "gpt": "assistant",
    "model": "assistant",
    "bot": "assistant",
    "chatbot": "assistant",
    "chatgpt": "assistant",
    "ai": "assistant",
    "developer": "system",
    "function": "tool",
    "observation": "tool",
    "tool_response": "tool",
    "tool_result": "tool",
    "ipython": "tool",
    "environment": "tool",
}
_MAX_NAME = 40  # characters; anything longer is no role name


class SchemaRoleAliasSettings(RuleSettings):
    """Names beside those that are known."""

    aliases: Mapping[str, str] = Field(
        default_factory=lambda: dict(_ALIASES),
        description="other names of roles, lower case, each with its canonical role",
    )


class SchemaRoleAlias(PayloadRule[SchemaRoleAliasSettings]):
    """Yields one Fix for the whole conversation."""

    id = "schema.role_alias"
    summary = "Roles under another name or in another case become canonical (fix)"
    settings_type = SchemaRoleAliasSettings

    def check(self, payload: JsonObject) -> Iterable[Action]:
        edits: list[Edit] = []
        renamed: list[str] = []
        for index, message in enumerate(message_list(payload)):
            role = message.get("role") if isinstance(message, dict) else None
            if not isinstance(role, str) or role in ROLES or len(role) > _MAX_NAME:
                continue
            plain = role.strip().lower()
            canonical = plain if plain in ROLES else self.settings.aliases.get(plain)
            if canonical is not None:
                edits += text_edits(f"/messages/{index}/role", role, canonical)
                renamed.append(f"{role!r} at turn {index} is {canonical!r}")
        if edits:
            yield Fix(tuple(edits), f"roles have other names: {'; '.join(renamed[:4])}")
