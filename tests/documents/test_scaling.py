"""The figures that docs/scaling.md computes follow from those that docs/speed.md has measured."""

from __future__ import annotations

import re

import pytest

from tests.support.markdown import page

pytestmark = pytest.mark.no_spark

SCALING, SPEED = page("scaling.md"), page("speed.md")
EFFICIENCY, PRICE = 0.6, 0.05
ROW = re.compile(
    r"^\| ([\d,]+) million, ([\d.]+) million a month \| (\d+)([^|]*)\| (\d+) s \| (\d+) s \| (\d+) s \|$", re.M
)
COST = re.compile(
    r"^\| ([\d,]+) million \| (\d+) \| ([\d.]+) core-hours, ([\d.]+) USD \| ([\d.]+) core-hours, ([\d.]+) USD \|$", re.M
)


def measured() -> dict[str, float]:
    """Seconds on 2 cores: loads of 1 and 10 million rows, nothing new on each, and a month onto 10 million."""
    one, ten = (
        int(*re.findall(rf"^\| {rows} rows, 12 files \| (\d+) s", SPEED, re.M)) for rows in ("1,000,008", "10,000,008")
    )
    month = int(*re.findall(r"a 130,000-row month onto 10 million rows \| (\d+) s", SPEED))
    idle_one, idle_ten = map(
        int, re.findall(r"nothing new, on 1 million / 10 million rows \| (\d+) s / (\d+) s", SPEED)[0]
    )
    load, idle = (ten - one) / 9 * 2, (idle_ten - idle_one) / 9 * 2
    return {
        "load": load,
        "load_fixed": one - load / 2,
        "idle": idle,
        "idle_fixed": idle_one - idle / 2,
        "month_fixed": month - idle_ten - 0.13 * load / 2,
    }


def seconds(rows: float, month: float, cores: float) -> tuple[float, float, float]:
    """First load, a month more, nothing new; rows in millions."""
    found = measured()
    idle = found["idle_fixed"] + found["idle"] * rows / cores
    return (
        found["load_fixed"] + found["load"] * rows / cores,
        idle + found["month_fixed"] + found["load"] * month / cores,
        idle,
    )


def test_the_rates_are_those_of_the_measurements() -> None:
    shown = {
        name: float(text)
        for name, text in re.findall(r"^\| ([a-z][^|]*) \| [^|]* \| ([\d.]+) (?:core-)?s", SCALING, re.M)
    }
    assert sorted(shown.values()) == sorted(round(value, 1) for value in measured().values())


def test_the_times_follow_from_the_rates() -> None:
    rows = ROW.findall(SCALING)
    assert len(rows) == 4
    for millions, month, cores, one_machine, *shown in rows:
        used = float(cores) * (1 if one_machine.strip() else EFFICIENCY)
        computed = seconds(float(millions.replace(",", "")), float(month), used)
        assert [int(text) for text in shown] == pytest.approx(computed, abs=0.51)


def test_the_costs_follow_from_the_times() -> None:
    times = {(millions, cores): shown for millions, _, cores, one, *shown in ROW.findall(SCALING) if not one.strip()}
    costs = COST.findall(SCALING)
    assert len(costs) == 3
    for millions, cores, load, load_price, month, month_price in costs:
        load_seconds, month_seconds, _ = map(int, times[millions, cores])
        for took, hours, price in ((load_seconds, load, load_price), (month_seconds, month, month_price)):
            assert float(hours) == pytest.approx(int(cores) * took / 3600, abs=0.06)
            assert float(price) == pytest.approx(float(hours) * PRICE, abs=0.006)
