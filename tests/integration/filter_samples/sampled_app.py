"""An application with the routes of samples over two finished runs."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from tests.fakes.curated_runs import LOOPING, CuratedRun, chat_row, curate_rows, some_rows

from assay.domain.errors import ConfigError
from assay.domain.rubric import Rubric
from assay.web.app import Application
from assay.web.auth import ApiKeys
from assay.web.logs import open_log
from assay_filter.service.app import make_app, make_parts
from assay_filter.service.sample_routes import sample_routes
from assay_filter.service.settings import FilterServiceSettings

KEY = "0123456789abcdef-key"


class EvidenceAlone:
    """A directory with one judge."""

    def describe(self, name: str, rubric: Rubric) -> tuple[str, str]:
        if name not in ("evidence", "default"):
            raise ConfigError(f"expected evidence, found {name!r:.80}")
        return "evidence", "1"


@dataclass(frozen=True, slots=True)
class Sampled:
    """The service over the runs."""

    app: Application
    engine: Engine
    store: Path
    first: CuratedRun
    second: CuratedRun


def make_sampled(engine: Engine, store: Path, keys: ApiKeys | None = None) -> Sampled:
    """Curate two runs into the store and serve them: the second has another answer in one place."""
    rows = some_rows()
    first = curate_rows(engine, store / "first", rows, runs_dir=store / "runs")
    rows[4] = chat_row("What is 5 plus 5?", LOOPING, id="row-5")
    second = curate_rows(engine, store / "second", rows, runs_dir=store / "runs")
    app = make_app(
        FilterServiceSettings(store=store),
        engine=engine,
        judges=EvidenceAlone(),
        doorbell=None,
        log=open_log(is_quiet=True),
        keys=keys,
    )
    mount_samples(app, engine, store)
    return Sampled(app, engine, store, first, second)


def mount_samples(app: Application, engine: Engine, store: Path) -> None:
    """Add the routes of samples to a service that was put together without them."""
    if any(getattr(route, "path", None) == "/v1/samples" for route in app.router.routes):
        return
    parts = make_parts(
        FilterServiceSettings(store=store),
        engine=engine,
        judges=EvidenceAlone(),
        doorbell=None,
        log=open_log(is_quiet=True),
    )
    app.router.routes.extend(sample_routes(parts).routes)
