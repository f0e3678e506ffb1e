"""Generated survey files: the public file's form and shares, equal bytes every time, faults where they are named."""

from __future__ import annotations

import gzip
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest

from lakehouse import generate
from lakehouse.config.survey.catalogue import load_catalogue
from lakehouse.errors import UsageError
from lakehouse.generate import FAULT_KINDS, QUESTIONS, Effect, generate_surveys, planted_faults
from lakehouse.survey.headers import safe_names
from tests.support.places import REAL_SURVEY, ROOT

pytestmark = pytest.mark.no_spark

SHIPPED_CATALOGUE = ROOT / "conf" / "questions.yml"
HEADER = (
    "ID,Gender,Age,Customer Type,Type of Travel,Class,Flight Distance,Departure Delay,Arrival Delay,"
    "Departure and Arrival Time Convenience,Ease of Online Booking,Check-in Service,Online Boarding,Gate Location,"
    "On-board Service,Seat Comfort,Leg Room Service,Cleanliness,Food and Drink,In-flight Service,"
    "In-flight Wifi Service,In-flight Entertainment,Baggage Handling,Satisfaction"
)


def data_lines(path: Path) -> list[str]:
    header, *lines = path.read_bytes().decode("ascii").removesuffix("\r\n").split("\r\n")
    assert header == HEADER
    return lines


def low_share(survey: pd.DataFrame, header: str) -> float:
    answered = survey[header][survey[header] > 0]
    return float((answered <= 2).mean())


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    (path,) = generate_surveys(tmp_path_factory.mktemp("measured"), rows=20_000, months=1, seed=3)
    return pd.read_csv(path).assign(satisfied=lambda frame: (frame["Satisfaction"] == "Satisfied").astype(int))


def test_files_are_named_by_month_and_ids_go_on(tmp_path: Path) -> None:
    paths = generate_surveys(tmp_path / "new" / "folder", rows=30, months=3, seed=1, first_month="2025-11")
    assert [path.name for path in paths] == ["survey_2025-11.csv", "survey_2025-12.csv", "survey_2026-01.csv"]
    assert sorted(paths) == sorted((tmp_path / "new" / "folder").iterdir())
    ids = [int(line.split(",")[0]) for path in paths for line in data_lines(path)]
    assert ids == list(range(1, 91))


def test_form_is_that_of_the_public_file(tmp_path: Path) -> None:
    (path,) = generate_surveys(tmp_path, rows=500, months=1, seed=1)
    content = path.read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n") == 501 and content.endswith(b"\r\n")
    assert {line.count(",") for line in data_lines(path)} == {23}


def test_header_and_words_are_those_of_the_public_file(survey: pd.DataFrame) -> None:
    if not REAL_SURVEY.exists():
        pytest.skip(f"{REAL_SURVEY} is not here")
    with gzip.open(REAL_SURVEY, "rt", newline="") as file:
        assert file.readline() == f"{HEADER}\r\n"
    public = pd.read_csv(REAL_SURVEY)
    for header in ("Gender", "Customer Type", "Type of Travel", "Class", "Satisfaction"):
        assert set(survey[header]) == set(public[header])


def test_bytes_are_fixed_for_ever(tmp_path: Path) -> None:
    effect = Effect("check_in_service", "2025-02", 0.45)
    paths = generate_surveys(tmp_path, rows=1_000, months=2, seed=7, effects=[effect], faults=10)
    assert [sha256(path.read_bytes()).hexdigest()[:16] for path in paths] == ["6e50f9841f80cea7", "1f4cb57c2d7419f4"]


def test_seed_and_month_change_the_rows(tmp_path: Path) -> None:
    first, second = generate_surveys(tmp_path / "one", rows=50, months=2, seed=1)
    (other,) = generate_surveys(tmp_path / "two", rows=50, months=1, seed=2)
    rows = [tuple(line.split(",", 1)[1] for line in data_lines(path)) for path in (first, second, other)]
    assert len(set(rows)) == 3


@pytest.mark.parametrize(
    ("header", "mean", "correlation"),
    [
        ("Departure and Arrival Time Convenience", 3.2234, -0.051),
        ("Ease of Online Booking", 2.8830, 0.238),
        ("Check-in Service", 3.3063, 0.237),
        ("Online Boarding", 3.3316, 0.565),
        ("Gate Location", 2.9769, -0.003),
        ("On-board Service", 3.3832, 0.322),
        ("Seat Comfort", 3.4414, 0.349),
        ("Leg Room Service", 3.3664, 0.316),
        ("Cleanliness", 3.2867, 0.307),
        ("Food and Drink", 3.2080, 0.212),
        ("In-flight Service", 3.6423, 0.245),
        ("In-flight Wifi Service", 2.8135, 0.390),
        ("In-flight Entertainment", 3.3585, 0.398),
        ("Baggage Handling", 3.6321, 0.249),
    ],
)
def test_ratings_are_near_the_public_file(survey: pd.DataFrame, header: str, mean: float, correlation: float) -> None:
    rated = survey[survey[header] > 0]
    assert rated[header].mean() == pytest.approx(mean, abs=0.05)
    assert rated[header].corr(rated["satisfied"]) == pytest.approx(correlation, abs=0.05)
    assert low_share(survey, header) < 0.43


@pytest.mark.parametrize(
    ("travel", "flown_class", "share", "satisfied"),
    [
        ("Business", "Business", 59_487 / 129_880, 0.7204),
        ("Business", "Economy", 25_304 / 129_880, 0.2995),
        ("Business", "Economy Plus", 4_902 / 129_880, 0.3927),
        ("Personal", "Business", 2_673 / 129_880, 0.1171),
        ("Personal", "Economy", 33_005 / 129_880, 0.1020),
        ("Personal", "Economy Plus", 4_509 / 129_880, 0.0874),
    ],
)
def test_passenger_mix_is_that_of_the_public_file(
    survey: pd.DataFrame, travel: str, flown_class: str, share: float, satisfied: float
) -> None:
    cell = survey[(survey["Type of Travel"] == travel) & (survey["Class"] == flown_class)]
    assert len(cell) / len(survey) == pytest.approx(share, abs=0.01)
    assert cell["satisfied"].mean() == pytest.approx(satisfied, abs=0.06)


@pytest.mark.parametrize(
    ("header", "mean", "within", "lowest", "highest"),
    [
        ("Age", 39.43, 0.5, 7, 85),
        ("Flight Distance", 1190.3, 40, 31, 4983),
        ("Departure Delay", 14.71, 1.5, 0, 1592),
        ("Arrival Delay", 15.09, 1.5, 0, 1900),
    ],
)
def test_numbers_are_near_the_public_file(
    survey: pd.DataFrame, header: str, mean: float, within: float, lowest: int, highest: int
) -> None:
    assert survey[header].mean() == pytest.approx(mean, abs=within)
    assert survey[header].between(lowest, highest).sum() == survey[header].notna().sum()


def test_delays_have_many_zeros_and_few_gaps(survey: pd.DataFrame) -> None:
    departure, arrival = survey["Departure Delay"], survey["Arrival Delay"]
    assert (departure == 0).mean() == pytest.approx(0.565, abs=0.02)
    assert arrival.isna().mean() == pytest.approx(0.003, abs=0.002)
    assert departure.corr(arrival) == pytest.approx(0.965, abs=0.02)
    assert (arrival < departure).any()


def test_effect_lowers_one_question_in_one_month_and_nothing_else(tmp_path: Path) -> None:
    effect = Effect.parse("in_flight_wifi_service@2025-02:0.35")
    quiet = [pd.read_csv(path) for path in generate_surveys(tmp_path / "quiet", 5_000, 2, seed=7)]
    worse = [pd.read_csv(path) for path in generate_surveys(tmp_path / "worse", 5_000, 2, seed=7, effects=[effect])]
    wifi = "In-flight Wifi Service"
    pd.testing.assert_frame_equal(worse[0], quiet[0])
    pd.testing.assert_frame_equal(worse[1].drop(columns=wifi), quiet[1].drop(columns=wifi))
    before = low_share(quiet[1], wifi)
    assert low_share(worse[1], wifi) == pytest.approx(before + 0.35 * (1 - before), abs=0.02)
    assert ((worse[1][wifi] == 0) == (quiet[1][wifi] == 0)).all()


@pytest.mark.parametrize(
    "text",
    ["check_in_service", "check_in_service@2025-02", "check_in_service@2025:0.4", "@2025-02:0.4"]
    + [f"check_in_service@2025-02:{p}" for p in ("0", "1.01", "-0.2", "nan", "1e-1", "0.4 ")],
)
def test_effect_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"expected question@YYYY-MM:p with 0 < p <= 1"):
        Effect.parse(text)


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        ("in_flight_wifi_service@2025-06:0.35", Effect("in_flight_wifi_service", "2025-06", 0.35)),
        ("gate_location@2025-12:1", Effect("gate_location", "2025-12", 1.0)),
        ("gate_location@2025-12:.5", Effect("gate_location", "2025-12", 0.5)),
    ],
)
def test_effect_is_read(text: str, effect: Effect) -> None:
    assert Effect.parse(text) == effect


def test_faults_lie_where_they_are_said_to_lie_and_nowhere_else(tmp_path: Path) -> None:
    clean = generate_surveys(tmp_path / "clean", rows=400, months=2, seed=5)
    faulty = generate_surveys(tmp_path / "faulty", rows=400, months=2, seed=5, faults=23)
    planted = planted_faults(rows=400, seed=5, faults=23)
    assert faulty[0].read_bytes() == clean[0].read_bytes()
    differing = [
        number
        for number, (good, bad) in enumerate(zip(data_lines(clean[1]), data_lines(faulty[1]), strict=True), start=1)
        if good != bad
    ]
    assert differing == [line for line, _ in planted]
    assert [kind for _, kind in planted] == [FAULT_KINDS[i % 10] for i in range(23)]


def test_each_kind_of_fault_looks_as_named(tmp_path: Path) -> None:
    (path,) = generate_surveys(tmp_path, rows=60, months=1, seed=5, faults=10)
    lines = data_lines(path)
    at = {kind: line - 1 for line, kind in planted_faults(rows=60, seed=5, faults=10)}
    fields = {kind: lines[index].split(",") for kind, index in at.items()}
    before = {kind: lines[index - 1].split(",") for kind, index in at.items()}
    assert fields["rating 7"][11] == "7"
    assert fields["rating abc"][15] == "abc"
    assert fields["unknown class"][5] == "Eco Premium"
    assert fields["missing id"][0] == ""
    assert fields["negative delay"][7] == "-5"
    assert fields["age 222"][2] == "222"
    assert (len(fields["too few fields"]), len(fields["too many fields"])) == (21, 25)
    assert fields["repeated line"] == before["repeated line"]
    repeated_id = "same id, other content"
    assert fields[repeated_id][0] == before[repeated_id][0] and fields[repeated_id] != before[repeated_id]


def test_faults_lie_right_in_files_of_several_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "_BLOCK_ROWS", 8)
    (path,) = generate_surveys(tmp_path, rows=21, months=1, seed=5, faults=10)
    lines = data_lines(path)
    planted = planted_faults(rows=21, seed=5, faults=10)
    assert [line for line, _ in planted] == list(range(2, 21, 2))
    assert len(lines) == 21
    assert lines[planted[8][0] - 1] == lines[planted[8][0] - 2]
    assert [int(line.split(",")[0]) for line in lines[::2]] == list(range(1, 22, 2))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rows": 0}, "--rows 0: expected at least 1"),
        ({"months": 0}, "--months 0: expected 1 to 120"),
        ({"months": 121}, "--months 121: expected 1 to 120"),
        ({"seed": -1}, "--seed -1: expected at least 0"),
        ({"faults": -1}, "--faults -1: expected 0 to 5"),
        ({"faults": 6}, "--faults 6: expected 0 to 5"),
        ({"first_month": "2025-13"}, "--first-month '2025-13': expected YYYY-MM"),
        ({"first_month": "2025-1"}, "--first-month '2025-1': expected YYYY-MM"),
        ({"effects": [Effect("wifi", "2025-01", 0.5)]}, "unknown question 'wifi'. Known: departure_"),
        ({"effects": [Effect("gate_location", "2025-03", 0.5)]}, "2025-03 is not generated, only 2025-01 to 2025-02"),
    ],
)
def test_arguments_out_of_range_are_refused_and_nothing_is_written(
    tmp_path: Path, arguments: dict[str, object], message: str
) -> None:
    valid: dict[str, object] = {"rows": 10, "months": 2, "seed": 1}
    with pytest.raises(UsageError) as refused:
        generate_surveys(tmp_path / "out", **(valid | arguments))  # type: ignore[arg-type]
    assert message in str(refused.value)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    with pytest.raises(UsageError, match="taken: cannot be written"):
        generate_surveys(taken, rows=1, months=1, seed=1)


def test_every_header_is_a_question_of_the_shipped_catalogue() -> None:
    catalogue = load_catalogue(SHIPPED_CATALOGUE, {})
    resolved = tuple(catalogue.resolve(name) for name in safe_names(HEADER.split(",")[9:23]))
    assert resolved == QUESTIONS == catalogue.question_ids


def test_shares_of_ratings_add_up() -> None:
    assert {sum(shares) for both in generate._RATINGS.values() for shares in both} == {1_000}


def test_demo_shows_one_bad_month_of_one_question(tmp_path: Path) -> None:
    effect = Effect.parse("check_in_service@2026-10:0.45")
    surveys = {
        path.stem: pd.read_csv(path)
        for path in generate_surveys(tmp_path, 5_000, 6, seed=7, first_month="2026-05", effects=[effect])
    }
    shares = {
        (stem, header): low_share(frame, header) for stem, frame in surveys.items() for header in frame.columns[9:23]
    }
    assert shares.pop(("survey_2026-10", "Check-in Service")) == pytest.approx(0.586, abs=0.002)
    assert max(shares.values()) < 0.43
