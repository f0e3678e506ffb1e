# PYTHON_ARGCOMPLETE_OK
"""The console as a module: `python -m jobs.cli <command>`."""

from lakehouse.console.app import console, main

__all__ = ["console", "main"]

if __name__ == "__main__":
    console()
