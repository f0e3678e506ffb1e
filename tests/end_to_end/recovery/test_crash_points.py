"""Every named crash point, and any moment: a load that is killed there and run again ends like an undisturbed one.

For hours: `make test-faults`. LAKEHOUSE_KILLS sets the number of random moments, LAKEHOUSE_POINTS a pattern that the
names of the crash points to try match, such as `alert`, or `^(?!.*alert)` for all others.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lakehouse.config.load import Config
from tests.support.data.surveys import HEADERS, response, write_survey
from tests.support.pipeline import Pipeline
from tests.support.processes.victims import WAYS, victim

pytestmark = pytest.mark.faults

KILLS = int(os.environ.get("LAKEHOUSE_KILLS", "100"))
POINTS = os.environ.get("LAKEHOUSE_POINTS", "")
IN_A_ROW = 5


def write_files(landing: Path) -> tuple[list[Path], list[Path]]:
    """Thirteen files, six and seven for each of two loads: good months, bad lines, a correction that moves responses to
    another month, a contradiction, the same content twice, a new column, a file that is held and one that is refused,
    and a month in which a question got worse."""
    first = [write_survey(landing / f"survey_2025-0{month}.csv", rated(1000 * month)) for month in (1, 2, 3, 4)]
    bad = [response(501, age=222), response(502, class_="Eco Premium"), response(503)[:-2], response(504)]
    first.append(write_survey(landing / "survey_2025-05.csv", bad))
    first.append(write_survey(landing / "again" / "survey_2025-01.csv", rated(1000)))
    moved = [response(1000 + n, cleanliness=1) for n in range(10)] + [response(601), response(601, age=9)]
    second = [write_survey(landing / "survey_2025-06.csv", moved)]
    headers = [*HEADERS.values(), "Lounge"]
    second.append(write_survey(landing / "survey_2025-07.csv", [[*response(701), "4"]], headers))
    spoilt = [response(number, age="old") for number in range(8001, 8111)]
    second.append(write_survey(landing / "survey_2025-08.csv", spoilt))
    refused = landing / "survey_2025-09.csv"
    refused.write_bytes(b"ID,Class\r\n1,Business\0\r\n")
    second.append(refused)
    second += [
        write_survey(landing / f"survey_2025-{month}.csv", [response(100 * month + n) for n in range(30)])
        for month in (10, 11)
    ]
    second.append(write_survey(landing / "survey_2025-12.csv", rated(12_000, check_in_service=1)))
    return first, second


def rated(first: int, **changed: object) -> list[list[str]]:
    """Enough responses for an alert, with ratings that differ."""
    return [response(first + n, **{"check_in_service": 1 + n % 5, **changed}) for n in range(120)]


def tell(text: str) -> None:
    """One line of a run of hours, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Load:
    """The same load as often as wanted: a warehouse before it, the files, and what it leaves when undisturbed."""

    def __init__(self, spark: SparkSession, config: Config, root: Path, before: Path | None, landing: Path) -> None:
        self._spark, self._config, self._root, self._before, self._landing = spark, config, root, before, landing
        self._number = 0
        calm = self.fresh()
        started = time.monotonic()
        with victim(calm) as run:
            assert run.ended() in (0, 3, 5), run.said
            self.points = run.reached()
        self.seconds = time.monotonic() - started
        self.expected = calm.content()
        self.kept = calm.warehouse.root

    def fresh(self) -> Pipeline:
        """The state before the load."""
        self._number += 1
        place = self._root / str(self._number)
        if self._before:
            shutil.copytree(self._before, place / "warehouse")
        else:
            (place / "warehouse").mkdir(parents=True)
        pipeline = Pipeline(self._spark, self._config, place)
        pipeline.landing = self._landing
        return pipeline

    def differences_after(self, pipeline: Pipeline) -> list[str]:
        """Runs again at once, and names the tables that say something else than they should."""
        code = pipeline.run("run", "--wait", "120")
        found = pipeline.content()
        wrong = [name for name, value in found.items() if value != self.expected[name]]
        for table in pipeline.tables.all():
            wrong += [
                f"{table.full_name} lacks {lacking}" for lacking in pipeline.warehouse.contract_differences(table)
            ]
        shutil.rmtree(pipeline.root)
        return wrong if code in (0, 3, 5) else [f"exit code {code}", *wrong]


@pytest.fixture(scope="module", params=["into nothing", "into a warehouse"])
def load(
    request: pytest.FixtureRequest, spark: SparkSession, config: Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Load]:
    root = tmp_path_factory.mktemp("load")
    landing = root / "landing"
    _, second = write_files(landing)
    before = None
    if request.param == "into a warehouse":
        aside = root / "aside"
        aside.mkdir()
        for file in second:
            shutil.move(file, aside)
        earlier = Pipeline(spark, config, root / "earlier")
        earlier.landing = landing
        assert earlier.run() == 0
        for file in second:
            shutil.move(aside / file.name, file)
        before = root / "earlier" / "warehouse"
    yield Load(spark, config, root, before, landing)


def test_every_crash_point(load: Load) -> None:
    assert len(load.points) == len(set(load.points)) > 40
    wrong = {}
    points = [point for point in load.points if re.search(POINTS, point)]
    for number, point in enumerate(points):
        way = WAYS[number % len(WAYS)]
        pipeline = load.fresh()
        with victim(pipeline, point) as run:
            run.wait_for(point)
            run.kill(way)
        found = load.differences_after(pipeline)
        tell(f"{number + 1}/{len(points)} {way} killed {point}: {found or 'equal'}")
        if found:
            wrong[point] = found
    assert wrong == {}


def test_any_moment(load: Load) -> None:
    """Runs killed in a row, so that those which were to mend the first are killed as well, before one may end."""
    moments = random.Random(7)
    wrong = {}
    for number in range(0, KILLS // 2, IN_A_ROW):
        pipeline = load.fresh()
        killed = []
        for kill in range(number, number + IN_A_ROW):
            way, after = WAYS[kill % len(WAYS)], moments.uniform(0, load.seconds)
            with victim(pipeline, "", "--wait", "120") as run:
                time.sleep(after)
                run.kill(way)
            killed.append(f"{way} after {after:.1f} s")
        found = load.differences_after(pipeline)
        tell(f"{number + IN_A_ROW}/{KILLS // 2} killed {', '.join(killed)}: {found or 'equal'}")
        if found:
            wrong[", ".join(killed)] = found
    assert wrong == {}
