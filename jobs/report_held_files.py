"""What stands in the warehouse; with --strict, fails while files wait. For spark-submit and job clusters."""

from lakehouse.console.commands.look.status import COMMAND
from lakehouse.console.harness import run_as_program

main = COMMAND.main

if __name__ == "__main__":
    raise SystemExit(run_as_program(main))
