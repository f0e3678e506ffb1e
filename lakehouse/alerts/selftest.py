"""How often the rules are wrong, and what they find, on the metrics of one warehouse: answers drawn again as if periods
differed by chance alone, and falls planted in the newest period."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache

import numpy as np
import scipy

from lakehouse.alerts.alert import Alert
from lakehouse.alerts.episodes import AlertState
from lakehouse.alerts.evidence.observed import Observed
from lakehouse.alerts.evidence.statistics import Numbers, Sums
from lakehouse.alerts.judge import Circumstances, judge
from lakehouse.alerts.rules import MEAN_RATING, METRICS, AlertPolicy, DataLimits, DropRule
from lakehouse.survey.catalogue import Catalogue
from schemas.segments import SEGMENTS

FALLS = (0.1, 0.15, 0.2, 0.3)
# The rule that people begin with: a mean that fell by so much against the mean of the periods before.
NAIVE_FALL, _NAIVE_PERIODS, _NAIVE_ANSWERS = 0.3, 3, 30
_RATINGS = np.arange(1.0, 6.0)
# Periods that a fall is judged against and with, and sizes of groups of passengers that are told apart.
_HISTORY = 8
_SIZES = ((100, 300), (300, 1000), (1000, 3000), (3000, None))
# Nothing is left out for its data: the answers are drawn, not delivered.
_ANY_DATA = DataLimits(quarantined=1, waiting=1, imputed=1, volume=0)


@dataclass(frozen=True)
class FalseAlarms:
    """Alerts of drawn periods in which nothing changed. `months`: share of the periods with any; `alerts`: alerts per
    period, and those of the naive rule."""

    periods: int
    months: float
    alerts: float
    naive_alerts: float


@dataclass(frozen=True)
class Power:
    """Falls of one size, planted in groups of at least `low` and under `high` answers: how many were planted, and the
    shares that the rules and the naive rule found."""

    fall: float
    low: int
    high: int | None
    planted: int
    found: float
    found_by_naive_rule: float


class SelfTest:
    """The rules of a policy on drawn answers. `seed`: the same one gives the same figures."""

    def __init__(self, policy: AlertPolicy, seen: Observed, catalogue: Catalogue, seed: int = 1) -> None:
        drops = tuple(rule for rule in policy.rules if isinstance(rule, DropRule))
        self._policy = replace(policy, rules=drops, data_limits=_ANY_DATA)
        self._seen, self._catalogue = seen, catalogue
        self._random = np.random.default_rng(seed)
        self._today = max(seen.periods) + timedelta(days=400)

    def false_alarms(self, draws: int) -> FalseAlarms:
        """Alarms in periods that were drawn anew, `draws` times."""
        months = alerts = naive = 0
        for _ in range(draws):
            drawn = drawn_again(self._seen, self._random)
            opened = self._opened(drawn)
            months += len({alert.period_start for alert in opened})
            alerts += len(opened)
            naive += sum(len(_naive_alarms(drawn, at)) for at in range(len(drawn.periods)))
        periods = draws * len(self._seen.periods)
        return FalseAlarms(periods, months / periods, alerts / periods, naive / periods)

    def power(self, draws: int) -> list[Power]:
        """What is found of falls in the mean of one question for one group, in the newest of the latest periods."""
        found: dict[tuple[float, tuple[int, int | None]], list[tuple[bool, bool]]] = {}
        recent = _latest(self._seen, _HISTORY)
        places = self._places(recent)
        for number in range(draws):
            for size, candidates in places.items():
                if not candidates:
                    continue
                measure, cells = candidates[self._random.integers(len(candidates))]
                fall = FALLS[number % len(FALLS)]
                drawn = _with_fall(drawn_again(recent, self._random), measure, cells, fall)
                newest = drawn.periods[-1]
                opened = [one for one in self._opened(drawn) if one.period_start == newest]
                by_rules = any(one.question == recent.measures[measure].question for one in opened)
                by_naive = any(alarm[0] == measure for alarm in _naive_alarms(drawn, len(drawn.periods) - 1))
                found.setdefault((fall, size), []).append((by_rules, by_naive))
        return [
            Power(
                fall, low, high, len(of), float(np.mean([one for one, _ in of])), float(np.mean([one for _, one in of]))
            )
            for (fall, (low, high)), of in sorted(found.items(), key=lambda item: (item[0][0], item[0][1][0]))
        ]

    def _opened(self, seen: Observed) -> list[Alert]:
        alerts = judge(self._policy, [seen], self._catalogue, Circumstances(self._today))
        return [alert for alert in alerts if alert.state is AlertState.OPEN]

    def _places(self, seen: Observed) -> dict[tuple[int, int | None], list[tuple[int, Numbers]]]:
        """Size of a group -> the questions and groups of that size in the newest period."""
        places: dict[tuple[int, int | None], list[tuple[int, Numbers]]] = {size: [] for size in _SIZES}
        rules = [rule for rule in self._policy.rules if rule.metric == MEAN_RATING]
        groups = [cells for rule in rules for name in rule.segments for cells in seen.segments(name).values()]
        for number, measure in enumerate(seen.measures):
            for cells in groups if measure.metric == MEAN_RATING.name else ():
                answers = seen.sums.n[-1, number][cells].sum()
                for low, high in _SIZES:
                    if low <= answers and (high is None or answers < high):
                        places[low, high].append((number, cells.astype(float)))
        return places


def drawn_again(seen: Observed, random: np.random.Generator) -> Observed:
    """The same periods and numbers of answers, with answers drawn from those of all periods together.

    Shares are binomial. Ratings have the mean and variance of their cell and the largest entropy on 1 to 5; scores are
    normal.
    """
    drawn = [np.array(values) for values in (seen.sums.n, seen.sums.total, seen.sums.squares)]
    for number, measure in enumerate(seen.measures):
        draw = _DRAWS[METRICS[measure.metric].unit]
        n, total, squares = (values[:, number] for values in (seen.sums.n, seen.sums.total, seen.sums.squares))
        for cell in np.flatnonzero(n.sum(0)):
            mean = total[:, cell].sum() / n[:, cell].sum()
            variance = max(squares[:, cell].sum() / n[:, cell].sum() - mean**2, 0.0)
            drawn[1][:, number, cell], drawn[2][:, number, cell] = draw(random, n[:, cell], mean, variance)
    mix = seen.passengers.sum(0) / seen.passengers.sum()
    passengers = random.multinomial(seen.passengers.sum(1).astype(int), mix).astype(float)
    return replace(seen, sums=Sums(*drawn), passengers=passengers)


def _of_shares(random: np.random.Generator, n: Numbers, mean: float, variance: float) -> tuple[Numbers, Numbers]:
    hits = random.binomial(n.astype(int), min(max(mean, 0.0), 1.0)).astype(float)
    return hits, hits


def _of_ratings(random: np.random.Generator, n: Numbers, mean: float, variance: float) -> tuple[Numbers, Numbers]:
    counts = random.multinomial(n.astype(int), _distribution(round(mean, 6), round(variance, 6)))
    return counts @ _RATINGS, counts @ _RATINGS**2


def _of_scores(random: np.random.Generator, n: Numbers, mean: float, variance: float) -> tuple[Numbers, Numbers]:
    total = n * mean + np.sqrt(n * variance) * random.standard_normal(n.shape)
    scatter = variance * random.chisquare(np.maximum(n - 1, 1e-9))
    return total, np.divide(total**2, n, out=np.zeros_like(total), where=n > 0) + scatter


_Draw = Callable[[np.random.Generator, Numbers, float, float], tuple[Numbers, Numbers]]
_DRAWS: dict[str, _Draw] = {"share": _of_shares, "rating": _of_ratings, "points": _of_scores}


@lru_cache(maxsize=4096)
def _distribution(mean: float, variance: float) -> tuple[float, ...]:
    """Probabilities of the ratings 1 to 5 with this mean and variance: p_i ~ exp(a x + b x^2)."""

    def tilted(slope: float, curve: float) -> Numbers:
        exponent = slope * _RATINGS + curve * (_RATINGS - 3) ** 2
        weights: Numbers = np.exp(exponent - exponent.max())
        share: Numbers = weights / weights.sum()
        return share

    def with_mean(curve: float) -> Numbers:
        low, high = -60.0, 60.0
        wanted = min(max(mean, 1.0001), 4.9999)
        slope = scipy.optimize.brentq(lambda one: float(tilted(one, curve) @ _RATINGS) - wanted, low, high)
        return tilted(slope, curve)

    def excess(curve: float) -> float:
        found = with_mean(curve)
        return float(found @ _RATINGS**2 - (found @ _RATINGS) ** 2) - variance

    low, high = -8.0, 4.0
    if excess(low) > 0:
        return tuple(with_mean(low))
    if excess(high) < 0:
        return tuple(with_mean(high))
    return tuple(with_mean(scipy.optimize.brentq(excess, low, high)))


def _latest(seen: Observed, number: int) -> Observed:
    sums = Sums(seen.sums.n[-number:], seen.sums.total[-number:], seen.sums.squares[-number:])
    return replace(seen, periods=seen.periods[-number:], sums=sums, passengers=seen.passengers[-number:])


def _with_fall(seen: Observed, measure: int, cells: Numbers, fall: float) -> Observed:
    """The newest period with a lower mean of one question in some cells; the spread stays."""
    n, total, squares = (np.array(values) for values in (seen.sums.n, seen.sums.total, seen.sums.squares))
    own = n[-1, measure] * cells
    squares[-1, measure] += -2 * fall * total[-1, measure] * cells + fall**2 * own
    total[-1, measure] -= fall * own
    return replace(seen, sums=Sums(n, total, squares))


def _naive_alarms(seen: Observed, at: int) -> list[tuple[int, str]]:
    """Question and group for which the mean is lower by `NAIVE_FALL` than the mean of the periods before."""
    before = slice(max(0, at - _NAIVE_PERIODS), at)
    of_ratings = [measure.metric == MEAN_RATING.name for measure in seen.measures]
    alarms = []
    for name in SEGMENTS if at >= _NAIVE_PERIODS else ():
        for segment, cells in seen.segments(name).items():
            n, total = (values[..., cells].sum(-1) for values in (seen.sums.n, seen.sums.total))
            now, then = n[at], n[before].sum(0)
            fell = _mean(total[before].sum(0), then) - _mean(total[at], now) >= NAIVE_FALL
            enough = (now >= _NAIVE_ANSWERS) & (then >= _NAIVE_ANSWERS)
            alarms += [(int(number), segment.value) for number in np.flatnonzero(fell & enough & of_ratings)]
    return alarms


def _mean(total: Numbers, n: Numbers) -> Numbers:
    mean: Numbers = np.divide(total, n, out=np.zeros_like(total), where=n > 0)
    return mean
