"""A question is split, another one left out: nothing breaks, and the trend says what can be compared."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from statistics import fmean

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import Config, load_config
from tests.support.catalogues import PARTS, SHIPPED_QUESTIONS, WHOLE, split_catalogue, with_conf
from tests.support.data.surveys import HEADERS, response, write_survey
from tests.support.documented_sql import compare_with_documents
from tests.support.pipeline import Pipeline

ROWS = 60
Answers = list[tuple[int | None, int | None, int | None]]


def answers(month: int) -> Answers:
    """Food, meal and snack of each response; None where it was not asked, and 0 now and then."""
    chance = random.Random(month)

    def draw(asked: bool) -> int | None:
        return chance.choice((0, 1, 2, 3, 4, 5)) if asked else None

    return [(draw(month <= 3), draw(month >= 3), draw(month >= 3)) for _ in range(ROWS)]


ANSWERS = {month: answers(month) for month in (1, 2, 3, 4, 5)}


def deliver(path: Path, month: int, leave_out: Iterable[str] = ()) -> None:
    """A month's file; the questions that were not asked have no column."""
    asked = [*([WHOLE] if month <= 3 else []), *(PARTS if month >= 3 else [])]
    kept = [header for header in HEADERS.values() if header != WHOLE and header not in leave_out]
    rows: list[Sequence[str]] = []
    for number, of in enumerate(ANSWERS[month]):
        cells = dict(zip(HEADERS.values(), response(1000 * month + number, class_=CLASSES[number % 2]), strict=True))
        cells |= {header: str(value) for header, value in zip((WHOLE, *PARTS), of, strict=True)}
        rows.append([cells[header] for header in (*kept, *asked)])
    write_survey(path / f"survey_2025-{month:02d}.csv", rows, (*kept, *asked))


CLASSES = ("Business", "Economy")


@pytest.fixture(scope="module")
def evolved(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """Food in January and February, all three in March, meal and snack from then on; May lacks cleanliness."""
    root = tmp_path_factory.mktemp("evolved")
    conf = with_conf(root, split_catalogue(SHIPPED_QUESTIONS))
    pipeline = Pipeline(spark, load_config(conf, None, (), {}), root, conf)
    for month in ANSWERS:
        deliver(pipeline.landing, month, ("Cleanliness",) if month == 5 else ())
    assert pipeline.run() == 0
    return pipeline


def bridged(of: tuple[int | None, int | None, int | None]) -> float | None:
    shares = {share: rating for share, rating in ((0.75, of[1]), (0.25, of[2])) if rating}
    return sum(share * rating for share, rating in shares.items()) / sum(shares) if shares else None


def test_the_trend_goes_on_across_the_split(evolved: Pipeline) -> None:
    rows = evolved.sql(
        "SELECT * FROM gold.v_question_trend WHERE concept = 'food_and_drink' AND segment = 'overall' "
        "ORDER BY period_start"
    )
    assert [(row["period_start"].month, row["is_bridged"]) for row in rows] == [
        (1, False),
        (2, False),
        (3, False),
        (4, True),
        (5, True),
    ]
    for row, (month, of) in zip(rows, ANSWERS.items(), strict=True):
        raw = [food for food, _, _ in of if food]
        carried = [value for one in of if (value := bridged(one)) is not None]
        means = (fmean(raw), None) if month <= 3 else (None, fmean(carried))
        assert (row["raw_mean"], row["bridged_mean"]) == tuple(
            mean if mean is None else pytest.approx(mean, abs=1e-9) for mean in means
        )
        assert row["mean_rating"] == pytest.approx(means[0] if raw else means[1], abs=1e-9)
        assert row["n"] == len(raw or carried)
        low = sum(rating <= 2 for rating in raw) / len(raw) if raw else None
        assert row["share_low"] == (low if low is None else pytest.approx(low))
        silent = sum(food == 0 for food, _, _ in of) if raw else sum(bridged(one) is None for one in of)
        assert row["share_not_applicable"] == pytest.approx(silent / ROWS)
        assert {row["series"], row["share_series"]} == {0}


def test_the_month_that_asked_both_measures_the_bridge(evolved: Pipeline) -> None:
    differences = [value - one[0] for one in ANSWERS[3] if one[0] and (value := bridged(one)) is not None]
    mean = fmean(differences)
    error = (sum((one - mean) ** 2 for one in differences) / (len(differences) - 1) / len(differences)) ** 0.5
    rows = evolved.sql("SELECT * FROM gold.v_question_trend WHERE concept = 'food_and_drink' AND segment = 'overall'")
    for row in rows:
        assert row["n_overlap"] == len(differences)
        assert row["bridge_difference"] == pytest.approx(mean, abs=1e-9)
        assert row["bridge_standard_error"] == pytest.approx(error, abs=1e-9)
        assert row["comparison"].startswith("bridged; see bridge_difference" if row["is_bridged"] else "asked as it is")


def test_the_parts_are_questions_of_their_own(evolved: Pipeline) -> None:
    asked = evolved.sql(
        "SELECT question, min(period_start), max(period_start) FROM gold.question_metrics "
        "WHERE question LIKE '%quality' OR question = 'food_and_drink' GROUP BY question ORDER BY question"
    )
    assert [tuple(row) for row in asked] == [
        ("food_and_drink", date(2025, 1, 1), date(2025, 3, 1)),
        ("meal_quality", date(2025, 3, 1), date(2025, 5, 1)),
        ("snack_quality", date(2025, 3, 1), date(2025, 5, 1)),
    ]
    alerts = evolved.sql("SELECT DISTINCT team FROM gold.satisfaction_alerts WHERE question = 'meal_quality'")
    assert [row["team"] for row in alerts] == ["in_flight"]


def test_states_of_an_answer_are_kept_apart(evolved: Pipeline) -> None:
    counted = evolved.sql(
        "SELECT survey_month, answer_state, count(*) AS n FROM gold.dim_service_ratings "
        "WHERE question = 'meal_quality' GROUP BY 1, 2"
    )
    found = {(row["survey_month"], row["answer_state"]): row["n"] for row in counted}
    expected = {}
    for month in (3, 4, 5):
        silent = sum(meal == 0 for _, meal, _ in ANSWERS[month])
        expected[f"2025-{month:02d}", "not_applicable"] = silent
        expected[f"2025-{month:02d}", "answered"] = ROWS - silent
    assert found == {place: n for place, n in expected.items() if n}


def test_a_missing_column_is_one_event_and_scores_rest_on_the_others(evolved: Pipeline) -> None:
    events = evolved.sql("SELECT kind, file, column, policy FROM ops.drift_events")
    assert [tuple(row) for row in events] == [("missing", "survey_2025-05.csv", "cleanliness", "warn")]
    (row,) = evolved.sql(
        "SELECT count(service_index) AS scored, max(answered_concepts) AS most "
        "FROM gold.fact_survey_responses WHERE survey_month = '2025-05'"
    )
    assert (row["scored"], row["most"]) == (ROWS, 13)
    (months,) = evolved.sql("SELECT max(period_start) FROM gold.question_metrics WHERE question = 'cleanliness'")
    assert months[0] == date(2025, 4, 1)


@pytest.mark.parametrize("name", ["service_index", "weighted_satisfaction_score"])
def test_the_documented_sql_knows_splits(evolved: Pipeline, name: str) -> None:
    compare_with_documents(evolved, name)


@pytest.mark.long
def test_an_edit_of_the_past_restates_the_months_it_touches(
    evolved: Pipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline = evolved.copy_to(tmp_path)
    text = split_catalogue(SHIPPED_QUESTIONS).replace("{food_and_drink: 0.75}", "{food_and_drink: 0.5}")
    text = text.replace("{food_and_drink: 0.25}", "{food_and_drink: 0.5}")
    conf = with_conf(pipeline.root / "edited", text)
    before = pipeline.versions()
    edited = Pipeline(pipeline.spark, load_config(conf, None, (), {}), pipeline.root, conf)
    assert edited.run("plan") == 0
    assert "3 month(s) with their ratings, scores and metrics are restated: 2025-03" in capsys.readouterr().out
    assert pipeline.versions() == before

    months = built(pipeline)
    assert edited.run("gold") == 0
    assert {month for month, of in built(pipeline).items() if of != months[month]} == {"2025-03", "2025-04", "2025-05"}
    assert "restated: 2025-03, 2025-04, 2025-05" in capsys.readouterr().err
    assert pipeline.versions()["silver.survey_responses"] == before["silver.survey_responses"]


def built(pipeline: Pipeline) -> dict[str, str]:
    """What each month of the fact was built from."""
    rows = pipeline.read("gold.fact_survey_responses").select("survey_month", "_built_from").distinct().collect()
    return {row["survey_month"]: row["_built_from"] for row in rows}


@pytest.mark.long
def test_a_set_of_questions_that_nobody_was_asked_any_more_goes(evolved: Pipeline, tmp_path: Path) -> None:
    pipeline = evolved.copy_to(tmp_path)
    asked = [len(row["questions"]) for row in pipeline.read("silver.questionnaires").collect()]
    # Food; food, meal and snack; meal and snack; the same without cleanliness.
    assert sorted(asked) == [14, 14, 15, 16]
    (may,) = pipeline.sql("SELECT sha256 FROM ops.files WHERE file = 'survey_2025-05.csv'")
    assert pipeline.run("files withdraw", may["sha256"], "--reason", "incomplete") == 0
    kept = pipeline.read("silver.questionnaires")
    assert sorted(len(row["questions"]) for row in kept.collect()) == [14, 15, 16]
    used = pipeline.read("silver.survey_responses").select("questionnaire_key").distinct()
    assert kept.join(used, "questionnaire_key", "left_anti").count() == 0


@pytest.mark.long
def test_a_policy_can_hold_what_differs(spark: SparkSession, config: Config, tmp_path: Path) -> None:
    policy = "drift: {added: warn, missing: hold, renamed: hold}\n"
    conf = with_conf(tmp_path, SHIPPED_QUESTIONS, policy)
    pipeline = Pipeline(spark, load_config(conf, None, (), {}), tmp_path, conf)
    write_survey(pipeline.landing / "survey_2025-01.csv", [response(1), response(2)])
    kept = [header for header in HEADERS.values() if header != "Cleanliness"]
    place = list(HEADERS.values()).index("Cleanliness")
    rows = [[*cells[:place], *cells[place + 1 :]] for cells in (response(3), response(4))]
    write_survey(pipeline.landing / "survey_2025-02.csv", rows, kept)
    assert pipeline.run() == 3
    files = pipeline.sql("SELECT file, state, waiting, reason FROM ops.files ORDER BY file")
    assert [tuple(row)[:3] for row in files] == [
        ("survey_2025-01.csv", "admitted", 0),
        ("survey_2025-02.csv", "held", 2),
    ]
    assert files[1]["reason"].startswith("no column for cleanliness")
    assert pipeline.read("gold.fact_survey_responses").count() == 2

    # Without the policy the file goes on, and a lost question is refused before anything is written.
    start = SHIPPED_QUESTIONS.index("  - id: gate_location")
    lost = SHIPPED_QUESTIONS[:start] + SHIPPED_QUESTIONS[SHIPPED_QUESTIONS.index("  - id:", start + 1) :]
    before = pipeline.versions()
    assert pipeline.run("silver", "--conf", with_conf(tmp_path / "lost", lost)) == 2
    assert pipeline.versions() == before
    (end,) = pipeline.sql("SELECT exit_code, message FROM ops.runs ORDER BY started_at DESC LIMIT 1")
    assert end["exit_code"] == 2
    assert "no entry for gate_location" in end["message"]
