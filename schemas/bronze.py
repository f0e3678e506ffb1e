"""Bronze contracts: delivered lines as text, with their lineage: file, checksum, line number, delivery.

`survey_responses_raw` holds one row per delivered line. Its source columns are not listed: every
delivered header becomes a text column (snake_case) by schema merge.
"""

from __future__ import annotations

from pyspark.sql.types import DateType, LongType, StringType, StructType, TimestampType

from schemas import columns as c
from schemas.fields import optional, required

# The columns that identify a delivered line.
LINE = (c.SOURCE_SHA256, c.SOURCE_ROW)

LINEAGE = StructType(
    [
        required(c.SOURCE_FILE, StringType(), "File as delivered, relative to its landing root"),
        required(c.SOURCE_SHA256, StringType(), "SHA-256 of the file's decompressed bytes: the file's identity"),
        required(c.SOURCE_ROW, LongType(), "Physical line after the header, 1-based"),
        required(c.SOURCE_LINES, LongType(), "Data lines of the whole file, the same in all its rows"),
        required(c.SOURCE_HEADER, StringType(), "Original header line of the file, the same in all its rows"),
        optional(c.SOURCE_DIALECT, StringType(), "How the file is written; null for comma-separated UTF-8 text"),
        optional(c.CORRUPT_RECORD, StringType(), "The raw line when it does not have the header's shape, else null"),
        optional(c.DELIVERED_DATE, DateType(), "Survey date; null when its cell cannot be read, or the source is none"),
        required(c.DELIVERED_DATE_SOURCE, StringType(), "column, path, filename, argument, ingestion or none"),
        required(
            c.DELIVERED_DATE_PRECISION, StringType(), "day; month when only a month was given; none without a date"
        ),
        required(c.DELIVERY, LongType(), "Number of the delivery: one per run that loads something"),
        required(c.INGESTED_AT, TimestampType(), "When the line was loaded (UTC); orders nothing"),
        required(c.RUN_ID, StringType(), "Run that loaded the line"),
    ]
)

# One row per split of a file: joined to the lines that Spark reads, to give them their lineage.
SPLITS = StructType(
    [
        required("_path", StringType(), "File as Spark names it"),
        required("_block_start", LongType(), "Byte at which the split starts"),
        required("_lines_before", LongType(), "Data lines that belong to earlier splits"),
        required(c.SOURCE_FILE, StringType(), "See LINEAGE"),
        required(c.SOURCE_SHA256, StringType(), "See LINEAGE"),
        required(c.SOURCE_LINES, LongType(), "See LINEAGE"),
        required(c.SOURCE_HEADER, StringType(), "See LINEAGE"),
        optional(c.SOURCE_DIALECT, StringType(), "See LINEAGE"),
        optional(c.DELIVERED_DATE, DateType(), "See LINEAGE"),
        required(c.DELIVERED_DATE_SOURCE, StringType(), "See LINEAGE"),
        required(c.DELIVERED_DATE_PRECISION, StringType(), "See LINEAGE"),
    ]
)
