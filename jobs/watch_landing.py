"""All stages whenever files arrive, until it is told to end. For spark-submit."""

from lakehouse.console.commands.run.watch import COMMAND
from lakehouse.console.harness import run_as_program

main = COMMAND.main

if __name__ == "__main__":
    raise SystemExit(run_as_program(main))
