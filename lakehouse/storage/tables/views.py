"""The views: SQL queries on the tables, by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from lakehouse.survey.catalogue import Catalogue
from schemas import views as contracts

ALERTS_VIEW = "gold.v_satisfaction_alerts"
TEAM_VIEW = "gold.v_satisfaction_alerts_{team}"
FLAT_VIEW = "gold.v_survey_flat"


@dataclass(frozen=True)
class View:
    """A view. `comment` begins with the grain. `columns`: those of the query in its order, with their comments."""

    comment: str
    query: str
    columns: Mapping[str, str]


def views(catalogue: Catalogue) -> dict[str, View]:
    """Every view by its name."""
    return {
        **_silver_views(),
        **_flat_view({question.id: question.newest.wording for question in catalogue.questions}),
        **_trend_view(catalogue),
        **_alert_views(catalogue.owners),
    }


def _alert_views(teams: Iterable[str]) -> dict[str, View]:
    """All alerts with what people did about them, and one view per team of those that it has to know."""
    of_teams = {
        TEAM_VIEW.format(team=team): View(
            f"One row per alert of the {team} team that is open, insufficient or not judged: newest period first, open "
            "ones on top, those that lead others before those that are led.",
            f"""
            SELECT * EXCEPT (team)
            FROM {ALERTS_VIEW}
            WHERE team = '{team}' AND state <> 'ok'
            ORDER BY period_start DESC, CASE state WHEN 'open' THEN 0 WHEN 'not_judged' THEN 1 ELSE 2 END,
                     parent_id IS NOT NULL, rule, question, segment, segment_value
            """,
            contracts.TEAM_ALERTS,
        )
        for team in teams
    }
    return {ALERTS_VIEW: _alerts_view(), **of_teams}


def _alerts_view() -> View:
    return View(
        "One row per alert. handling: new, acknowledged or resolved, decided for the whole episode, or for the alert "
        "alone where there is none; responses: how many the whole period has.",
        """
        WITH decided AS (
            SELECT a.series_id, coalesce(a.first_period, a.period_start) AS since,
                   max_by(struct(e.event, e.who, e.note), e.event_seq) AS newest
            FROM ops.alert_events e
            JOIN gold.satisfaction_alerts a ON a.alert_id = e.alert_id
            WHERE e.event IN ('acknowledged', 'resolved')
            GROUP BY a.series_id, coalesce(a.first_period, a.period_start)
        )
        SELECT a.headline, a.state, coalesce(d.newest.event, 'new') AS handling, a.team, a.is_preliminary, a.phase,
               a.first_period, a.periods_open, a.period_type, a.period_start, m.n AS responses, a.reason, a.alert_id,
               a.parent_id, a.rule, a.metric, a.question, a.segment, a.segment_value, a.n, a.value, a.threshold,
               a.ci_low, a.ci_high, a.baseline_n, a.baseline_value, a.difference, a.p_value, a.q_value,
               a.smallest_detectable, d.newest.who AS handled_by, d.newest.note AS handling_note
        FROM gold.satisfaction_alerts a
        LEFT JOIN decided d
          ON d.series_id = a.series_id AND d.since = coalesce(a.first_period, a.period_start)
        LEFT JOIN gold.satisfaction_metrics m
          ON m.period_type = a.period_type AND m.period_start = a.period_start AND m.segment = 'overall'
        """,
        contracts.ALERTS,
    )


def _silver_views() -> dict[str, View]:
    return {
        "silver.v_superseded": View(
            "One row per superseded line, with the line that won.",
            """
            SELECT old._source_file, old._source_sha256, old._source_row, old.survey_date, old.response_key,
                   new._source_file AS won_by_file, new._source_sha256 AS won_by_sha256,
                   new._source_row AS won_by_row, new.survey_date AS won_by_survey_date
            FROM silver.superseded old
            LEFT JOIN silver.survey_responses new ON new.response_key = old.response_key
            """,
            contracts.SUPERSEDED,
        ),
        "silver.v_quarantine": View(
            "One row per rejected line; status: superseded once a later version is in silver, else open.",
            """
            SELECT q.*,
                   CASE WHEN s.response_key IS NOT NULL AND (s._delivery > q._delivery OR s.survey_date > q.survey_date)
                        THEN 'superseded' ELSE 'open' END AS status
            FROM silver.quarantine q
            LEFT JOIN silver.survey_responses s ON s.response_key = q.response_key
            """,
            contracts.QUARANTINE,
        ),
    }


def _flat_view(wordings: Mapping[str, str]) -> dict[str, View]:
    """`wordings`: question -> wording."""
    ratings = "\n".join(
        f"                   , max(CASE WHEN question = '{question}' THEN rating END) AS {question}"
        for question in wordings
    )
    columns = ", ".join(f"r.{question}" for question in wordings)
    return {
        FLAT_VIEW: View(
            "One row per response for BI tools: fact, dimensions and a column per question (1-5, null else).",
            f"""
            WITH r AS (
                SELECT response_key, survey_month
{ratings}
                FROM gold.dim_service_ratings GROUP BY response_key, survey_month
            )
            SELECT f.response_key, f.id, p.gender, p.customer_type, p.age, p.age_band, d.travel_type, d.class,
                   f.survey_date, f.survey_month, f.flight_distance, f.departure_delay, f.arrival_delay,
                   f.arrival_delay_is_imputed, f.is_satisfied, f.service_index, f.weighted_satisfaction_score,
                   f.answered_concepts, {columns}
            FROM gold.fact_survey_responses f
            JOIN gold.dim_passengers p ON p.passenger_key = f.passenger_key
            JOIN gold.dim_flight_details d ON d.flight_details_key = f.flight_details_key
            LEFT JOIN r ON r.response_key = f.response_key AND r.survey_month = f.survey_month
            """,
            contracts.survey_flat(wordings),
        )
    }


def _trend_view(catalogue: Catalogue) -> dict[str, View]:
    """The series of each concept. A bridged value has a mean but no share, because averaging shrinks the spread."""
    return {
        "gold.v_question_trend": View(
            "One row per period, segment value and concept: one series across renamed, split and merged questions. "
            "Compare means within one series, shares within one share_series. Never add across segment.",
            f"""
            WITH m AS (
                SELECT *,
                       nullif(sum(n_overlap) OVER concept_of_segment, 0) AS overlap,
                       sum(sum_difference) OVER concept_of_segment AS difference,
                       sum(sum_squared_difference) OVER concept_of_segment AS squared_difference
                FROM gold.concept_metrics
                WINDOW concept_of_segment AS (PARTITION BY period_type, segment, segment_value, concept)
            )
            SELECT period_type, period_start, segment, segment_value, concept,
                   {_breaks(catalogue, ("none",))} AS series,
                   {_breaks(catalogue, ("none", "mean_only"))} AS share_series,
                   n_asked, n,
                   (sum_raw + sum_bridged) / nullif(n, 0) AS mean_rating,
                   sum_raw / nullif(n_raw, 0) AS raw_mean,
                   sum_bridged / nullif(n_bridged, 0) AS bridged_mean,
                   n_bridged > 0 AS is_bridged,
                   CASE WHEN n_bridged = 0 THEN n_low / nullif(n_raw, 0) END AS share_low,
                   CASE WHEN n_bridged = 0 THEN n_top / nullif(n_raw, 0) END AS share_top,
                   n_not_applicable / nullif(n_asked, 0) AS share_not_applicable,
                   overlap AS n_overlap,
                   difference / overlap AS bridge_difference,
                   sqrt(greatest(squared_difference - difference * difference / overlap, 0)
                        / nullif(overlap - 1, 0) / overlap) AS bridge_standard_error,
                   CASE WHEN n_bridged = 0 THEN 'asked as it is'
                        WHEN overlap > 0 THEN 'bridged; see bridge_difference, measured where both were asked'
                        ELSE 'bridged; nobody was asked both: new words and a real change cannot be told apart'
                   END AS comparison
            FROM m
            """,
            contracts.QUESTION_TREND,
        )
    }


def _breaks(catalogue: Catalogue, kinds: Collection[str | None]) -> str:
    """SQL that counts, up to the period, the changes of the concept's own question with one of these comparabilities.

    A different count marks the start of a new series.
    """
    breaks = [
        f"CASE WHEN concept = '{concept}' AND period_start >= DATE'{version.valid_from}' THEN 1 ELSE 0 END"
        for concept, (root, *_) in catalogue.trends.items()
        for version in catalogue.question(root.question).versions
        if version.change and version.comparability in kinds and version.change not in ("split", "merge")
    ]
    return " + ".join(breaks or ["0"])
