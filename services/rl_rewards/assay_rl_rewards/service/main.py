"""Runs the reward service: settings in, a server until SIGTERM."""

import gc

from assay.web.auth import check_binding
from assay.web.logs import open_log
from assay.web.server import bind, run_server
from assay.web.settings import AccessSettings
from assay_rl_rewards.service.app import make_app
from assay_rl_rewards.service.settings import RewardServiceSettings


def serve(
    settings: RewardServiceSettings, *, host: str, port: int, allow_anonymous: bool = False
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
    gc.freeze()  # what is loaded now (sympy among it) stays; looking through it again costs batches
    run_server(app, listener, log=log, shutdown_seconds=settings.shutdown_seconds)
