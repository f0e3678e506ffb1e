"""Where things lie: the project, its configuration for tests, and the public survey file."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TEST_CONF = str(ROOT / "conf" / "test.yml")
# Not part of the project: tests of it are skipped where it does not lie beside the checkout.
REAL_SURVEY = ROOT.parent / "shared" / "data" / "airline_passenger_satisfaction.csv.gz"
