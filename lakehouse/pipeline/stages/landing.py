"""The files of the landing places, each with the verdict of its preflight."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import chain

from lakehouse.config.load import Config
from lakehouse.formats.landing import SUFFIXES_IN_WORDS, Ignored, LandingFile, find_files, is_survey
from lakehouse.formats.preflight import preflight
from lakehouse.ledger.arrivals import Dating, Verdict
from lakehouse.request import Request

_READERS = 2
_FILES_SHOWN = 3


def preflight_landing(config: Config, arrived: Collection[str] | None = None) -> list[Verdict]:
    """The verdict on each file of the landing places. `arrived`: paths of those to look at; None for all."""
    files = find_files(config.landing, config.set_aside, config.spark)

    def judge(file: LandingFile) -> Sequence[Verdict]:
        return preflight(file, config.catalogue, config.formats) if is_survey(file.path) else [Ignored.of(file)]

    with ThreadPoolExecutor(_READERS) as pool:
        return list(chain(*pool.map(judge, (one for one in files if arrived is None or str(one.path) in arrived))))


def no_survey(config: Config, ignored: Sequence[Verdict]) -> str:
    """That the landing places hold no survey, and what they hold instead."""
    names = [one.file.relative for one in ignored[:_FILES_SHOWN]]
    more = [f"and {len(ignored) - _FILES_SHOWN} more"] if len(ignored) > _FILES_SHOWN else []
    others = f"; ignored: {', '.join([*names, *more])}" if names else ""
    return f"no survey ({SUFFIXES_IN_WORDS}) in {', '.join(config.landing)}{others}"


def dating_of(config: Config, request: Request, today: date) -> Dating:
    """What gives a survey date to the files of a run."""
    return Dating(config.catalogue, request.survey_date, today if config.undated == "today" else None)
