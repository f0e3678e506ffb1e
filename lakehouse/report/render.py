"""The page as HTML: one file that loads nothing."""

from __future__ import annotations

from collections.abc import Mapping

from lakehouse.errors import UsageError
from lakehouse.report import charts, words
from lakehouse.report.model import Page, Trend

try:
    import jinja2
    import markupsafe
except ImportError:
    jinja2 = markupsafe = None  # type: ignore[assignment]


def require_libraries() -> None:
    """Raises `UsageError` when the libraries of the extra `report` are not installed."""
    if jinja2 is None or not charts.are_installed():
        raise UsageError(
            "the report needs the extra 'report': pip install 'passenger-feedback-lakehouse[report]' installs it."
        )


def html_of(page: Page) -> str:
    """The whole page. Every text is escaped; the only markup from outside of the template are the charts."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("lakehouse.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        name: getattr(words, name) for name in ("month", "percent", "quantity", "change", "points", "title_of")
    }
    environment.globals["chart"] = _chart
    environment.globals["counted"] = words.counted
    spans = {team.name: charts.span_of(team.trends) for team in page.teams}
    overall = charts.span_of(page.overall)
    return environment.get_template("page.html.j2").render(page=page, spans=spans, overall_span=overall)


def _chart(trend: Trend, spans: Mapping[str, float]) -> markupsafe.Markup:
    return markupsafe.Markup(charts.trend_svg(trend, spans[trend.unit]))
