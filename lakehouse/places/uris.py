"""What may name a place: a path of this machine, or the URI of an object store."""

from __future__ import annotations

import re

S3A = "s3a://"
_URI = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/]*)")
# Schemes under which other programs name the same store.
_OTHER_NAMES = ("s3", "s3n")


def is_on_s3(uri: str) -> bool:
    """Whether a place is on an S3 store."""
    return uri.startswith(S3A)


def fault_of(uri: str) -> str | None:
    """Why a place cannot be named like this, with the way out; None when it can. Never repeats the URI, which may have
    secrets in it."""
    parts = _URI.match(uri)
    if parts is None:
        return None
    scheme, authority = parts["scheme"].lower(), parts["authority"]
    # Buckets have neither character. A key may have a slash in it, which ends what looks like the bucket.
    if ":" in authority or ("@" in authority and scheme in ("s3a", *_OTHER_NAMES)):
        return (
            "keys do not belong in a URI, where logs and histories keep them. Set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or run under a role that may use the bucket, and write s3a://BUCKET/FOLDER."
        )
    if scheme in _OTHER_NAMES:
        return f"{scheme}:// is not read here. Write s3a:// instead."
    if scheme == "s3a" and not (authority and uri.startswith(S3A)):
        return "no bucket is named. Write s3a://BUCKET/FOLDER."
    if scheme == "s3a" and "//" in uri.removeprefix(S3A):
        return "two slashes follow one another. Write s3a://BUCKET/FOLDER."
    return None


def fault_of_landing(uri: str) -> str | None:
    """As `fault_of`, for a place that delivered files are read from."""
    parts = _URI.match(uri)
    if parts is None or parts["scheme"].lower() in ("file", "s3a", *_OTHER_NAMES):
        return fault_of(uri)
    return fault_of(uri) or f"deliveries are not read from {parts['scheme']}://. Use a path of this machine, or s3a://."
