"""The segments of the metrics: groups of passengers, by the columns whose values make the value of a segment."""

from __future__ import annotations

from collections.abc import Mapping

from schemas import columns as c

# Between the values of several columns.
SEPARATOR = " / "
# The segment of all passengers, which is made by no column, and its value.
OVERALL, EVERYBODY = "overall", "all"
# The finest segment: all others are sums over its values, the cells.
CELLS = "class_travel_customer"
SEGMENTS: Mapping[str, tuple[str, ...]] = {
    OVERALL: (),
    "class": (c.CLASS,),
    "travel_type": (c.TRAVEL_TYPE,),
    "customer_type": (c.CUSTOMER_TYPE,),
    "class_travel_type": (c.CLASS, c.TRAVEL_TYPE),
    CELLS: (c.CLASS, c.TRAVEL_TYPE, c.CUSTOMER_TYPE),
}
