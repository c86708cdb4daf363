"""Runs the judge service: settings in, a server until SIGTERM."""

from pydantic import ValidationError

from assay.domain.errors import ConfigError
from assay.web.auth import check_binding
from assay.web.logs import open_log
from assay.web.server import bind, run_server
from assay.web.settings import AccessSettings
from assay_judge.engine.collecting import collect_rarely
from assay_judge.service.app import make_app
from assay_judge.service.settings import JudgeServiceSettings, describe_settings


def read_settings(**options: object) -> JudgeServiceSettings:
    """Return the settings from the environment; options that are not None win.

    Raises:
        ConfigError: a value does not fit.
    """
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return JudgeServiceSettings(**given)  # type: ignore[arg-type]
    except ValidationError as exc:
        raise ConfigError(describe_settings("ASSAY_JUDGE_*", exc)) from None


def serve(
    settings: JudgeServiceSettings, *, host: str, port: int, allow_anonymous: bool = False
) -> None:
    """Serve until SIGTERM.

    Raises:
        ConfigError: a setting is wrong, the address is taken, or keys are missing.
        KeyboardInterrupt: on SIGINT, after what was held is finished.
    """
    keys = AccessSettings().keys()
    check_binding(host, keys, allow_anonymous=allow_anonymous)
    log = open_log()
    app = make_app(settings, log=log, keys=keys)
    listener = bind(host, port)
    collect_rarely()
    run_server(app, listener, log=log, shutdown_seconds=settings.shutdown_seconds)
