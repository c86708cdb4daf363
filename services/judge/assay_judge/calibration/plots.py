"""Plots as inline SVG: no script, no file, colours from the page's own variables.

Everything that is not a number of ours passes `escape`. Each plot has a title that a screen reader
speaks, and says in words what its axes are.
"""

from collections.abc import Sequence

from markupsafe import Markup, escape

from assay.domain.rubric import Knot
from assay_judge.calibration.detection import Bin
from assay_judge.calibration.threshold import CurvePoint

SIZE = 260
LEFT, TOP, RIGHT, BOTTOM = 40, 12, 12, 40
INNER_W, INNER_H = SIZE - LEFT - RIGHT, SIZE - TOP - BOTTOM
MAX_CURVE_POINTS = 400


def level_histogram(confusion: Sequence[Sequence[int]], labels: Sequence[str]) -> Markup:
    """Draw how often people and the judge gave each level, side by side."""
    human = [sum(row) for row in confusion]
    judge = [sum(column) for column in zip(*confusion, strict=True)]
    most = max(*human, *judge, 1)
    slot = INNER_W / len(labels)
    parts = []
    for at, label in enumerate(labels):
        for side, (name, num) in enumerate((("human", human[at]), ("judge", judge[at]))):
            height = INNER_H * num / most
            parts.append(
                f'<rect class="{name}" x="{_n(LEFT + slot * (at + 0.1 + 0.4 * side))}" '
                f'y="{_n(TOP + INNER_H - height)}" width="{_n(slot * 0.38)}" '
                f'height="{_n(height)}"><title>{name} {escape(label)}: {num}</title></rect>'
            )
        parts.append(_text(LEFT + slot * (at + 0.5), SIZE - BOTTOM + 14, label, "middle"))
    parts.append(_text(LEFT - 4, TOP + 8, f"{most:,}", "end"))
    return _figure("samples per level", "level of the human scale", "samples", parts)


def confusion_heat(confusion: Sequence[Sequence[int]], labels: Sequence[str]) -> Markup:
    """Draw counts of (people's level, judge's level); the diagonal is agreement."""
    num = len(labels)
    width, height = INNER_W / num, INNER_H / num
    parts = []
    for at, row in enumerate(confusion):
        most = max(*row, 1)
        y = TOP + height * (num - 1 - at)
        for to, count in enumerate(row):
            x = LEFT + width * to
            parts.append(
                f'<rect class="heat{" same" if at == to else ""}" x="{_n(x)}" y="{_n(y)}" '
                f'width="{_n(width - 1)}" height="{_n(height - 1)}" '
                f'fill-opacity="{_n(0.06 + 0.94 * count / most)}"><title>people '
                f"{escape(labels[at])}, judge {escape(labels[to])}: {count}</title></rect>"
            )
            if num <= 7 and count:
                strong = " on" if count > most * 0.55 else ""
                parts.append(
                    _text(x + width / 2, y + height / 2 + 4, f"{count:,}", "middle", strong)
                )
        parts.append(_text(LEFT - 4, y + height / 2 + 4, labels[at], "end"))
        parts.append(_text(LEFT + width * (at + 0.5), SIZE - BOTTOM + 14, labels[at], "middle"))
    return _figure("confusion of levels", "level of the judge", "level of people", parts)


def score_reliability_plot(bins: Sequence[Bin], knots: Sequence[Knot]) -> Markup:
    """Draw people's mean score over the judge's, and the fitted curve where there is one."""
    parts = [_line([(1, 1), (5, 5)], 1, 5, "ideal")]
    if knots:
        ends = [(1.0, knots[0].calibrated), (5.0, knots[-1].calibrated)]
        inner = [(k.raw, k.calibrated) for k in knots]
        parts.append(_line([ends[0], *inner, ends[1]], 1, 5, "curve"))
    parts += _dots(bins, 1, 5)
    parts += [_tick(v, 1, 5, f"{v}") for v in range(1, 6)]
    return _figure("reliability of scores", "judge, points", "people, mean points", parts)


def probability_reliability_plot(bins: Sequence[Bin]) -> Markup:
    """Draw the share of marked defects over the judge's probability."""
    parts = [_line([(0, 0), (1, 1)], 0, 1, "ideal"), *_dots(bins, 0, 1)]
    parts += [_tick(v / 4, 0, 1, f"{v / 4:g}") for v in range(5)]
    return _figure("reliability of P(defect)", "P(defect)", "share marked by people", parts)


def threshold_plot(curve: Sequence[CurvePoint], target: float, chosen: float | None) -> Markup:
    """Draw precision and share of accepts over `accept_at`, with the target and the choice."""
    step = max(1, len(curve) // MAX_CURVE_POINTS)
    kept = sorted([*curve[::step], *curve[-1:]], key=lambda p: p.accept_at)
    low = min((p.accept_at for p in kept), default=1.0)
    low = min(low, 4.9)
    parts = [
        _line([(low, target), (5.0, target)], low, 5, "ideal", (0, 1)),
        _line([(p.accept_at, p.accept_share) for p in kept], low, 5, "human", (0, 1)),
        _line([(p.accept_at, p.precision) for p in kept], low, 5, "curve", (0, 1)),
    ]
    if chosen is not None:
        x = _x(chosen, low, 5)
        parts.append(
            f'<line class="chosen" x1="{x}" x2="{x}" y1="{TOP}" y2="{TOP + INNER_H}"/>'
            + _text(float(x), TOP + INNER_H - 6, f"{chosen:.2f}", "start")
        )
    ticks = [low + (5 - low) * i / 4 for i in range(5)]
    for at, v in enumerate(ticks):
        parts.append(_text(float(_x(v, low, 5)), SIZE - BOTTOM + 14, f"{v:.2f}", "middle"))
        parts.append(_text(LEFT - 4, float(_y(at / 4, 0, 1)) + 4, f"{at / 4:g}", "end"))
    return _figure("precision over threshold", "accept_at, points", "share", parts)


def _dots(bins: Sequence[Bin], low: float, high: float) -> list[str]:
    most = max((b.num for b in bins), default=1)
    return [
        f'<circle class="judge" cx="{_x(b.predicted, low, high)}" cy="{_y(b.observed, low, high)}" '
        f'r="{_n(2.5 + 6 * (b.num / most) ** 0.5)}"><title>{b.num} samples: {b.predicted:.2f} -> '
        f"{b.observed:.2f}</title></circle>"
        for b in bins
    ]


def _tick(value: float, low: float, high: float, label: str) -> str:
    x, y = float(_x(value, low, high)), float(_y(value, low, high))
    return _text(x, SIZE - BOTTOM + 14, label, "middle") + _text(LEFT - 4, y + 4, label, "end")


def _line(
    points: Sequence[tuple[float, float]],
    low: float,
    high: float,
    kind: str,
    y_range: tuple[float, float] | None = None,
) -> str:
    bottom, top = y_range or (low, high)
    path = " ".join(f"{_x(x, low, high)},{_y(y, bottom, top)}" for x, y in points)
    return f'<polyline class="line {kind}" points="{path}"/>'


def _figure(title: str, x_axis: str, y_axis: str, parts: Sequence[str]) -> Markup:
    frame = (
        f'<path class="axis" d="M{LEFT},{TOP}V{TOP + INNER_H}H{LEFT + INNER_W}"/>'
        + _text(LEFT + INNER_W / 2, SIZE - 8, x_axis, "middle")
        + f'<text class="t" text-anchor="middle" transform="translate(11,{TOP + INNER_H / 2}) '
        f'rotate(-90)">{escape(y_axis)}</text>'
    )
    body = "".join(parts)
    return Markup(
        f'<svg viewBox="0 0 {SIZE} {SIZE}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{body}{frame}</svg>"
    )


def _text(x: float, y: float, text: str, anchor: str, more: str = "") -> str:
    place = f'x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}"'
    return f'<text class="t{more}" {place}>{escape(text)}</text>'


def _x(value: float, low: float, high: float) -> str:
    return _n(LEFT + INNER_W * (value - low) / (high - low))


def _y(value: float, low: float, high: float) -> str:
    return _n(TOP + INNER_H * (1 - (value - low) / (high - low)))


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
