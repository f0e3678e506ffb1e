"""`python -m lakehouse.storage.install`: resolves the Delta jars, and sets the defaults of `spark-submit`.

After that, the plain `spark-submit` of this Python environment finds Delta, and runs this environment's Python.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pyspark

from lakehouse.errors import UsageError
from lakehouse.storage.delta_jars import DELTA_JARS, DELTA_OPTIONS, DELTA_VERSION, jar_cache, jar_options
from lakehouse.storage.session import LOG_OPTION, start_session


def write_submit_defaults() -> Path:
    """Writes spark-defaults.conf into the pyspark of this Python environment, and returns its path.

    Raises `UsageError` when it cannot be written.
    """
    options = {
        **DELTA_OPTIONS,
        **jar_options(),
        "spark.pyspark.python": sys.executable,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.driver.extraJavaOptions": LOG_OPTION,
    }
    target = Path(pyspark.__file__).parent / "conf" / "spark-defaults.conf"
    try:
        target.parent.mkdir(exist_ok=True)
        target.write_text("".join(f"{key} {value}\n" for key, value in options.items()), encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{target}: cannot be written ({error.strerror}). Install into an environment of yours."
        ) from error
    return target


def main() -> None:
    """Starts a session once, which resolves the jars, then writes the defaults of spark-submit."""
    start_session({"spark.master": "local[1]", "spark.ui.enabled": "false"}).stop()
    missing = [name for name in DELTA_JARS if not (jar_cache() / "jars" / name).is_file()]
    if missing:
        raise UsageError(f"the Delta jars could not be resolved: {', '.join(missing)} missing in {jar_cache()}.")
    print(f"Delta {DELTA_VERSION} is ready; spark-submit reads {write_submit_defaults()}")


if __name__ == "__main__":
    try:
        main()
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
