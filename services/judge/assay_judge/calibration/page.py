"""Renders the calibration report: one HTML file that loads nothing and runs nothing."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from assay_judge.calibration import plots, readings
from assay_judge.calibration.agreement import DimensionFigures
from assay_judge.calibration.results import Calibration
from assay_judge.calibration.verdicts import COLUMNS

TEMPLATE = "report.html.j2"


def render(calibration: Calibration) -> str:
    """Return the page."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["show"] = readings.show
    environment.filters["grouped"] = lambda number: f"{number:,}"
    environment.filters["percent"] = lambda share: "n/a" if share is None else f"{share:.1%}"
    template = environment.get_template(TEMPLATE)
    return template.render(
        data=calibration,
        curves={curve.dimension: curve for curve in calibration.curves},
        columns=COLUMNS,
        levels=level_names,
        plots=plots,
        readings=readings,
        summary=list(readings.read_whole(calibration)),
    )


def level_names(figures: DimensionFigures) -> list[str]:
    """Return the levels of a dimension as people's scale names them."""
    low, high = figures.scale
    step = (high - low) / (figures.num_levels - 1)
    return [f"{low + step * at:g}" for at in range(figures.num_levels)]
