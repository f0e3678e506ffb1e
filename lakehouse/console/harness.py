"""How a command becomes a program: the same exit codes and messages under a shell and under spark-submit."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from lakehouse.errors import LakehouseError
from lakehouse.printable import printable


def run_as_program(main: Callable[[Sequence[str] | None], Any], argv: Sequence[str] | None = None) -> int:
    """Runs `main` for a shell: the exit code, with one clear line on stderr for what a user can cause."""
    try:
        main(argv)
    except LakehouseError as error:
        print(f"error: {printable(str(error))}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("error: interrupted; run again to go on", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    return 0
