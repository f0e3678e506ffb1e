"""Merges small files, removes old ones, checks the log's checkpoints. For spark-submit and job clusters."""

from lakehouse.console.commands.keep.maintain import COMMAND
from lakehouse.console.harness import run_as_program

main = COMMAND.main

if __name__ == "__main__":
    raise SystemExit(run_as_program(main))
