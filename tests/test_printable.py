"""Text from outside is shown without control characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse.printable import is_printable, printable

pytestmark = pytest.mark.no_spark


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("März, 満足度 \u2013 ok", "März, 満足度 \u2013 ok"),
        ("a\x1b[31mred", "a\\x1b[31mred"),
        ("one\ntwo\ttabs", "one\\ntwo\\ttabs"),
        ("\x9b2J", "\\x9b2J"),
        ("\udcff", "\\udcff"),
        ("", ""),
    ],
)
def test_control_characters_are_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_what_is_shown_is_printable_and_stays_as_it_is(text: str) -> None:
    assert is_printable(printable(text))
    assert printable(printable(text)) == printable(text)
