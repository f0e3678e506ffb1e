"""All stages: landing files to alerts. For spark-submit and job clusters."""

from lakehouse.console.commands.run.stages import RUN
from lakehouse.console.harness import run_as_program

main = RUN.main

if __name__ == "__main__":
    raise SystemExit(run_as_program(main))
