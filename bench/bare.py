"""The bare script to compare with: the shortest Spark and Delta script that writes the same tables, without checks.

No preflight, no lineage numbers, no gates, no quarantine, no state: one pass from CSV to each table.
Usage: python -m bench.bare <warehouse> <survey.csv[.gz]>
"""

from __future__ import annotations

import sys

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse.config.load import load_config
from lakehouse.storage.session import start_session

DATE = "2025-01-31"
RENAMED = {
    "type_of_travel": "travel_type",
    "departure_and_arrival_time_convenience": "departure_arrival_time_convenience",
}
NUMBERS = {"id": "bigint", "age": "int", "flight_distance": "int", "departure_delay": "int", "arrival_delay": "int"}


def session() -> SparkSession:
    """A session with the options of the pipeline."""
    return start_session(load_config(None, None, [], {}).spark)


def main(root: str, source: str) -> None:
    """Writes bronze, silver, the star schema and the monthly metrics."""
    spark = session()
    ratings = load_config(None, None, [], {}).catalogue.question_ids

    def save(df: DataFrame, table: str, *partition: str) -> DataFrame:
        df.write.format("delta").partitionBy(*partition).mode("overwrite").save(f"{root}/{table}")
        return spark.read.format("delta").load(f"{root}/{table}")

    raw = spark.read.csv(source, header=True)
    raw = raw.toDF(*(name.lower().replace(" ", "_").replace("-", "_") for name in raw.columns))
    raw = raw.withColumnsRenamed(RENAMED)
    bronze = save(raw, "bronze/survey_responses_raw")
    typed = {name: F.col(name).cast(kind) for name, kind in NUMBERS.items()}
    silver = bronze.withColumns({**typed, **{name: F.col(name).cast("int") for name in ratings}}).withColumns(
        {"survey_date": F.lit(DATE).cast("date"), "survey_month": F.lit(DATE[:7]), "response_key": F.xxhash64("id")}
    )
    silver = silver.withColumn("is_satisfied", F.col("satisfaction") == "Satisfied")
    silver = save(silver, "silver/survey_responses", "survey_month")
    rated = {name: F.when(F.col(name) != 0, F.col(name)) for name in ratings}
    mean = sum((F.coalesce(rating, F.lit(0)) for rating in rated.values()), F.lit(0)) / sum(
        (rating.isNotNull().cast("int") for rating in rated.values()), F.lit(0)
    )
    passenger, details = ("id", "gender", "customer_type", "age"), ("travel_type", "class")
    fact = silver.withColumns(
        {
            "passenger_key": F.xxhash64(*passenger),
            "flight_details_key": F.xxhash64(*details),
            "arrival_delay": F.coalesce("arrival_delay", "departure_delay"),
            "service_index": (mean - 1) / 4 * 100,
        }
    )
    save(fact.drop(*ratings), "gold/fact_survey_responses", "survey_month")
    save(silver.select(*passenger).distinct(), "gold/dim_passengers")
    save(silver.select(*details).distinct(), "gold/dim_flight_details")
    save(silver.select("survey_date").distinct(), "gold/dim_date")
    long = silver.unpivot(["response_key", "survey_month"], list(ratings), "question", "rating")
    save(long, "gold/dim_service_ratings", "survey_month")
    by = ("survey_month", "class", "travel_type", "customer_type")
    sums = [F.sum(rating).alias(name) for name, rating in rated.items()]
    save(fact.groupBy(*by).agg(F.count("*").alias("n"), F.avg("service_index").alias("index"), *sums), "gold/metrics")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
