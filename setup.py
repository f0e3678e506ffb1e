"""The wheel: jobs, library, table contracts, and the shipped configuration and rules as data."""

from __future__ import annotations

from pathlib import Path
from runpy import run_path

from setuptools import find_packages, setup

VERSION = run_path(str(Path(__file__).with_name("lakehouse") / "__init__.py"))["__version__"]

setup(
    name="passenger-feedback-lakehouse",
    version=VERSION,
    description="Airline passenger surveys as a Delta lakehouse, with alerts for the teams that own the questions",
    license="Apache-2.0",
    python_requires=">=3.10,<3.13",
    # Without Spark and Delta: a managed runtime brings its own, and a second one would damage it.
    install_requires=[
        "great_expectations>=1.24.1,<1.25",
        "pandas>=2.2,<3",
        "numpy>=1.26",
        "pyarrow>=18",
        "PyYAML>=6",
        "argcomplete>=3.5",
        "charset-normalizer>=3.4",
        "jinja2>=3.1",
        "pydantic>=2.11,<3",
        "requests>=2.32",
        "scipy>=1.11",
    ],
    extras_require={
        "spark": ["pyspark>=4.1.4,<4.2", "delta-spark>=4.4.0,<4.5"],
        "excel": ["python-calamine>=0.8"],
        "report": ["altair>=6,<7", "vl-convert-python>=1.7"],
        "lineage": ["openlineage-python>=1.30"],
        "dev": [
            "aiosmtpd",
            "chispa",
            "databricks-sdk",
            "deltalake",
            "duckdb",
            "googleapis-common-protos",
            "grpcio",
            "grpcio-status",
            "hypothesis",
            "jsonschema",
            "moto[server]",
            "mypy",
            "openpyxl",
            "polars",
            "pure-sasl",
            "pyhive",
            "pytest",
            "ruff",
            "setuptools>=77",
            "thrift",
            "thrift-sasl",
            "types-PyYAML",
            "types-requests",
            "uv",
            "zstandard",
        ],
    },
    packages=[
        *find_packages(include=["jobs", "schemas", "lakehouse", "lakehouse.*"]),
        "lakehouse.conf",
        "lakehouse.expectations",
    ],
    # In a checkout these two lie at the top, where people edit them; installed, inside the package.
    package_dir={"lakehouse.conf": "conf", "lakehouse.expectations": "expectations"},
    # Everything that lies in a package, templates and settings included.
    package_data={"": ["**/*"]},
    exclude_package_data={"": ["*.pyc"]},
    entry_points={
        "console_scripts": ["lakehouse = jobs.cli:console"],
        # For job clusters: functions that return None or raise. Databricks looks an entry point up by its name alone.
        "lakehouse.stages": [
            "run = jobs.run_pipeline:main",
            "ingest = jobs.ingest_bronze:main",
            "silver = jobs.build_silver:main",
            "gold = jobs.build_gold:main",
            "publish = jobs.publish_alerts:main",
            "watch = jobs.watch_landing:main",
            "maintain = jobs.maintain_tables:main",
            "status = jobs.report_held_files:main",
            "register = jobs.register_tables:main",
        ],
    },
)
