"""How a command becomes a program: the same exit codes and messages under a shell and under spark-submit."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Sequence
from itertools import pairwise
from types import TracebackType
from typing import Any

from lakehouse.errors import LakehouseError
from lakehouse.reporter import LogLine, write_line

_INTERRUPTED = "interrupted; run again to go on"


def run_as_program(main: Callable[[Sequence[str] | None], Any], argv: Sequence[str] | None = None) -> int:
    """Runs `main` for a shell: the exit code, with one clear line on stderr for what a user can cause."""
    as_json = _asks_for_json(sys.argv[1:] if argv is None else argv)
    if as_json:
        sys.excepthook = _log_internal_error
    try:
        main(argv)
    except LakehouseError as error:
        _complain(str(error), error.exit_code, error.run_id, as_json)
        return error.exit_code
    except KeyboardInterrupt:
        _complain(_INTERRUPTED, 1, None, as_json)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    return 0


def _asks_for_json(words: Sequence[str]) -> bool:
    """Whether the log is JSON, as far as that can be told of words that may not be a valid command."""
    return "--log-format=json" in words or ("--log-format", "json") in pairwise(words)


def _complain(message: str, exit_code: int, run_id: str | None, as_json: bool) -> None:
    line = LogLine(message, "error", "error", exit_code=exit_code)
    write_line(line.as_json(run_id) if as_json else line.as_text())


def _log_internal_error(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What Python would print of an error that nobody foresaw, as one line of JSON."""
    _complain("".join(traceback.format_exception(kind, error, trace)), 1, None, as_json=True)
