"""The judge service on a free port, in front of the model server at URL; tells its own URL.

Run as `python -m benchmarks.judging.service_process URL`. Settings are the shipped ones; what it
logs is written as always, to nowhere.
"""

import os
import sys
from pathlib import Path

from assay.web.logs import open_log
from assay.web.server import bind, run_server
from assay_judge.service.app import make_app
from assay_judge.service.settings import JudgeServiceSettings


def main() -> None:
    settings = JudgeServiceSettings(backend_url=sys.argv[1])
    with Path(os.devnull).open("w") as nowhere:
        log = open_log(nowhere)
        app = make_app(settings, log=log)
        listener = bind("127.0.0.1", 0)
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        run_server(app, listener, log=log, shutdown_seconds=settings.shutdown_seconds)


if __name__ == "__main__":
    main()
