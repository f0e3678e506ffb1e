"""Bronze to silver. For spark-submit and job clusters."""

from lakehouse.console.commands.run.stages import SILVER
from lakehouse.console.harness import run_as_program

main = SILVER.main

if __name__ == "__main__":
    raise SystemExit(run_as_program(main))
