"""What tests share, one module per thing: tests import from here, never from each other or from a conftest."""

import pytest

# An assertion of these shows both sides when it fails, as one of a test does.
pytest.register_assert_rewrite(
    *(
        f"{__name__}.{module}"
        for module in ("data.surveys", "documented_sql", "faults", "preflights", "processes.victims")
    )
)
