"""The OpenLineage client, as far as it is used here. It is an extra: without it `IS_INSTALLED` is False."""

from __future__ import annotations

try:
    from openlineage.client import event_v2 as events
    from openlineage.client import facet_v2 as facets
    from openlineage.client.transport import file, http

    IS_INSTALLED = True
except ImportError:
    events = facets = file = http = None  # type: ignore[assignment]
    IS_INSTALLED = False

__all__ = ["IS_INSTALLED", "events", "facets", "file", "http"]
