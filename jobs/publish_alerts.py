"""Gold to alerts. For spark-submit and job clusters."""

from lakehouse.console.commands.run.stages import PUBLISH
from lakehouse.console.harness import run_as_program

main = PUBLISH.main

if __name__ == "__main__":
    raise SystemExit(run_as_program(main))
