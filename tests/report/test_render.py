"""The page as text: complete, escaped, self-contained, and in order for those who do not see it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from lakehouse.errors import UsageError
from lakehouse.report import charts, render
from lakehouse.report.collected import Collected, span_of
from lakehouse.report.write import require_place
from tests.support.data.report_rows import (
    MONTHS,
    NEWEST,
    alert,
    collected,
    files,
    link,
    no_alert,
    page,
    responses,
    version,
)

pytestmark = pytest.mark.no_spark

MAX_BYTES = 1_000_000


@pytest.fixture(scope="module")
def html() -> str:
    return render.html_of(page())


class Elements(HTMLParser):
    """The start tags of a page with their attributes, and its text without style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._in_style = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in_style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if not self._in_style:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def text_of(rows: Collected, team: str | None = None) -> str:
    return Elements(render.html_of(page(rows, team))).text


def test_the_first_screen_says_what_is_open(html: str) -> None:
    text = Elements(html).text
    first = text.index("1 problem open")
    assert first < text.index("Check-in service: rated 3.10, was 3.30") < text.index("All passengers")
    for told in ("since Oct 2026", "1,000 answers", "nobody took it up yet", alert()["headline"], "explain a1"):
        assert told in text
    assert (
        "Also open in 1 other group of passengers" in text
        and "Business travellers in Business: \N{MINUS SIGN}0.20" in text
    )
    assert "Gate no alert rule" in text


def test_nothing_open_is_said_plainly() -> None:
    fine = text_of(collected(alerts=[no_alert()]))
    assert "Nothing is open in Oct 2026" in fine and "Ground nothing open" in fine
    assert "Nothing is open in Oct 2026, for Ground" in text_of(collected(alerts=[no_alert()]), "ground")


def test_what_nobody_could_judge_is_not_called_fine() -> None:
    few = alert(state="insufficient", reason="no_baseline: too few periods before it", difference=None)
    text = text_of(collected(alerts=[few]))
    assert "Nothing could be judged in Oct 2026" in text and "Ground could not be judged" in text
    assert "Gate no alert rule" in text and "Nothing is open" not in text and "nothing open" not in text
    assert "Too few months before it to compare with in Oct 2026 : all passengers" in text


def test_an_empty_warehouse_has_a_page() -> None:
    text = text_of(Collected({}, files=[files(lines=0, in_silver=0, superseded=0, quarantined=0)]))
    assert "No survey month is published yet" in text and "0 lines delivered = 0 in silver (adds up)" in text


def test_a_running_month_is_marked() -> None:
    text = text_of(collected(alerts=[no_alert(is_preliminary=True)]))
    assert "Oct 2026 still runs: its figures are preliminary" in text and "3.10, expected 3.30, so far" in text


def test_the_page_of_a_team_has_no_other_team() -> None:
    whole, own = Elements(render.html_of(page())), Elements(render.html_of(page(team="in_flight")))
    assert "Passenger satisfaction, Oct 2026: In flight" in own.text
    assert "Check-in service" in whole.text and "Check-in service" not in own.text
    assert "Comfort of the seat" in own.text


def test_everything_delivered_is_escaped() -> None:
    evil = "<script>alert(1)</script>\"'&"
    rows = collected(
        alerts=[alert(headline=evil, reason=evil)],
        versions=[version("check_in_service", wording=evil, valid_from=date(2026, 8, 1), change="reword")],
        waiting=[{"file": evil, "state": "held", "reason": evil}],
        files=[files(state="held")],
        runs=[{"command": evil, "ended": 0, "exit_code": 1, "message": evil}],
    )
    html = render.html_of(page(rows))
    assert "<script" not in html
    assert Elements(html).text.count("<script>alert(1)</script>") > 8
    assert all(evil not in str(values) or tag == "div" for tag, values in Elements(html).tags)


def test_nothing_is_loaded_and_nothing_runs(html: str) -> None:
    tags = Elements(html)
    assert not {"script", "iframe", "img", "object", "embed", "form"} & {tag for tag, _ in tags.tags}
    links = [str(attributes.get("href")) for tag, attributes in tags.tags if attributes.get("href")]
    assert links and all(link.startswith("#") or link == "data:," for link in links)
    assert not re.search(r"url\(|@import|@font-face|src=|xlink", html)
    assert set(re.findall(r"https?://[^\"' ]+", html)) <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert "default-src 'none'" in html


def test_a_year_of_every_question_is_small_enough() -> None:
    months = tuple(date(2025 + number // 12, number % 12 + 1, 1) for number in range(10, 22))
    rows = collected(responses=dict.fromkeys(months, 1000), satisfaction=[responses(day) for day in months])
    html = render.html_of(page(rows))
    (first, *_) = page(rows).overall
    assert len(first.points) == 12
    # As many charts as three times the shipped questions would need.
    assert len(html.encode()) + 42 * len(charts.trend_svg(first, 1).encode()) < MAX_BYTES


def test_headings_go_down_one_level_at_a_time(html: str) -> None:
    levels = [int(tag[1]) for tag, _ in Elements(html).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1 and len(levels) > 15
    assert [pair for pair in pairwise(levels) if pair[1] - pair[0] > 1] == []


def test_tables_say_what_their_headers_head_and_charts_have_words(html: str) -> None:
    tags = Elements(html)
    assert tags.named("html") == [{"lang": "en"}]
    assert {attributes.get("scope") for attributes in tags.named("th")} == {"col", "row"}
    drawn = [attributes for attributes in tags.named("div") if attributes.get("role") == "img"]
    assert len(drawn) == html.count('<svg class="chart"') > 3
    assert all(len(attributes["aria-label"] or "") > 60 for attributes in drawn)
    assert all(attributes.get("aria-hidden") == "true" for attributes in tags.named("svg"))


def test_no_borrowed_name_for_the_score_and_no_personal_data(html: str) -> None:
    assert not re.search(r"\bNPS\b|promoter", html, re.IGNORECASE)
    assert not re.search(r"gender|age_band|passenger_key", html)


def test_groups_too_small_are_not_shown() -> None:
    text = text_of(collected(associations=[link("Business", "seat_comfort", (99, 90), (500, 30))]))
    assert "too few to show" in text and "60 only" in text and "Too few ratings to say." in text


def test_charts_of_a_team_share_their_scale() -> None:
    (team,) = [one for one in page().teams if one.name == "ground"]
    spans = charts.span_of(team.trends)
    assert spans["rating"] == 0.6 and spans["share"] >= 0.1
    wild = replace(team.trends[-1], points=(replace(team.trends[-1].points[0], low=1.0, high=5.0),))
    assert charts.span_of([*team.trends, wild])["rating"] == 4.0
    (svg,) = re.findall(r"<svg[^>]*>", charts.trend_svg(team.trends[-1], 0.6))
    assert svg.startswith('<svg class="chart" viewBox="0 0 ')


def test_the_months_of_the_page() -> None:
    assert span_of({}, 100) is None
    found = span_of({**dict.fromkeys(MONTHS, 1000), date(2026, 11, 1): 5, date(2024, 1, 1): 900}, 100)
    assert found is not None
    assert (found.first, found.newest, found.published) == (date(2025, 11, 1), NEWEST, MONTHS)
    rows = collected(responses={**dict.fromkeys(MONTHS, 1000), date(2026, 11, 1): 5})
    assert "Not on this page: 2026-11 so far: 5 response(s), too few to judge." in text_of(rows)


def test_places_where_no_file_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"it is a folder\. Name a file, such as .*report\.html"):
        require_place(tmp_path)
    with pytest.raises(UsageError, match=r"there is no folder .*none\. Make it first"):
        require_place(tmp_path / "none" / "report.html")
    require_place(tmp_path / "report.html")
