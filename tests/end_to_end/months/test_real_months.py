"""The public survey as twelve months with a split question: the trend, any order and dialect, and unmoved scores."""

from __future__ import annotations

import csv
import gzip
import io
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from statistics import fmean

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import load_config
from tests.support.catalogues import PARTS, SHIPPED_QUESTIONS, WHOLE, split_catalogue, with_conf
from tests.support.data.real_survey import RENAMED, needs_real_survey, other_words, table
from tests.support.pipeline import Pipeline
from tests.support.places import REAL_SURVEY

pytestmark = [pytest.mark.long, pytest.mark.faults, needs_real_survey]

FIRST_SPLIT = 7
Row = dict[str, str]
Split = Callable[[Row], tuple[str, str]]


@dataclass(frozen=True)
class Survey:
    """The responses by month (1-12), as the public file has them."""

    months: dict[int, list[Row]]

    def files(self, split: Split) -> dict[int, list[Row]]:
        """Rows of each month's file; from July on with the parts in place of the whole."""
        return {
            month: [parted(row, split) if month >= FIRST_SPLIT else row for row in rows]
            for month, rows in self.months.items()
        }


def parted(row: Row, split: Split) -> Row:
    return {**{name: cell for name, cell in row.items() if name != WHOLE}, **dict(zip(PARTS, split(row), strict=True))}


def shifted(row: Row) -> tuple[str, str]:
    """Meals a point below the whole, snacks as the whole; now and then a part is not applicable."""
    number, rating = int(row["ID"]), int(row[WHOLE])
    meal = 0 if number % 7 == 0 or rating == 0 else max(1, rating - 1)
    return str(meal), str(0 if number % 11 == 0 else rating)


def unchanged(row: Row) -> tuple[str, str]:
    return row[WHOLE], row[WHOLE]


@pytest.fixture(scope="module")
def survey() -> Survey:
    months: dict[int, list[Row]] = {month: [] for month in range(1, 13)}
    for row in csv.DictReader(io.StringIO(gzip.decompress(REAL_SURVEY.read_bytes()).decode())):
        months[int(sha256(row["ID"].encode()).hexdigest(), 16) % 12 + 1].append(row)
    return Survey(months)


def deliver(landing: Path, month: int, rows: list[Row], seed: int | None = None) -> None:
    """A month's file; with a seed as another export has it, columns and rows shuffled, in the other dialect or not."""
    headers = list(rows[0])
    names, words = {header: header for header in headers}, {}
    if seed is not None:
        chance = random.Random(seed)
        rows = chance.sample(rows, len(rows))
        headers = chance.sample(headers, len(headers))
        if chance.random() < 0.5:
            names = {header: RENAMED.get(header, header) for header in headers}
            words = dict.fromkeys(headers, True)
    with (landing / f"survey_2025-{month:02d}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(names[header] for header in headers)
        writer.writerows(
            [other_words(header, row[header]) if words.get(header) else row[header] for header in headers]
            for row in rows
        )


def july_catalogue() -> str:
    text = split_catalogue(SHIPPED_QUESTIONS).replace("2025-03-01", "2025-07-01").replace("2025-03-31", "2025-06-30")
    return text.replace("{food_and_drink: 0.75}", "{food_and_drink: 0.5}").replace(
        "{food_and_drink: 0.25}", "{food_and_drink: 0.5}"
    )


def pipeline_in(spark: SparkSession, root: Path) -> Pipeline:
    conf = with_conf(root, july_catalogue())
    return Pipeline(spark, load_config(conf, None, (), {}), root, conf)


@pytest.fixture(scope="module")
def twelve_months(spark: SparkSession, survey: Survey, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """All twelve files in one run."""
    pipeline = pipeline_in(spark, tmp_path_factory.mktemp("twelve"))
    for month, rows in survey.files(shifted).items():
        deliver(pipeline.landing, month, rows)
    assert pipeline.run() == 0
    return pipeline


def test_twelve_points_six_of_them_bridged(twelve_months: Pipeline, survey: Survey) -> None:
    trend = twelve_months.sql(
        "SELECT period_start, mean_rating, is_bridged, share_low FROM gold.v_question_trend "
        "WHERE concept = 'food_and_drink' AND segment = 'overall' ORDER BY period_start"
    )
    assert [(row["period_start"].month, row["is_bridged"]) for row in trend] == [
        (month, month >= FIRST_SPLIT) for month in range(1, 13)
    ]
    for row, (month, rows) in zip(trend, survey.files(shifted).items(), strict=True):
        values = [value for one in rows if (value := concept_value(one)) is not None]
        assert row["mean_rating"] == pytest.approx(fmean(values), abs=1e-9)
        if month >= FIRST_SPLIT:
            assert row["share_low"] is None
        else:
            assert row["share_low"] == pytest.approx(sum(value <= 2 for value in values) / len(values), abs=1e-9)


def concept_value(row: Row) -> float | None:
    """The whole, or the plain mean of the answered parts: they have half of it each."""
    ratings = [rating for name in (WHOLE, *PARTS) if (rating := int(row.get(name, "0")))]
    return fmean(ratings) if ratings else None


def test_the_parts_exist_from_july_on(twelve_months: Pipeline) -> None:
    asked = twelve_months.sql(
        "SELECT question, min(survey_month) AS first, max(survey_month) AS last FROM gold.dim_service_ratings "
        "WHERE question IN ('food_and_drink', 'meal_quality', 'snack_quality') GROUP BY question ORDER BY question"
    )
    assert [tuple(row) for row in asked] == [
        ("food_and_drink", "2025-01", "2025-06"),
        ("meal_quality", "2025-07", "2025-12"),
        ("snack_quality", "2025-07", "2025-12"),
    ]


@pytest.mark.faults
def test_any_order_and_any_mix_of_dialects_gives_the_same_tables(
    twelve_months: Pipeline, survey: Survey, tmp_path: Path
) -> None:
    other = pipeline_in(twelve_months.spark, tmp_path)
    files = survey.files(shifted)
    order = random.Random(5).sample(sorted(files), len(files))
    for delivery in (order[:5], order[5:7], order[7:]):
        for month in delivery:
            deliver(other.landing, month, files[month], seed=month)
        assert other.run() == 0
    for name in TABLES:
        assert content(other, name).equals(content(twelve_months, name)), name


# Table -> its key.
TABLES = {
    "silver.survey_responses": ("id",),
    "gold.fact_survey_responses": ("response_key",),
    "gold.dim_service_ratings": ("response_key", "question_key"),
    "gold.dim_passengers": ("passenger_key",),
    "gold.question_metrics": ("period_start", "segment", "segment_value", "question"),
    "gold.concept_metrics": ("period_start", "segment", "segment_value", "concept"),
    "gold.satisfaction_metrics": ("period_start", "segment", "segment_value"),
    "gold.satisfaction_alerts": ("alert_id",),
}
_LINEAGE = ("_source_file", "_source_sha256", "_source_row", "_delivery")


def content(pipeline: Pipeline, name: str) -> pa.Table:
    """The table without what tells where its lines came from, in the order of its key."""
    found = table(pipeline, name)
    kept = sorted(column for column in found.column_names if column not in _LINEAGE)
    return found.select(kept).sort_by([(column, "ascending") for column in TABLES[name]]).combine_chunks()


def test_a_split_that_changes_no_answer_moves_no_score(real_survey: Pipeline, survey: Survey, tmp_path: Path) -> None:
    same = pipeline_in(real_survey.spark, tmp_path)
    for month, rows in survey.files(unchanged).items():
        deliver(same.landing, month, rows)
    assert same.run() == 0
    before, after = scores(real_survey), scores(same)
    assert before.keys() == after.keys()
    assert all(close(one, after[key]) for key, one in before.items())


def scores(pipeline: Pipeline) -> dict[int, tuple[float | None, float | None, int]]:
    found = table(
        pipeline,
        "gold.fact_survey_responses",
        ["id", "service_index", "weighted_satisfaction_score", "answered_concepts"],
    )
    columns = (found[name].to_pylist() for name in found.column_names)
    return {key: tuple(values) for key, *values in zip(*columns, strict=True)}


def close(one: Iterable[float | None], other: Iterable[float | None]) -> bool:
    pairs = zip(one, other, strict=True)
    return all(a == b or (a is not None and b is not None and abs(a - b) <= 1e-9) for a, b in pairs)
