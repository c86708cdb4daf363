"""The pipeline: which rules run with which thresholds, and what counts as a duplicate."""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field

from assay.configs import parse_config
from assay.domain.errors import ConfigError
from assay_filter.curation.verdicts import OnBadTurn
from assay_filter.dedup.settings import DedupSettings
from assay_filter.rules.catalogue import ALL_RULES, CORPUS_RULE, PAYLOAD_RULES, RULES
from assay_filter.rules.rule import BaseRule
from assay_filter.screening import RuleSet


class RepairSettings(BaseModel):
    """Whether a model rewrites responses with repairable defects, and how often it may try."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = False
    max_tries: int = Field(default=2, ge=1, le=2)


class Pipeline(BaseModel):
    """One file of `configs/pipelines`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    version: int = Field(ge=1)
    accept_without_score: bool = True
    on_bad_turn: OnBadTurn = OnBadTurn.REJECT
    repair: RepairSettings = RepairSettings()
    rows_per_chunk: int = Field(default=2000, ge=1, le=100_000)
    rules: Mapping[str, Mapping[str, Any]]
    dedup: DedupSettings = DedupSettings()


def build_rules(pipeline: Pipeline) -> RuleSet:
    """Return the enabled rules in catalogue order.

    Raises:
        ConfigError: the file names an unknown rule, or a setting does not fit.
    """
    known = {rule.id for rule in ALL_RULES}
    unknown = sorted(set(pipeline.rules) - known)
    if unknown:
        raise ConfigError(f"expected rules among {sorted(known)}, found {unknown}; check the names")
    return RuleSet(
        payload_rules=[rule(s) for rule in PAYLOAD_RULES if (s := _settings(rule, pipeline))],
        rules=[rule(s) for rule in RULES if (s := _settings(rule, pipeline))],
        cap_pileup=CORPUS_RULE(s) if (s := _settings(CORPUS_RULE, pipeline)) else None,
    )


def describe_rules(rules: RuleSet) -> str:
    """Return the rule set as canonical JSON: id, version and settings of each rule, in order."""
    listed: list[BaseRule[Any]] = [
        *rules.payload_rules,
        *rules.rules,
        *([rules.cap_pileup] if rules.cap_pileup else []),
    ]
    body = [
        {"id": rule.id, "version": rule.version, "settings": rule.settings.model_dump(mode="json")}
        for rule in listed
    ]
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode()


def digest(text: str) -> str:
    """Return the SHA-256 of a canonical configuration."""
    return hashlib.sha256(text.encode()).hexdigest()


def _settings(rule: type[BaseRule[Any]], pipeline: Pipeline) -> Any:
    """Return a rule's settings as its own type, or None when it is switched off."""
    body = pipeline.rules.get(rule.id, {})
    settings = parse_config(rule.settings_type, body, f"rules.{rule.id}")
    return settings if settings.enabled else None
