"""Trends as SVG. A chart carries no text for screen readers: the page describes it, and has its figures as a table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from lakehouse.report.model import Trend, TrendPoint

try:
    import altair as alt
    import vl_convert
except ImportError:
    alt = vl_convert = None  # type: ignore[assignment]

ACCENT, OPEN, BAND, EXPECTED, TEXT = "#1f5a8a", "#b3261e", "#dfe6ec", "#6b7a88", "#3d4a56"
# Of the plot, without the labels of its axes.
_WIDTH, _HEIGHT = 312, 140
# Least height of a chart in the units of the measure, so that noise does not look like a mountain.
_LEAST_SPAN = {"rating": 0.6, "share": 0.10, "points": 6.0}
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
# A month by its name; the first one, and every January, with its year below.
_NAME = "slice('JanFebMarAprMayJunJulAugSepOctNovDec', 3 * slice(datum.label, 5) - 3, 3 * slice(datum.label, 5))"
_MONTHS = f"datum.index == 0 || slice(datum.label, 5) == '01' ? [{_NAME}, slice(datum.label, 0, 4)] : {_NAME}"
_AXIS_LABELS = {
    "rating": "format(datum.value, '.1f')",
    "share": "format(datum.value * 100, '.0f') + ' %'",
    "points": "format(datum.value, '.0f')",
}


def are_installed() -> bool:
    """Whether the libraries that draw are installed."""
    return alt is not None and vl_convert is not None


def span_of(trends: Iterable[Trend]) -> Mapping[str, float]:
    """Unit -> the height that all charts of these trends need, so that equal changes look equal."""
    spans = dict(_LEAST_SPAN)
    for trend in trends:
        low, high = _range(trend)
        spans[trend.unit] = max(spans[trend.unit], high - low)
    return spans


def _range(trend: Trend) -> tuple[float, float]:
    drawn = [
        value
        for point in trend.points
        for value in (point.value, point.low, point.high, point.lower, point.upper)
        if value is not None
    ]
    if trend.limit is not None:
        # With room for its words on the far side of the values.
        room = (max(*drawn, trend.limit) - min(*drawn, trend.limit)) / 8
        drawn.append(trend.limit - room if trend.limit < min(drawn) else trend.limit + room)
    return min(drawn), max(drawn)


def trend_svg(trend: Trend, span: float) -> str:
    """The chart as an `svg` element that fills the width of its place."""
    svg: str = vl_convert.vegalite_to_svg(_chart(trend, span).to_dict())
    # Its size is that of its place; its role and its labels are given by the page around it.
    return re.sub(r"^<svg[^>]*?(viewBox=\"[^\"]*\")[^>]*>", r'<svg class="chart" \1 aria-hidden="true">', svg)


def _chart(trend: Trend, span: float) -> alt.LayerChart:
    low, high = _range(trend)
    middle, half = (low + high) / 2, span / 2 * 1.06
    y_scale = alt.Scale(domain=[middle - half, middle + half], zero=False, nice=False)
    y_axis = alt.Axis(
        labelExpr=_AXIS_LABELS[trend.unit], tickCount=4, title=None, domain=False, ticks=False, minExtent=30
    )
    rows = [_row(point) for point in trend.points]
    months = alt.X(
        "month:O",
        axis=alt.Axis(labelExpr=_MONTHS, labelAngle=0, title=None, ticks=False, labelOverlap=False),
        scale=alt.Scale(domain=[str(row["month"]) for row in rows], paddingInner=0.0, paddingOuter=0.1),
    )

    def y(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", scale=y_scale, axis=y_axis)

    base = alt.Chart(alt.InlineData(values=rows)).encode(x=months)
    layers: list[Any] = [
        base.mark_bar(color=BAND, width={"band": 1}).encode(y=y("lower"), y2="upper:Q"),
        base.mark_tick(color=EXPECTED, thickness=1.5, orient="horizontal", width={"band": 1}).encode(y=y("expected")),
        base.mark_rule(color=ACCENT, strokeWidth=1.5).encode(y=y("low"), y2="high:Q"),
        base.mark_line(color=ACCENT, strokeWidth=2).encode(y=y("value")),
        *_points(base, y("value")),
    ]
    if trend.limit is not None:
        rule = alt.Chart(alt.InlineData(values=[{"limit": trend.limit, "words": trend.limit_words}]))
        layers.append(rule.mark_rule(color=OPEN, strokeDash=[5, 3]).encode(y=y("limit")))
        is_below = trend.limit < (low + high) / 2
        label = rule.mark_text(align="left", dx=3, dy=8 if is_below else -8, color=OPEN, fontSize=11)
        layers.append(label.encode(y=y("limit"), x=alt.value(0), text="words:N"))
    chart: alt.LayerChart = alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT, config=_config())
    return chart


def _points(base: alt.Chart, value: alt.Y) -> Iterable[alt.Chart]:
    """A dot per month; a large diamond where an alert is open, hollow where the month still runs."""
    kinds = (
        ("datum.kind == 'usual'", {"shape": "circle", "size": 36, "color": ACCENT, "filled": True}),
        ("datum.kind == 'open'", {"shape": "diamond", "size": 130, "color": OPEN, "filled": True}),
        ("datum.kind == 'running'", {"shape": "circle", "size": 44, "color": ACCENT, "filled": False, "fill": "white"}),
        ("datum.kind == 'running open'", {"shape": "diamond", "size": 130, "color": OPEN, "fill": "white"}),
    )
    for condition, look in kinds:
        yield base.transform_filter(condition).mark_point(opacity=1, **look).encode(y=value)


def _row(point: TrendPoint) -> dict[str, object]:
    kind = " ".join([*(["running"] * point.is_preliminary), *(["open"] * point.is_open)]) or "usual"
    numbers = {key: getattr(point, key) for key in ("value", "low", "high", "expected", "lower", "upper")}
    return {"month": f"{point.month:%Y-%m}", "kind": kind, **numbers}


def _config() -> alt.Config:
    axis = alt.AxisConfig(
        labelFontSize=11, labelColor=TEXT, gridColor="#e9edf1", domainColor="#c3ccd4", labelFont=_FONT, labelPadding=5
    )
    return alt.Config(
        aria=False,
        background="transparent",
        font=_FONT,
        axis=axis,
        axisX=alt.AxisConfig(grid=False),
        view=alt.ViewConfig(stroke=None),
        padding=3,
    )
