"""Episodes of one question, judged from made-up months."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from lakehouse.alerts.alert import Alert
from lakehouse.alerts.judge import Circumstances, judge
from lakehouse.alerts.rules import METRICS, AlertPolicy, DropRule
from lakehouse.ledger.alert_events import AlertEvent, news_of, numbered
from lakehouse.survey.catalogue import Catalogue
from tests.support.catalogues import question
from tests.support.data.answers import month, ratings

CATALOGUE = Catalogue((), (question("wifi", owner="in_flight"),), ("",), ("in_flight", "gate"))
RULE = DropRule(name="worse", metric=METRICS["mean_rating"], reason="why", minimum_effect=0.1, lasting_effect=0.05)
USUAL, GOOD, BAD = [4.0, 4.01, 3.99, 4.0, 4.01, 3.99], 4.0, 3.6


@cache
def alerts(months: str) -> tuple[Alert, ...]:
    """Alerts of six usual months and these; b: bad, g: good."""
    means = [*USUAL, *(BAD if one == "b" else GOOD for one in months)]
    policy = AlertPolicy((RULE,))
    return judge(policy, [ratings({"wifi": means})], CATALOGUE, Circumstances(month(70)))


def recorded(judged: Sequence[Alert], events: Sequence[AlertEvent] = ()) -> tuple[AlertEvent, ...]:
    """The events, and what a run adds to them."""
    return (*events, *numbered(news_of(judged, events), events, "run", datetime(2026, 1, 1)))
