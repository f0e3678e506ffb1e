"""Metric -> the columns of a metrics table with the number of its values, their sum, and the sum of their squares."""

from __future__ import annotations

from collections.abc import Mapping

from schemas import columns as c

# Columns of gold.satisfaction_metrics. The square of 0 and 1 is itself, so a share needs no sum of squares.
OF_RESPONSES: Mapping[str, tuple[str, str, str]] = {
    "share_satisfied": (c.N, "n_satisfied", "n_satisfied"),
    "service_index": ("n_service_index", "sum_service_index", "sum_squares_service_index"),
    "weighted_satisfaction_score": ("n_service_index", "sum_weighted_score", "sum_squares_weighted_score"),
    "share_late_departures": (c.N, "n_departure_late", "n_departure_late"),
    "share_late_arrivals": ("n_arrival_reported", "n_arrival_late", "n_arrival_late"),
}
# Columns of gold.question_metrics.
OF_QUESTIONS: Mapping[str, tuple[str, str, str]] = {
    "mean_rating": (c.N, "sum_rating", "sum_squares"),
    "share_low": (c.N, "n_low", "n_low"),
    "share_not_applicable": (c.N_ASKED, c.N_NOT_APPLICABLE, c.N_NOT_APPLICABLE),
}
