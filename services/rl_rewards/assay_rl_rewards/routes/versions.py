"""Routes with their versions, checked against the verifiers that exist.

A version names everything that a reward depends on: the digest of the resolved route, and the
version of each verifier in it, and of the conditions (`conditions.py`) that it was measured under.
Two rewards with the same version were measured the same way.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from assay.configs import load_config
from assay.domain.errors import ConfigError
from assay_rl_rewards.routes.route import (
    JudgePart,
    LanguageGate,
    RepetitionShaping,
    RewardModelPart,
    Route,
    RouteSet,
    VerifierGate,
    VerifierPart,
)
from assay_rl_rewards.verifier import Verifier

KIND = "rewards"
LANGUAGE = "language"  # the verifiers behind the language gate and the penalty for repetition
REPETITION = "repetition"
SHOWN_DIGITS = 16


@dataclass(frozen=True, slots=True)
class VersionedRoute:
    """A route that can be carried out.

    Attributes:
        id: the domain's name.
        route: as the file says it, with all defaults.
        digest: SHA-256 (hex) of the resolved route.
        verifiers: the verifier that measures a term, by the term's name.
        scorers: `reward_model` or `judge`, by the name of the part that asks it.
        verifier_versions: by the verifier's id.
    """

    id: str
    route: Route
    digest: str
    verifiers: Mapping[str, str]
    scorers: Mapping[str, str]
    verifier_versions: Mapping[str, int]

    @property
    def main_verifier(self) -> str | None:
        """The verifier of the heaviest part that one decides; None without such a part."""
        parts = [part for part in self.route.parts if isinstance(part, VerifierPart)]
        return max(parts, key=lambda part: part.weight).verifier if parts else None

    def version(self, scorer_versions: Mapping[str, str], conditions: str) -> str:
        """Return what changes when rewards may.

        Args:
            scorer_versions: of those that are there, by `reward_model` or `judge`.
            conditions: their digest.
        """
        used: dict[str, object] = dict(self.verifier_versions)
        used |= {name: scorer_versions.get(name, "none") for name in self.scorers.values()}
        named = ",".join(f"{name}/{version}" for name, version in sorted(used.items()))
        return f"{self.id}@{self.digest[:SHOWN_DIGITS]}:{named}+{conditions}"


def load_routes(
    name_or_path: str,
    catalogue: Mapping[str, Verifier[Any]],
) -> dict[str, VersionedRoute]:
    """Return the routes of a shipped file or of one's own, by domain.

    Args:
        name_or_path: a name among the shipped ones, or a path.
        catalogue: the verifiers that a route may name.

    Raises:
        ConfigError: the file does not fit, or names a verifier that does not exist.
    """
    routes = load_config(RouteSet, KIND, name_or_path).routes
    return {
        domain.value: version_route(domain.value, route, catalogue)
        for domain, route in routes.items()
    }


def version_route(
    domain: str, route: Route, catalogue: Mapping[str, Verifier[Any]]
) -> VersionedRoute:
    """Return a route with what its version is made of.

    Raises:
        ConfigError: it names a verifier that does not exist.
    """
    verifiers = dict(_verifiers_of(route))
    unknown = sorted(set(verifiers.values()) - set(catalogue))
    if unknown:
        raise ConfigError(
            f"expected verifiers of {sorted(catalogue)} in the route {domain!r}, found "
            f"{', '.join(unknown)}; correct the name"
        )
    scorers = {
        part.name: part.type
        for part in route.parts
        if isinstance(part, RewardModelPart | JudgePart)
    }
    versions = {name: catalogue[name].version for name in verifiers.values()}
    return VersionedRoute(domain, route, digest_of(route), verifiers, scorers, versions)


def digest_of(route: Route) -> str:
    """Return the SHA-256 (hex) of a route's canonical JSON, defaults resolved."""
    body = orjson.dumps(route.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(body).hexdigest()


def _verifiers_of(route: Route) -> Iterator[tuple[str, str]]:
    for term in route.terms():
        if isinstance(term, VerifierPart | VerifierGate):
            yield term.name, term.verifier
        elif isinstance(term, LanguageGate):
            yield term.name, LANGUAGE
        elif isinstance(term, RepetitionShaping) and term.weight:
            yield term.name, REPETITION
