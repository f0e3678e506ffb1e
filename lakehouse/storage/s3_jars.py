"""The jars for places on S3 (`s3a://`): which ones, and where `python -m lakehouse.storage.install --s3` puts them."""

from __future__ import annotations

from lakehouse.errors import UsageError
from lakehouse.storage.delta_jars import jar_cache

HOW_TO_INSTALL = "python -m lakehouse.storage.install --s3"
# The version of the Hadoop client inside pyspark, and the version of the SDK that this Hadoop was built with. Hadoop
# itself asks for the SDK as one jar of 600 MB; these three modules are what it uses of it.
HADOOP_VERSION, SDK_VERSION = "3.4.2", "2.29.52"
S3_PACKAGES = (
    f"org.apache.hadoop:hadoop-aws:{HADOOP_VERSION}",
    *(f"software.amazon.awssdk:{module}:{SDK_VERSION}" for module in ("s3", "s3-transfer-manager", "sts")),
)
# Dependencies that pyspark already contains; those that only another kind of input stream of Hadoop needs.
S3_EXCLUDES = (
    *(f"org.apache.hadoop:{name}" for name in ("hadoop-common", "hadoop-client-api", "hadoop-client-runtime")),
    *(f"{group}:*" for group in ("org.slf4j", "io.netty", "commons-codec", "commons-logging")),
    "org.apache.httpcomponents:*",
    "software.amazon.awssdk:bundle",
    "software.amazon.s3.analyticsaccelerator:*",
)
_SDK_MODULES = (
    *("annotations", "apache-client", "arns", "auth", "aws-core", "aws-query-protocol", "aws-xml-protocol"),
    *("checksums", "checksums-spi", "crt-core", "endpoints-spi", "http-auth", "http-auth-aws"),
    *("http-auth-aws-eventstream", "http-auth-spi", "http-client-spi", "identity-spi", "json-utils", "metrics-spi"),
    *("netty-nio-client", "profiles", "protocol-core", "regions", "retries", "retries-spi", "s3"),
    *("s3-transfer-manager", "sdk-core", "sts", "third-party-jackson-core", "utils"),
)
# What the resolver downloads after the excludes.
S3_JARS = (
    f"org.apache.hadoop_hadoop-aws-{HADOOP_VERSION}.jar",
    *(f"software.amazon.awssdk_{module}-{SDK_VERSION}.jar" for module in _SDK_MODULES),
    "software.amazon.eventstream_eventstream-1.0.1.jar",
    "org.reactivestreams_reactive-streams-1.0.4.jar",
    "org.wildfly.openssl_wildfly-openssl-2.1.4.Final.jar",
)


def missing_s3_jars() -> list[str]:
    """Names of the jars that are not in the cache."""
    return [name for name in S3_JARS if not (jar_cache() / "jars" / name).is_file()]


def s3_jars() -> list[str]:
    """Paths of the cached jars. Raises `UsageError` when one is missing."""
    if missing_s3_jars():
        raise UsageError(
            f"a place on s3a:// needs jars that are not installed: run `{HOW_TO_INSTALL}` (in a checkout: "
            "`make s3-jars`) once."
        )
    return [str(jar_cache() / "jars" / name) for name in S3_JARS]
