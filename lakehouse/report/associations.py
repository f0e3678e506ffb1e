"""How ratings and satisfaction go together, per travel type. Associations are no causes."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from statistics import median

from lakehouse.alerts.evidence.statistics import Interval, wilson
from lakehouse.report.collected import Row, Rows
from lakehouse.report.model import Association, TravelType
from schemas import columns as c

# Raters that either side must have.
MIN_RATERS = 100
_CONFIDENCE = 0.95


def difference_of_shares(successes: int, n: int, other_successes: int, other_n: int) -> Interval:
    """The 95% interval of the difference of two independent shares, from the Wilson intervals of both: method 10 of
    Newcombe (1998), Statistics in Medicine 17, 873-890. Both numbers must be positive."""
    one, other = successes / n, other_successes / other_n
    low, high = wilson(successes, n, _CONFIDENCE)
    other_low, other_high = wilson(other_successes, other_n, _CONFIDENCE)
    difference = one - other
    return Interval(
        difference - sqrt((one - low) ** 2 + (other_high - other) ** 2),
        difference + sqrt((high - one) ** 2 + (other - other_low) ** 2),
    )


def associations(
    rows: Rows, wordings: Mapping[str, str], owners: Mapping[str, str], team: str | None
) -> tuple[TravelType, ...]:
    """Per travel type, the questions of a team, or of all, by how far the share satisfied among those who rated them 4
    or 5 lies from that among those who rated them 1 or 2.

    `rows`: per travel type and question `n_rated`, `n_top`, `n_top_satisfied`, `n_low`, `n_low_satisfied`. Fewer
    than `MIN_RATERS` on either side leave a question out. Each travel type stands alone: pooled, the types' different
    levels of satisfaction would show as associations (Simpson 1951).
    """
    by_type: dict[str, list[Row]] = {}
    for row in rows:
        if min(row["n_top"], row["n_low"]) >= MIN_RATERS:
            by_type.setdefault(row[c.TRAVEL_TYPE], []).append(row)
    found = []
    for travel_type, own in sorted(by_type.items()):
        links, shares = median(map(_difference, own)), median(map(_top_share, own))
        ranked = sorted(own, key=_difference, reverse=True)
        shown = [one for one in ranked if team in (None, owners.get(one[c.QUESTION]))]
        named = tuple(_association(one, wordings, owners, links, shares) for one in shown)
        if named:
            found.append(TravelType(travel_type, named))
    return tuple(found)


def _difference(row: Row) -> float:
    return float(row["n_top_satisfied"] / row["n_top"] - row["n_low_satisfied"] / row["n_low"])


def _top_share(row: Row) -> float:
    """Top-2 box: ratings of 4 or 5 among all ratings."""
    return float(row["n_top"] / row["n_rated"])


def _association(
    row: Row, wordings: Mapping[str, str], owners: Mapping[str, str], usual_link: float, usual_share: float
) -> Association:
    question, link, share = row[c.QUESTION], _difference(row), _top_share(row)
    low, high = difference_of_shares(row["n_top_satisfied"], row["n_top"], row["n_low_satisfied"], row["n_low"])
    return Association(
        question=wordings.get(question, question),
        team=owners.get(question, ""),
        difference=link,
        low=low,
        high=high,
        n_top=row["n_top"],
        n_low=row["n_low"],
        top_share=share,
        standing="strong link, low score" if link > usual_link and share < usual_share else "",
    )
