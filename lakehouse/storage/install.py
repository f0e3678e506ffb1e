"""`python -m lakehouse.storage.install`: resolves the Delta jars, and sets the defaults of `spark-submit`.

After that, the plain `spark-submit` of this Python environment finds Delta, and runs this environment's Python. With
`--s3` it resolves the jars for places on `s3a://` too.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pyspark

from lakehouse.errors import UsageError
from lakehouse.storage.delta_jars import DELTA_JARS, DELTA_OPTIONS, DELTA_VERSION, jar_cache, jar_options
from lakehouse.storage.s3_jars import HADOOP_VERSION, S3_EXCLUDES, S3_PACKAGES, missing_s3_jars, s3_jars
from lakehouse.storage.session import LOG_OPTION, start_session

_FOR_ONCE = {"spark.master": "local[1]", "spark.ui.enabled": "false"}


def write_submit_defaults() -> Path:
    """Writes spark-defaults.conf into the pyspark of this Python environment, and returns its path.

    Raises `UsageError` when it cannot be written.
    """
    options = {
        **DELTA_OPTIONS,
        **jar_options(() if missing_s3_jars() else s3_jars()),
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
    parser = argparse.ArgumentParser(prog="python -m lakehouse.storage.install")
    parser.add_argument("--s3", action="store_true", help="the jars for places on s3a:// too")
    with_s3 = parser.parse_args().s3
    # One process of Spark resolves one set of jars, with its own excludes.
    if with_s3 and _missing_delta_jars():
        parser.error("the Delta jars come first: run it without --s3, then with it")
    start_session({**_FOR_ONCE, **(_resolving_s3() if with_s3 else {})}).stop()
    _require("Delta", _missing_delta_jars())
    if with_s3:
        _require("S3", missing_s3_jars())
        print(f"hadoop-aws {HADOOP_VERSION} is ready: a warehouse and landing places may be on s3a://")
    print(f"Delta {DELTA_VERSION} is ready; spark-submit reads {write_submit_defaults()}")


def _missing_delta_jars() -> list[str]:
    return [name for name in DELTA_JARS if not (jar_cache() / "jars" / name).is_file()]


def _resolving_s3() -> dict[str, str]:
    """Spark options that let Spark resolve the jars for S3."""
    return {
        "spark.jars.packages": ",".join(S3_PACKAGES),
        "spark.jars.excludes": ",".join(S3_EXCLUDES),
        "spark.jars.ivy": str(jar_cache()),
    }


def _require(what: str, missing: Sequence[str]) -> None:
    if missing:
        raise UsageError(f"the {what} jars could not be resolved: {', '.join(missing)} missing in {jar_cache()}.")


if __name__ == "__main__":
    try:
        main()
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
