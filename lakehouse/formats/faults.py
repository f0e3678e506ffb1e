"""Why a delivered file is refused."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence

# What zipfile raises for a zip that is broken, or packed in a way that it does not know.
BROKEN_ZIP = (zipfile.BadZipFile, NotImplementedError)


class RefusedFileError(Exception):
    """Nothing can be read from a file, or not for certain; the message says why. `settings`: of the configuration,
    each of which makes one reading certain; empty when the message names the way out."""

    def __init__(self, message: str, settings: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.settings = tuple(settings)
