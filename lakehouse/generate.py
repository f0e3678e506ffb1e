"""Seeded survey files that look like the public one: same header, words, line ends and shares.

Same arguments, same bytes, on every Python and numpy: all values are whole numbers taken from the raw stream
of PCG64, which numpy promises to keep; the methods of its `Generator` may change between versions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from numpy.random import PCG64, SeedSequence

from lakehouse.errors import UsageError
from lakehouse.places.whole_files import written_whole
from lakehouse.survey.headers import safe_names

Ints = npt.NDArray[np.int64]

# Passengers and satisfied passengers of the public file, by customer type, type of travel and class.
_CELLS: Mapping[tuple[str, str, str], tuple[int, int]] = {
    ("First-time", "Business", "Business"): (9_218, 3_662),
    ("Returning", "Business", "Business"): (50_269, 39_191),
    ("First-time", "Business", "Economy"): (13_450, 1_933),
    ("Returning", "Business", "Economy"): (11_854, 5_645),
    ("First-time", "Business", "Economy Plus"): (911, 73),
    ("Returning", "Business", "Economy Plus"): (3_991, 1_852),
    ("First-time", "Personal", "Business"): (13, 0),
    ("Returning", "Personal", "Business"): (2_660, 313),
    ("First-time", "Personal", "Economy"): (184, 32),
    ("Returning", "Personal", "Economy"): (32_821, 3_333),
    ("First-time", "Personal", "Economy Plus"): (4, 0),
    ("Returning", "Personal", "Economy Plus"): (4_505, 394),
}
_FEMALE, _ARRIVAL_MISSING = 507, 3  # per mille

# Ratings 0 to 5 in per mille of passengers, as measured on the public file: not satisfied, then satisfied.
_RATINGS: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "Departure and Arrival Time Convenience": ((47, 135, 163, 171, 265, 219), (57, 169, 170, 174, 219, 211)),
    "Ease of Online Booking": ((26, 185, 285, 285, 156, 63), (67, 147, 162, 167, 230, 227)),
    "Check-in Service": ((0, 167, 164, 265, 267, 137), (0, 68, 72, 283, 296, 281)),
    "Online Boarding": ((18, 156, 264, 318, 198, 46), (31, 32, 45, 66, 425, 401)),
    "Gate Location": ((0, 150, 177, 318, 253, 102), (0, 194, 200, 220, 211, 175)),
    "On-board Service": ((0, 162, 186, 265, 245, 142), (0, 51, 83, 161, 367, 338)),
    "Seat Comfort": ((0, 160, 195, 250, 238, 157), (0, 60, 74, 88, 395, 383)),
    "Leg Room Service": ((5, 140, 242, 247, 204, 162), (4, 47, 120, 122, 371, 336)),
    "Cleanliness": ((0, 183, 216, 236, 215, 150), (0, 58, 76, 235, 322, 309)),
    "Food and Drink": ((1, 175, 228, 228, 197, 171), (1, 57, 189, 195, 285, 273)),
    "In-flight Service": ((0, 86, 136, 262, 336, 180), (0, 46, 76, 108, 401, 369)),
    # 35 per mille are moved from 2 to 3 (measured: 331 and 328): at the measured share of low ratings, 43.4 %,
    # chance alone would bring a quiet month of a small file close to the usual ceiling of 45 %.
    "In-flight Wifi Service": ((0, 204, 296, 363, 135, 2), (69, 130, 141, 144, 264, 252)),
    "In-flight Entertainment": ((0, 183, 236, 236, 195, 150), (0, 39, 83, 116, 398, 364)),
    "Baggage Handling": ((0, 86, 138, 268, 331, 177), (0, 48, 75, 109, 398, 370)),
}
HEADERS = (
    *("ID", "Gender", "Age", "Customer Type", "Type of Travel", "Class"),
    *("Flight Distance", "Departure Delay", "Arrival Delay", *_RATINGS, "Satisfaction"),
)
QUESTIONS = ("departure_arrival_time_convenience", *safe_names(_RATINGS)[1:])  # ids of conf/questions.yml


@dataclass(frozen=True)
class _Quantiles:
    """A distribution by its measured quantiles: `levels` in 1/10,000, straight lines between `values`."""

    values: tuple[int, ...]
    levels: tuple[int, ...] = (0, 500, 1_000, 2_500, 5_000, 7_500, 9_000, 9_500, 9_900, 9_990, 10_000)

    def draw(self, stream: PCG64, size: int) -> Ints:
        levels, values = np.array(self.levels, np.int64) * 100, np.array(self.values, np.int64)
        level = _draw(stream, size, 1_000_000)
        left = np.searchsorted(levels, level, side="right") - 1
        width, rise = np.diff(levels)[left], np.diff(values)[left]
        return np.asarray(values[left] + (2 * rise * (level - levels[left]) + width) // (2 * width), np.int64)


_AGE_FIRST_TIME = _Quantiles((7, 17, 20, 23, 27, 37, 45, 52, 65, 80, 85))
_AGE_RETURNING = _Quantiles((7, 14, 20, 31, 43, 53, 60, 65, 70, 79, 85))
_MILES_ALL_BUSINESS = _Quantiles((56, 226, 315, 626, 1632, 2586, 3427, 3721, 3946, 3999, 4983))
_MILES_OTHERS = _Quantiles((31, 151, 204, 343, 600, 986, 1476, 1947, 2576, 3365, 4983))
# A little below the measured quantiles: straight lines cut above a curve that steep, and the mean should hold.
_DEPARTURE_DELAY = _Quantiles(
    (0, 0, 4, 12, 27, 43, 74, 128, 176, 226, 360, 600, 1592),
    (0, 5_650, 6_500, 7_500, 8_500, 9_000, 9_500, 9_800, 9_900, 9_950, 9_990, 9_999, 10_000),
)
# Minutes lost on the way (gained where negative) by flights that left on time, and by those that left late. The latter
# are measured less two, because an arrival is never early and the draw is cut off there.
_LOST_ON_TIME = _Quantiles((0, 0, 2, 6, 12, 29, 62, 141), (0, 8_100, 8_500, 9_000, 9_500, 9_900, 9_990, 10_000))
_LOST_LATE = _Quantiles((-54, -20, -16, -10, -5, 1, 11, 20, 46, 96, 234))

# The texts of columns, each with the comma before it, to be picked by number.
Words = npt.NDArray[np.bytes_]
_NO_NUMBER = 5_000
_NUMBERS: Words = np.array([*(b",%d" % number for number in range(_NO_NUMBER)), b","])
_GENDERS: Words = np.array([b",Male", b",Female"])
_OUTCOMES: Words = np.array([b",Neutral or Dissatisfied\r\n", b",Satisfied\r\n"])
_CELL_TEXTS: Words = np.array([f",{','.join(cell)}".encode() for cell in _CELLS])
_CELL_SIZES, _CELL_SATISFIED = np.array(list(_CELLS.values()), np.int64).T
_CELL_ENDS = np.cumsum(_CELL_SIZES)
_CELL_IS_FIRST_TIME = np.array([customer == "First-time" for customer, _, _ in _CELLS])
_CELL_IS_ALL_BUSINESS = np.array([travel == class_ == "Business" for _, travel, class_ in _CELLS])

# Fault -> function that makes a bad line: from the fields of the sound line, and those of the line before it.
_SPOILERS: Mapping[str, Callable[[list[str], list[str]], list[str]]] = {
    "rating 7": lambda fields, _: _put(fields, "Check-in Service", "7"),
    "rating abc": lambda fields, _: _put(fields, "Seat Comfort", "abc"),
    "unknown class": lambda fields, _: _put(fields, "Class", "Eco Premium"),
    "missing id": lambda fields, _: _put(fields, "ID", ""),
    "negative delay": lambda fields, _: _put(fields, "Departure Delay", "-5"),
    "age 222": lambda fields, _: _put(fields, "Age", "222"),
    "too few fields": lambda fields, _: fields[:-3],
    "too many fields": lambda fields, _: [*fields, "extra"],
    "repeated line": lambda _, before: before,
    "same id, other content": lambda _, before: _put(before, "Baggage Handling", "1" if before[-2] == "5" else "5"),
}
FAULT_KINDS = tuple(_SPOILERS)


def _put(fields: list[str], header: str, text: str) -> list[str]:
    at = HEADERS.index(header)
    return [*fields[:at], text, *fields[at + 1 :]]


_EFFECT_FORM = re.compile(r"(\w+)@(\d{4}-\d{2}):(\d*\.?\d+)", re.ASCII)
_MONTH_FORM = re.compile(r"((?:19|20)\d{2})-(0[1-9]|1[0-2])", re.ASCII)
# Fixed: another size would change the bytes. Even: a fault and the line before it are always in the same block.
_BLOCK_ROWS = 100_000
_FAULTS_STREAM = 120  # months use 0 to 119


@dataclass(frozen=True)
class Effect:
    """A service that got worse: in `month` each rating of `question` (but 0) becomes 1 or 2 with probability `p`."""

    question: str
    month: str
    p: float

    @classmethod
    def parse(cls, text: str) -> Effect:
        """Reads `question@YYYY-MM:p`. Raises `UsageError` when the text has another form or p is no probability."""
        parts = _EFFECT_FORM.fullmatch(text)
        if not parts or not 0 < float(parts[3]) <= 1:
            raise UsageError(
                f"--effect '{text}': expected question@YYYY-MM:p with 0 < p <= 1, as in check_in_service@2025-06:0.45"
            )
        return cls(question=parts[1], month=parts[2], p=float(parts[3]))


def generate_surveys(
    out: Path,
    rows: int,
    months: int,
    seed: int,
    first_month: str = "2025-01",
    effects: Sequence[Effect] = (),
    faults: int = 0,
) -> tuple[Path, ...]:
    """Writes one file of `rows` lines per month, `<out>/survey_YYYY-MM.csv`, and returns their paths.

    Ids continue from month to month. The last file has `faults` bad lines, see `planted_faults`. Raises
    `UsageError` for arguments out of range, an effect on an unknown question or month, and a folder that cannot
    be written.
    """
    names = _month_names(first_month, months)
    _require_range("--rows", rows, 1)
    _require_range("--seed", seed, 0)
    _require_known(effects, names)
    planted = dict(planted_faults(rows, seed, faults))
    paths = tuple(out / f"survey_{name}.csv" for name in names)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for index, (name, path) in enumerate(zip(names, paths, strict=True)):
            worse = [effect for effect in effects if effect.month == name]
            blocks = _blocks(rows, seed, index, worse)
            _write_atomically(path, _with_faults(blocks, planted) if name == names[-1] else blocks)
    except OSError as error:
        raise UsageError(f"--out {out}: cannot be written ({error.strerror}). Name a folder that can be.") from error
    return paths


def planted_faults(rows: int, seed: int, faults: int) -> tuple[tuple[int, str], ...]:
    """The bad lines of the last file: (physical line after the header, from 1; one of `FAULT_KINDS`).

    Each replaces a line, so the file keeps its `rows` lines. Bad lines have even numbers, so the line before each is
    sound: `repeated line` repeats that line, and `same id, other content` takes its id.
    Raises `UsageError` when there are more faults than pairs of lines.
    """
    _require_range("--faults", faults, 0, rows // 2)
    edges = np.arange(faults + 1, dtype=np.int64) * (rows // 2) // max(faults, 1)
    pairs = edges[:-1] + _draw(_stream(seed, _FAULTS_STREAM), faults, np.diff(edges))
    return tuple((2 * int(pair) + 2, FAULT_KINDS[i % len(FAULT_KINDS)]) for i, pair in enumerate(pairs))


def _month_names(first_month: str, months: int) -> tuple[str, ...]:
    parts = _MONTH_FORM.fullmatch(first_month)
    if not parts:
        raise UsageError(f"--first-month '{first_month}': expected YYYY-MM from 1900-01 to 2099-12, as in 2025-01")
    _require_range("--months", months, 1, 120)
    first = int(parts[1]) * 12 + int(parts[2]) - 1
    return tuple(f"{month // 12}-{month % 12 + 1:02d}" for month in range(first, first + months))


def _require_range(option: str, value: int, low: int, high: int | None = None) -> None:
    if value < low or (high is not None and value > high):
        allowed = f"at least {low}" if high is None else f"{low} to {high}"
        raise UsageError(f"{option} {value}: expected {allowed}")


def _require_known(effects: Sequence[Effect], months: Sequence[str]) -> None:
    for effect in effects:
        if effect.question not in QUESTIONS:
            raise UsageError(f"--effect: unknown question '{effect.question}'. Known: {', '.join(QUESTIONS)}")
        if effect.month not in months:
            raise UsageError(f"--effect: month {effect.month} is not generated, only {months[0]} to {months[-1]}")


def _stream(seed: int, *purpose: int) -> PCG64:
    """A separate random stream per purpose, so that an effect or a fault changes nothing else in the files."""
    return PCG64(SeedSequence(seed, spawn_key=purpose))


def _draw(stream: PCG64, size: int, bound: int | Ints) -> Ints:
    """Uniform random whole numbers, at least 0 and below `bound` (at most 2**32)."""
    high_bits = stream.random_raw(size) >> np.uint64(32)
    return np.asarray(high_bits * np.asarray(bound, np.uint64) >> np.uint64(32), np.int64)


def _blocks(rows: int, seed: int, month: int, effects: Sequence[Effect]) -> Iterator[bytes]:
    """The lines of one month's file, with line ends, in blocks of at most `_BLOCK_ROWS` lines."""
    stream = _stream(seed, month, 0)
    questions = [QUESTIONS.index(effect.question) for effect in effects]
    streams = [_stream(seed, month, 1 + question) for question in questions]
    for start in range(0, rows, _BLOCK_ROWS):
        size = min(_BLOCK_ROWS, rows - start)
        satisfied, passengers = _passengers(stream, size)
        ratings = [_ratings(stream, satisfied, shares) for shares in _RATINGS.values()]
        for effect, question, effect_stream in zip(effects, questions, streams, strict=True):
            ratings[question] = _lowered(effect_stream, ratings[question], effect.p)
        ids = month * rows + start + 1 + np.arange(size, dtype=np.int64)
        rated = [_NUMBERS[rating] for rating in ratings]
        yield _joined([ids.astype(f"S{len(str(ids[-1]))}"), *passengers, *rated, _OUTCOMES[satisfied]])


def _passengers(stream: PCG64, size: int) -> tuple[Ints, list[Words]]:
    """Whether each passenger is satisfied (1 or 0), and the texts of the columns from gender to arrival delay."""
    cell = np.searchsorted(_CELL_ENDS, _draw(stream, size, int(_CELL_ENDS[-1])), side="right")
    satisfied = (_draw(stream, size, _CELL_SIZES[cell]) < _CELL_SATISFIED[cell]).astype(np.int64)
    female = (_draw(stream, size, 1_000) < _FEMALE).astype(np.int64)
    ages = (_AGE_FIRST_TIME.draw(stream, size), _AGE_RETURNING.draw(stream, size))
    age = np.where(_CELL_IS_FIRST_TIME[cell], *ages)
    distances = (_MILES_ALL_BUSINESS.draw(stream, size), _MILES_OTHERS.draw(stream, size))
    miles = np.where(_CELL_IS_ALL_BUSINESS[cell], *distances)
    departure = _DEPARTURE_DELAY.draw(stream, size)
    lost = np.where(departure == 0, _LOST_ON_TIME.draw(stream, size), _LOST_LATE.draw(stream, size))
    is_missing = _draw(stream, size, 1_000) < _ARRIVAL_MISSING
    arrival = np.where(is_missing, _NO_NUMBER, np.maximum(departure + lost, 0))
    numbers = [_NUMBERS[values] for values in (miles, departure, arrival)]
    return satisfied, [_GENDERS[female], _NUMBERS[age], _CELL_TEXTS[cell], *numbers]


def _ratings(stream: PCG64, satisfied: Ints, shares: tuple[tuple[int, ...], tuple[int, ...]]) -> Ints:
    by_share = np.array([np.repeat(np.arange(6), of_group) for of_group in shares], np.int64)
    return by_share[satisfied, _draw(stream, len(satisfied), 1_000)]


def _lowered(stream: PCG64, ratings: Ints, p: float) -> Ints:
    is_hit = _draw(stream, len(ratings), 1_000_000) < round(p * 1_000_000)
    low = 1 + _draw(stream, len(ratings), 2)
    return np.where(is_hit & (ratings > 0), low, ratings)


def _joined(columns: Sequence[Words]) -> bytes:
    """Joins the texts of each row. numpy pads texts with zero bytes to the width of their column; these are removed."""
    table = np.concatenate([words.view(np.uint8).reshape(len(words), -1) for words in columns], axis=1)
    return table[table > 0].tobytes()


def _with_faults(blocks: Iterator[bytes], planted: Mapping[int, str]) -> Iterator[bytes]:
    for number, block in enumerate(blocks):
        first = number * _BLOCK_ROWS + 1
        bad = planted.keys() & range(first, first + _BLOCK_ROWS)
        lines = block.decode().split("\r\n") if bad else []
        for line in bad:
            at = line - first
            lines[at] = ",".join(_SPOILERS[planted[line]](lines[at].split(","), lines[at - 1].split(",")))
        yield "\r\n".join(lines).encode() if bad else block


def _write_atomically(path: Path, blocks: Iterator[bytes]) -> None:
    with written_whole(path) as part, part.open("wb") as file:
        file.write(f"{','.join(HEADERS)}\r\n".encode())
        file.writelines(blocks)
