"""Masks personal data in delivered cells, unless the user asked to see it."""

from __future__ import annotations

from collections.abc import Mapping

from lakehouse.survey.catalogue import Catalogue
from schemas import columns as c

MASK = "(personal; --personal shows it)"
PERSONAL = (c.ID, c.GENDER, c.AGE)


def masked(raw: Mapping[str, str | None], catalogue: Catalogue, personal: bool) -> dict[str, str | None]:
    """Cells by delivered column; unless `personal`, personal data and the text of a malformed line are masked."""
    return {
        name: MASK if cell is not None and not personal and _is_personal(name, catalogue) else cell
        for name, cell in raw.items()
    }


def _is_personal(name: str, catalogue: Catalogue) -> bool:
    return name == c.CORRUPT_RECORD or catalogue.resolve(name) in PERSONAL
