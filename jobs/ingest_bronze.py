"""Landing files to bronze. For spark-submit and job clusters."""

from lakehouse.console.commands.run.stages import INGEST
from lakehouse.console.harness import run_as_program

main = INGEST.main

if __name__ == "__main__":
    raise SystemExit(run_as_program(main))
