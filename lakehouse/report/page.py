"""Makes the page out of collected rows: a pure function, without Spark, files or a clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import starmap

from lakehouse.alerts.newest import later_months
from lakehouse.alerts.rules import LATE_ARRIVALS, LATE_DEPARTURES, SERVICE_INDEX, SHARE_SATISFIED, AlertPolicy, Metric
from lakehouse.report.associations import associations
from lakehouse.report.collected import MONTHS, Collected, Row, Rows, Span
from lakehouse.report.health import changes, health
from lakehouse.report.model import SMALLEST_GROUP, Page, Problem, Team, Tile, Trend
from lakehouse.report.problems import Standing, problems, recovering, standing, team_standing, unjudged
from lakehouse.report.ratings import boxes, heat_map, min_answers_of
from lakehouse.report.trends import Measured, measured_questions, trend
from lakehouse.report.words import change, moment, month, points, quantity, span, title_of
from lakehouse.survey.catalogue import Catalogue
from schemas import columns as c
from schemas.segments import OVERALL

# Measures of the whole response that are drawn for everybody, and those that are drawn for the team that owns them.
_OF_ALL = {SHARE_SATISFIED: "Satisfied passengers", SERVICE_INDEX: "Service index"}
_OF_TEAMS = {LATE_DEPARTURES: "Late departures", LATE_ARRIVALS: "Late arrivals"}


def page_of(
    collected: Collected,
    months: Span | None,
    policy: AlertPolicy,
    catalogue: Catalogue,
    made_at: datetime,
    team: str | None = None,
) -> Page:
    """What the page says. `months`: those it speaks of, None while none is published. `team`: the only one to show."""
    empty = Page(
        made_at=moment(made_at),
        only_team=title_of(team) if team else "",
        health=health(collected, months, made_at),
        min_answers=min_answers_of(policy),
    )
    if months is None:
        return empty
    source = _Source(collected, months, policy, catalogue)
    teams = [team] if team else source.teams
    of_types = associations(collected.associations, source.wordings, source.owners, team)
    return replace(
        empty,
        newest=month(months.newest),
        is_preliminary=source.is_preliminary,
        period=_period(months),
        later=tuple(later_months(collected.responses, months.newest)),
        tiles=source.tiles(),
        teams=tuple(source.team(one) for one in teams),
        unjudged=unjudged(source.stands, teams),
        overall=source.overall,
        travel_types=of_types,
        association_months=span(months.of_associations[0], months.of_associations[-1]),
        changes=changes(collected.versions, months, team),
    )


def _period(months: Span) -> str:
    told = f"Last {MONTHS} months: {span(months.first, months.newest)}"
    with_data = len(months.published)
    if with_data == MONTHS:
        return told
    return f"{told}; {with_data} of them have responses, from {month(months.published[0])}"


@dataclass(frozen=True)
class _Source:
    """The rows of the page with what they share."""

    collected: Collected
    months: Span
    policy: AlertPolicy
    catalogue: Catalogue

    @cached_property
    def stands(self) -> Standing:
        """Every series of alerts as it stands."""
        return standing(self.collected.alerts, self.months)

    @cached_property
    def _versions(self) -> dict[str, Row]:
        """Question -> its version in the newest month."""
        first = sorted(self.collected.versions, key=lambda row: row["valid_from"])
        found: dict[str, Row] = {}
        for row in first:
            if row[c.QUESTION] not in found or row["valid_from"] <= self.months.newest:
                found[row[c.QUESTION]] = row
        return found

    @cached_property
    def wordings(self) -> dict[str, str]:
        """Question -> what passengers are asked."""
        return {question: row["wording"] for question, row in self._versions.items()}

    @cached_property
    def owners(self) -> dict[str, str]:
        """Question -> the team that owns it."""
        return {question: row["team"] for question, row in self._versions.items()}

    @property
    def is_preliminary(self) -> bool:
        """Whether the newest month still ran when its alerts were judged."""
        return any(
            one["is_preliminary"]
            for one in self.collected.alerts
            if one[c.PERIOD_TYPE] == "month" and one[c.PERIOD_START] == self.months.newest
        )

    @cached_property
    def teams(self) -> list[str]:
        """The teams with anything to show: those with something open first, then in the order of the catalogue."""
        known = [*self.catalogue.owners]
        others = {*self.owners.values(), *(one["team"] for one in self.stands.judged.values())}
        names = [*known, *sorted(others - set(known))]
        return sorted(names, key=lambda name: -len(self._problems(name)))

    def _problems(self, team: str) -> tuple[Problem, ...]:
        return problems(self.stands, team, self.policy, self.wordings)

    @cached_property
    def overall(self) -> tuple[Trend, ...]:
        """The measures of all passengers that are drawn for everybody."""
        return tuple(filter(None, starmap(self._of_responses, _OF_ALL.items())))

    def _of_responses(self, metric: Metric, title: str) -> Trend | None:
        return self._trend(Measured(metric, None, title), self.collected.satisfaction)

    def _trend(self, measured: Measured, rows: Rows) -> Trend | None:
        return trend(measured, rows, self.collected.alerts, self.policy, self.months)

    def team(self, name: str) -> Team:
        """A team with its questions."""
        questions = [one for one in self._in_order if self.owners[one] == name]
        rows, shared = self.collected.questions, (self.policy, self.stands, self.months)
        return Team(
            name=name,
            title=title_of(name),
            standing=team_standing(self.stands, name),
            problems=self._problems(name),
            recovering=recovering(self.stands, name, self.wordings),
            trends=tuple(filter(None, (*self._of_passengers(name), *self._of_questions(questions)))),
            boxes=boxes(questions, self.wordings, rows, *shared),
            heat=heat_map(questions, self.wordings, rows, *shared),
        )

    @cached_property
    def _in_order(self) -> list[str]:
        """Questions in catalogue order; then those that the catalogue has no more."""
        known = [one for one in self.catalogue.question_ids if one in self.owners]
        return [*known, *sorted(self.owners.keys() - set(known))]

    def _of_passengers(self, team: str) -> list[Trend | None]:
        day = self.months.newest
        return [
            self._of_responses(metric, title)
            for metric, title in _OF_TEAMS.items()
            if self.catalogue.owner(metric.owner, day) == team
        ]

    def _of_questions(self, questions: list[str]) -> list[Trend | None]:
        overall = [row for row in self.collected.questions if row[c.SEGMENT] == OVERALL]
        return [
            self._trend(one, [row for row in overall if row[c.QUESTION] == one.question])
            for one in measured_questions(questions, self.wordings)
        ]

    def tiles(self) -> tuple[Tile, ...]:
        """The figures of the newest month among all passengers."""
        row: Mapping[str, int] = next(
            (one for one in self.collected.satisfaction if one[c.PERIOD_START] == self.months.newest), {}
        )
        if row.get(c.N, 0) < SMALLEST_GROUP:
            return (Tile("Responses", f"fewer than {SMALLEST_GROUP}", "too few to show figures"),)
        return (*map(_tile, self.overall), Tile("Responses", f"{row[c.N]:,}", month(self.months.newest)))


def _tile(of: Trend) -> Tile:
    newest = of.points[-1]
    note = []
    if newest.low is not None and newest.high is not None:
        note.append(f"95 % interval {quantity(newest.low, of.unit)} to {quantity(newest.high, of.unit)}")
    if newest.value is not None and newest.expected is not None:
        gap = newest.value - newest.expected
        note.append(f"{change(gap, of.unit)}{points(of.unit)} against what was expected; {newest.verdict}")
    return Tile(of.title, quantity(newest.value, of.unit), "; ".join(note))
