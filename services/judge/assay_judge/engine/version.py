"""The judge's version: a digest of everything but the sample that a judgement depends on.

Two judges of one version give the same judgement for the same turn, as far as a model does. The
server's fingerprint stands beside it in the cache key, for it is known to the server alone.
"""

import hashlib
import json
from dataclasses import asdict

from assay.domain.rubric import Rubric
from assay_judge.backend.contract import Capabilities
from assay_judge.engine.settings import EngineSettings, Mode
from assay_judge.hostile.defences import Defences
from assay_judge.prompts.library import prompts_digest

ENGINE_VERSION = 2  # raise it when code changes what is asked, or what is made of an answer


def judge_version(
    rubric: Rubric, settings: EngineSettings, capabilities: Capabilities, defences: Defences
) -> str:
    """Return the version, 64 hex digits."""
    body = {
        "engine": ENGINE_VERSION,
        "prompts": prompts_digest(),
        "rubric": rubric.judging_digest,
        "hard": sorted(rubric.hard_defects),  # decides what is confirmed
        "floors": sorted(n for n, d in rubric.dimensions.items() if d.floor is not None),
        "settings": settings.judging_fields(),
        "defences": asdict(defences),
        "server": capabilities.model_dump(
            mode="json",
            include={
                "model",
                "max_model_len",
                "generation",
                "reading",
                "has_continue",
                "has_tokenize",
                "special_tokens",
            },
        ),
    }
    if settings.mode is Mode.CASCADE:
        body["thresholds"] = rubric.digest  # decides what is asked again
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
