"""Silver to gold. For spark-submit and job clusters."""

from lakehouse.console.commands.run.stages import GOLD
from lakehouse.console.harness import run_as_program

main = GOLD.main

if __name__ == "__main__":
    raise SystemExit(run_as_program(main))
