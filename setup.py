"""The wheel: jobs, library, table contracts, and the shipped configuration and rules as data."""

from __future__ import annotations

from setuptools import setup

setup(
    name="passenger-feedback-lakehouse",
    version="0.1.0",
    description="Airline passenger surveys as a Delta lakehouse, with alerts for the teams that own the questions",
    license="Apache-2.0",
    python_requires=">=3.10,<3.13",
    install_requires=[
        "pyspark>=4.1.4,<4.2",
        "delta-spark>=4.4.0,<4.5",
        "great_expectations>=1.24.1,<1.25",
        "pandas>=2.2,<3",
        "numpy>=1.26",
        "pyarrow>=18",
        "PyYAML>=6",
        "argcomplete>=3.5",
        "charset-normalizer>=3.4",
        "pydantic>=2.11,<3",
        "scipy>=1.11",
    ],
    extras_require={"excel": ["python-calamine>=0.8"]},
    packages=[
        "jobs",
        "schemas",
        "lakehouse",
        "lakehouse.console",
        "lakehouse.console.commands",
        "lakehouse.console.execution",
        "lakehouse.pipeline",
        "lakehouse.upkeep",
        "lakehouse.storage",
        "lakehouse.ledger",
        "lakehouse.config",
        "lakehouse.documents",
        "lakehouse.formats",
        "lakehouse.survey",
        "lakehouse.bronze",
        "lakehouse.silver",
        "lakehouse.gold",
        "lakehouse.quality",
        "lakehouse.alerts",
        "lakehouse.alerts.evidence",
        "lakehouse.conf",
        "lakehouse.expectations",
    ],
    # In a checkout these two lie at the top, where people edit them; installed, inside the package.
    package_dir={"lakehouse.conf": "conf", "lakehouse.expectations": "expectations"},
    package_data={
        "lakehouse.storage": ["log4j2.properties"],
        "lakehouse.conf": ["*.yml", "*.schema.json"],
        "lakehouse.expectations": ["**/*.yml", "**/*.schema.json"],
    },
    entry_points={
        "console_scripts": ["lakehouse = jobs.cli:console"],
        # For job clusters: functions that return None or raise.
        "lakehouse.stages": [
            "run = jobs.run_pipeline:main",
            "ingest = jobs.ingest_bronze:main",
            "silver = jobs.build_silver:main",
            "gold = jobs.build_gold:main",
            "publish = jobs.publish_alerts:main",
            "maintain = jobs.maintain_tables:main",
        ],
    },
)
