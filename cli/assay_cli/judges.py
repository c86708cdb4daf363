"""Wires the judges: which backend `--judge` names.

`evidence` needs no model, `off` asks nobody. A URL is a model server (vLLM or another that speaks
OpenAI's protocol), or an Assay judge service, which is told by its `/v1/capabilities`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from assay.domain.errors import ConfigError, JudgeBackendError
from assay.domain.ports import Judge
from assay.domain.rubric import Rubric
from assay.rubrics import load_rubric
from assay_cli.nonce import load_nonce_key
from assay_cli.settings import CliSettings

EXTRA = "judge"
LOOK_SECONDS = 10.0  # how long to look for somebody at an address


@dataclass(frozen=True, slots=True)
class JudgeOptions:
    """What a command's options say about a model judge.

    `cache` None means the one of the settings, `mode` None what the judge does by itself:
    `standard` on a model server; a service has a mode of its own, or, asking no model, none.
    """

    model: str | None = None
    mode: str | None = None
    rubric: Rubric | None = None
    seed: int = 0
    cache: str | None = None
    budget: str | None = None
    budget_file: Path | None = None
    prices: str = "default"
    max_in_flight: int = 64


@dataclass(frozen=True, slots=True)
class MakeEvidenceJudge:
    """Makes the judge that needs no model, in a worker process."""

    def __call__(self) -> Judge:
        from assay_judge.evidence.judge import EvidenceJudge  # its tables load in workers alone

        return EvidenceJudge()


@dataclass(frozen=True, slots=True)
class MakeModelJudge:
    """Makes a judge on a model server; `target` is the JSON of a `JudgeTarget`, without secrets."""

    target: str

    def for_a_look(self) -> "MakeModelJudge":
        """Return what makes the same judge with a budget of its own, not that of a run."""
        from assay_judge.opening import JudgeTarget

        target = JudgeTarget.model_validate_json(self.target)
        return MakeModelJudge(target.model_copy(update={"budget_file": None}).model_dump_json())

    def __call__(self) -> Judge:
        from assay_judge.engine.blocking import BlockingJudge
        from assay_judge.opening import JudgeTarget, open_llm_judge

        settings = CliSettings()
        target = JudgeTarget.model_validate_json(self.target)
        key = nonce_key(settings)
        return BlockingJudge(
            lambda: open_llm_judge(target, nonce_key=key, api_key=settings.judge_backend_api_key)
        )


@dataclass(frozen=True, slots=True)
class MakeServiceJudge:
    """Makes a judge that asks an Assay judge service; `rubric` is the service's name for it."""

    url: str
    mode: str | None
    rubric: str
    max_in_flight: int

    def __call__(self) -> Judge:
        from assay.client.judge import BlockingJudgeClient

        key = CliSettings().judge_backend_api_key
        return BlockingJudgeClient(
            self.url,
            api_key=key.get_secret_value() if key else None,
            mode=self.mode,
            rubric=self.rubric,
            max_in_flight=self.max_in_flight,
        )


JudgeMaker = MakeEvidenceJudge | MakeModelJudge | MakeServiceJudge


def judge_factory(name: str, options: JudgeOptions | None = None) -> JudgeMaker | None:
    """Return what makes the judge called `name`; None for `off`.

    Raises:
        ConfigError: no judge has this name, or the options do not fit it.
        JudgeBackendError: a server cannot be reached.
    """
    options = options or JudgeOptions()
    if name in ("evidence", "off"):
        _refuse_model_options(name, options)
        return MakeEvidenceJudge() if name == "evidence" else None
    if name.startswith(("http://", "https://")):
        require_extra("a judge behind a URL")
        rubric = options.rubric or load_rubric("default")
        service = asyncio.run(_ask_service(name, rubric))
        if service is not None:
            return _service_judge(name, service, options, rubric)
        return _model_judge(name, options, rubric)
    raise ConfigError(
        f"expected --judge evidence, off, or a URL such as http://localhost:8000/v1, found {name!r}"
    )


def check_judge(judge: object) -> tuple[str, ...]:
    """Return what is missing on the judge's server, as sentences; nothing without a server.

    Raises:
        JudgeBackendError: its model does not answer in form, so that no score would mean anything.
    """
    capabilities = getattr(judge, "capabilities", None)  # only a judge on a model server has them
    if capabilities is None:
        return ()
    problems: tuple[str, ...] = capabilities.problems
    if not capabilities.is_healthy:
        raise JudgeBackendError(
            f"expected a model that can judge, found {capabilities.model!r} with: "
            f"{' '.join(problems)} Use an instruction-tuned model of 7 B parameters or more"
        )
    return problems


def close_judge(judge: Judge) -> None:
    """Let go of a judge's connections, where it has any."""
    close = getattr(judge, "close", None)
    if close is not None:
        close()


def nonce_key(settings: CliSettings) -> bytes:
    """Return the secret of this machine, or the one that the environment gives."""
    given = settings.judge_nonce_key
    if given is not None and given.get_secret_value():
        return given.get_secret_value().encode()
    return load_nonce_key(settings.nonce_file)


def require_extra(what: str) -> None:
    """Check that what asks other servers is installed.

    Raises:
        ConfigError: it is not; the message names the extra.
    """
    try:
        import aiohttp  # noqa: F401  looked for, not used
    except ImportError as exc:
        raise ConfigError(
            f"expected the extra {EXTRA!r} for {what}, found it not installed; run "
            f"pip install 'assay[{EXTRA}]'"
        ) from exc


def _refuse_model_options(name: str, options: JudgeOptions) -> None:
    if options.model is not None:
        raise ConfigError(
            f"expected no --judge-model with --judge {name}, which has none; name the model's "
            "server with --judge, or leave it out"
        )
    if options.budget is not None:
        raise ConfigError(
            f"expected --budget with a judge that costs something, found --judge {name}; leave it "
            "out"
        )


def _model_judge(url: str, options: JudgeOptions, rubric: Rubric) -> MakeModelJudge:
    from assay.configs import parse_config
    from assay_judge.opening import JudgeTarget

    settings = CliSettings()
    target = parse_config(
        JudgeTarget,
        {
            "url": url,
            "rubric": rubric,
            "model": options.model,
            "mode": options.mode or "standard",
            "seed": options.seed,
            "cache": _made(options.cache or settings.judge_cache),
            "budget": options.budget,
            "budget_file": options.budget_file,
            "prices": options.prices,
            "max_in_flight": options.max_in_flight,
        },
        "the judge's options",
    )
    return MakeModelJudge(target.model_dump_json())


def _made(cache: str) -> str:
    """Make the folder of a cache file: the default one may not be there yet."""
    path, _, _ = cache.removeprefix("sqlite:///").partition("?")
    if path != cache and path:
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise ConfigError(
                f"expected to make the folder of the cache {path!r}, found: {exc.strerror}; set "
                "ASSAY_JUDGE_CACHE to another file, or to off"
            ) from exc
    return cache


class _Service(NamedTuple):
    """A judge service: its name for the rubric (empty: it has none), and its modes."""

    rubric: str
    modes: Sequence[str]
    default_mode: str | None


async def _ask_service(url: str, rubric: Rubric) -> _Service | None:
    """Return what a judge service calls a rubric that tells a judge the same as `rubric`.

    None: there is no judge service at this address; a model server, perhaps.

    Raises:
        JudgeBackendError: nobody answers there, or a service that cannot do so now.
    """
    from assay.client.judge import JudgeClient

    key = CliSettings().judge_backend_api_key
    async with JudgeClient(
        url.rstrip("/").removesuffix("/v1"),
        api_key=key.get_secret_value() if key else None,
        timeout_seconds=LOOK_SECONDS,
        max_retries=1,
        patience_seconds=LOOK_SECONDS,
    ) as client:
        try:
            known = await client.rubrics()
        except JudgeBackendError as exc:
            if exc.code == "malformed":
                return None
            if exc.status is not None:
                raise
            raise JudgeBackendError(
                f"expected a model server or a judge service at {url}, found nobody ({exc}); "
                "start it, or correct --judge",
                exc.code,
            ) from exc
        can = await client.capabilities()
    wanted = rubric.judging_digest
    name = next((name for name, r in known.items() if r.judging_digest == wanted), "")
    return _Service(name, can.modes, can.default_mode)


def _service_judge(
    url: str, service: _Service, options: JudgeOptions, rubric: Rubric
) -> MakeServiceJudge:
    if not service.rubric:
        raise ConfigError(
            f"expected the judge service at {url} to know the rubric {rubric.id!r}, found no "
            "rubric of its with the same texts; put it into ASSAY_JUDGE_RUBRICS_FOLDER there"
        )
    for given, option in ((options.budget, "--budget"), (options.model, "--judge-model")):
        if given is not None:
            raise ConfigError(
                f"expected {option} with a model server, found the judge service {url}; it has its "
                "own: set it there"
            )
    mode = service.default_mode if options.mode is None else options.mode
    if mode is not None and mode not in service.modes:
        known = ", ".join(service.modes) or "none, for it asks no model"
        raise ConfigError(
            f"expected a mode of the judge service at {url} ({known}), found {mode!r}; name one of "
            "its modes, or leave the option out"
        )
    return MakeServiceJudge(url, mode, service.rubric, options.max_in_flight)
