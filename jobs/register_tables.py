"""Names tables and views in a Hive metastore or in Unity Catalog. For spark-submit and job clusters."""

from lakehouse.console.commands.keep.register import COMMAND
from lakehouse.console.harness import run_as_program

main = COMMAND.main

if __name__ == "__main__":
    raise SystemExit(run_as_program(main))
