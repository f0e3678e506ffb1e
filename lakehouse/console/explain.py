"""Why an alert is what it is: the test, the groups and answers that drive it, and the files and versions behind it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import and_

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from lakehouse.alerts.evidence.observed import Segment
from lakehouse.alerts.evidence.statistics import MIN_CELL
from lakehouse.alerts.recompute import recomputed
from lakehouse.alerts.rules import PASSENGER_MIX
from lakehouse.alerts.wording import for_whom, period_name
from lakehouse.console.text import aligned
from lakehouse.ledger.runs import releases
from lakehouse.months import month_of
from lakehouse.storage.open import Opened
from schemas import columns as c
from schemas.segments import OVERALL, SEGMENTS, SEPARATOR

_GROUPS_SHOWN, _FILES_SHOWN = 15, 10


def explanation(opened: Opened, alert: Row, recompute: bool) -> str:
    """Everything behind an alert, as text. `recompute`: p and q from the stored sums as well."""
    sections = [f"{alert['headline']}\n{alert[c.STATE]}: {alert[c.REASON]}", _test(alert)]
    if recompute:
        sections.append(_recomputed(opened, alert))
    if alert["cells"] is not None:
        sections.append("Groups of passengers, now and in the baseline:\n" + _cells(alert))
    sections += [_other_groups(opened, alert), _answers(opened, alert), _files(opened, alert), _versions(opened)]
    return "\n\n".join(section for section in sections if section)


def _test(alert: Row) -> str:
    baseline = alert["baseline_periods"]
    names = (
        *(c.N, "value", "threshold", "ci_low", "ci_high", "baseline_n", "baseline_value", "difference"),
        *("standard_error", "factor", "periods_tested", "p_value", "q_value", "smallest_detectable"),
    )
    rows = [(name, f"{alert[name]:.6g}") for name in names if alert[name] is not None]
    if baseline:
        rows.append(("baseline", ", ".join(period_name(alert[c.PERIOD_TYPE], day) for day in baseline)))
    return "The numbers:\n" + aligned(("what", "value"), rows)


def _recomputed(opened: Opened, alert: Row) -> str:
    """Difference, p and q as the stored sums give them, beside those that are stored."""
    stored = opened.warehouse.read(opened.tables.alerts)
    of_family = stored.where(
        (F.col("team") == alert["team"])
        & (F.col(c.PERIOD_TYPE) == alert[c.PERIOD_TYPE])
        & (F.col(c.PERIOD_START) == alert[c.PERIOD_START])
    )
    anew = recomputed(row.asDict(recursive=True) for row in of_family.collect()).get(alert["alert_id"])
    if anew is None:
        return "Computed again: it has no baseline, so there is no p or q."
    pairs = [(name, alert[name], getattr(anew, name)) for name in ("difference", "p_value", "q_value")]
    same = all(abs(before - now) <= 1e-9 + 1e-6 * abs(before) for _, before, now in pairs)
    title = "Computed again from the stored sums: " + ("the same." if same else "NOT the same.")
    return title + "\n" + aligned(("what", "stored", "again"), [(name, f"{a:.9g}", f"{b:.9g}") for name, a, b in pairs])


def _cells(alert: Row) -> str:
    counted = [cell for cell in alert["cells"] if min(cell["n"], cell["baseline_n"]) >= MIN_CELL]
    weights = sum(cell["baseline_n"] for cell in counted) or 1
    has_means = alert["metric"] != PASSENGER_MIX.name
    rows = []
    for cell in alert["cells"]:
        now, before = (_mean(cell, ""), _mean(cell, "baseline_")) if has_means else (None, None)
        part = None
        if cell in counted and now is not None and before is not None:
            part = cell["baseline_n"] / weights * (now - before)
        group = SEPARATOR.join((cell[c.CLASS], cell[c.TRAVEL_TYPE], cell[c.CUSTOMER_TYPE]))
        rows.append((group, int(cell["n"]), now, int(cell["baseline_n"]), before, part))
    rows.sort(key=lambda row: (row[5] is None, row[5] or 0, row[0]))
    return aligned(("group", "n", "mean", "n before", "mean before", "part of the difference"), rows)


def _mean(cell: Row, side: str) -> float | None:
    return cell[f"{side}total"] / cell[f"{side}n"] if cell[f"{side}n"] else None


def _other_groups(opened: Opened, alert: Row) -> str:
    same = reduce(and_, (F.col(name).eqNullSafe(alert[name]) for name in ("rule", c.QUESTION, c.PERIOD_START)))
    others = opened.warehouse.read(opened.tables.alerts).where(same & (F.col("alert_id") != alert["alert_id"]))
    ordered = others.orderBy(F.col(c.STATE) != "open", F.col("q_value").asc_nulls_last(), c.SEGMENT, c.SEGMENT_VALUE)
    rows = [
        (
            for_whom(Segment(row[c.SEGMENT], row[c.SEGMENT_VALUE])),
            *(row[c.N], row["value"], row["difference"]),
            *("" if row["q_value"] is None else f"{row['q_value']:.2g}", row[c.STATE]),
        )
        for row in ordered.limit(_GROUPS_SHOWN).collect()
    ]
    return _titled("The same in other groups:", ("who", "n", "value", "difference", "q", "state"), rows)


def _answers(opened: Opened, alert: Row) -> str:
    """How the ratings of the question are spread in the segment, in the period and in its baseline, as shares."""
    if alert[c.QUESTION] is None or alert[c.PERIOD_TYPE] != "month":
        return ""
    read, tables = opened.warehouse.read, opened.tables
    now = f"{alert[c.PERIOD_START]:%Y-%m}"
    months = [now, *(f"{day:%Y-%m}" for day in alert["baseline_periods"] or ())]
    in_months = F.col(c.SURVEY_MONTH).isin(months)
    ratings = read(tables.ratings).where(in_months & (F.col(c.QUESTION) == alert[c.QUESTION]))
    answers = ratings.select(c.RESPONSE_KEY, c.SURVEY_MONTH, F.coalesce(F.col(c.RATING).cast("string"), c.ANSWER_STATE))
    answers = answers.toDF(c.RESPONSE_KEY, c.SURVEY_MONTH, "answer")
    if alert[c.SEGMENT] != OVERALL:
        answers = answers.join(_responses_of(opened, alert, in_months), on=c.RESPONSE_KEY, how="left_semi")
    is_now = F.col(c.SURVEY_MONTH) == now
    counts = answers.groupBy("answer").agg(F.count_if(is_now), F.count_if(~is_now)).orderBy("answer").collect()
    totals = [sum(row[side] for row in counts) or 1 for side in (1, 2)]
    rows = [(row[0], f"{row[1] / totals[0]:.1%}", f"{row[2] / totals[1]:.1%}") for row in counts]
    return _titled(f"Answers in {now} and in the baseline:", ("answer", now, "baseline"), rows)


def _responses_of(opened: Opened, alert: Row, in_months: Column) -> DataFrame:
    """Keys of the responses of the alert's segment."""
    read, tables = opened.warehouse.read, opened.tables
    facts = read(tables.fact).where(in_months).select(c.RESPONSE_KEY, c.PASSENGER_KEY, c.FLIGHT_DETAILS_KEY)
    whole = facts.join(read(tables.flight_details), on=c.FLIGHT_DETAILS_KEY).join(
        read(tables.passengers).select(c.PASSENGER_KEY, c.CUSTOMER_TYPE), on=c.PASSENGER_KEY
    )
    values = alert[c.SEGMENT_VALUE].split(SEPARATOR)
    columns = SEGMENTS[alert[c.SEGMENT]]
    return whole.where(
        reduce(and_, (F.col(name) == value for name, value in zip(columns, values, strict=True)))
    ).select(c.RESPONSE_KEY)


def _files(opened: Opened, alert: Row) -> str:
    """The files of the period's responses, and its lines in quarantine by reason."""
    if alert[c.PERIOD_TYPE] != "month":
        return ""
    read, tables, month = opened.warehouse.read, opened.tables, f"{alert[c.PERIOD_START]:%Y-%m}"
    files = read(tables.responses).where(F.col(c.SURVEY_MONTH) == month).groupBy(c.SOURCE_FILE).count()
    rejected = read(tables.quarantine).where(month_of(c.SURVEY_DATE) == month)
    reasons = rejected.select(F.explode(c.REASONS).alias("reason")).groupBy("reason").agg(F.count("*").alias("lines"))
    parts = (
        _titled(
            f"Files of {month}:",
            (c.FILE, "responses"),
            files.orderBy(F.desc("count"), c.SOURCE_FILE).limit(_FILES_SHOWN).collect(),
        ),
        _titled(
            f"Lines of {month} in quarantine:",
            ("reason", "lines"),
            reasons.orderBy(F.desc("lines"), "reason").collect(),
        ),
    )
    return "\n\n".join(part for part in parts if part)


def _versions(opened: Opened) -> str:
    newest = releases(opened.warehouse.read(opened.tables.runs)).select("run_id", "table_versions").head()
    if newest is None:
        return ""
    read = (opened.tables.responses, opened.tables.quarantine, *opened.tables.metrics, opened.tables.alerts)
    versions = dict(newest["table_versions"])
    rows = [(table.full_name, versions[table.full_name]) for table in read if table.full_name in versions]
    return _titled(f"Table versions of the newest finished run, {newest['run_id']}:", ("table", "version"), rows)


def _titled(title: str, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    return f"{title}\n{aligned(headers, [tuple(row) for row in rows])}" if rows else ""
