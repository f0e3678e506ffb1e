"""The model of the settings files: conf/base.yml, and the overlays, which have only the keys that differ."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, field_validator

from lakehouse.config.notifications_file import Entry, SinkName
from lakehouse.config.sections import ONLY_SUCH_KEYS, Count, Must, Section, Text, Texts
from lakehouse.formats.dialect import DELIMITERS
from lakehouse.formats.encoding import is_encoding
from schemas import columns as c

# Delta refuses to vacuum younger data files: a reader of an old version, or an unfinished write, may need them.
SAFE_HOURS = 168
_RESPONSE_KEYS = ((c.ID,), (c.ID, c.SURVEY_DATE))

Policy = Literal["warn", "hold"]
Undated = Literal["hold", "today"]


def _as_text(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


SparkKey = Annotated[
    str,
    Must(lambda key: key.startswith("spark."), "Spark options begin with 'spark.'.", {"pattern": r"^spark\."}),
]
SparkValue = Annotated[
    str, BeforeValidator(_as_text), WithJsonSchema({"type": ["string", "number", "boolean", "null"]})
]
NamePattern = Annotated[
    Text,
    Must(
        lambda pattern: "/" not in pattern,
        "'{value}' has a slash, but is compared with single names. Write the name of the file or of a folder.",
        {"pattern": r"^[^/]*[^/\s][^/]*$"},
    ),
]
VacuumHours = Annotated[
    int,
    Must(
        lambda hours: hours >= SAFE_HOURS,
        f"must be at least {SAFE_HOURS}. For once, use `lakehouse maintain --retain HOURS --force`.",
        {"minimum": SAFE_HOURS},
    ),
]


class PrivacySettings(Section):
    """What happens to ids that were erased."""

    suppress: bool = Field(description="Whether an erased id stays out of later deliveries too; needs `key`.")
    key: Text | None = Field(
        default=None,
        description="The key under which an erased id is recognised by its hash: always one `${env:NAME}`, whose value "
        "has 32 characters or more and stays the same for ever.",
    )

    @field_validator("key", mode="before")
    @classmethod
    def _unused(cls, value: object, info: ValidationInfo) -> object:
        """Ignores the key when ids are not suppressed, so that its environment variable need not be set."""
        return value if info.data.get("suppress") else None


class LineageSettings(Section):
    """OpenLineage events of each stage: what it reads and writes, and how it ended."""

    transport: Literal["none", "file", "http"] = Field(
        description="Where the events go: none, file or http; file and http need the extra `lineage`."
    )
    namespace: Text = Field(default="passenger-feedback", description="Namespace of the jobs.")
    file: Text | None = Field(
        default=None,
        description="With `file`: a file in a folder that exists, to which each event is appended as JSON.",
    )
    url: Text | None = Field(
        default=None,
        description="With `http`: the address of the server; always one `${env:NAME}`, and never shown.",
    )
    endpoint: Text = Field(default="api/v1/lineage", description="With `http`: the path below `url`.")
    key: Text | None = Field(
        default=None,
        description="With `http`: a key sent as bearer token; always one `${env:NAME}`, and never shown.",
    )
    timeout_seconds: Count = Field(
        default=2,
        description="How long a run waits for one event to be taken; after the first that is not, it sends no more.",
    )

    @field_validator("url", "key", mode="before")
    @classmethod
    def _unused(cls, value: object, info: ValidationInfo) -> object:
        """Ignores what only `http` needs, so that its environment variable need not be set."""
        return value if info.data.get("transport") == "http" else None


class DriftPolicies(Section):
    """What happens to a file whose columns differ from the catalogue. Without a required column it is always held."""

    added: Policy = Field(
        description="For a column that the catalogue does not know: warn (admit the file) or hold (let it wait)."
    )
    missing: Policy = Field(description="For a question or column that is not delivered: warn or hold.")
    renamed: Policy = Field(description="For a column under a header that looks like a known one: warn or hold.")


class FormatSettings(Section):
    """How some files are written; what is left out is recognised from the file."""

    files: Text = Field(description="Pattern of the file's path below its landing place, e.g. partner/*.csv.")
    delimiter: Annotated[
        str | None,
        Must(
            lambda delimiter: delimiter in DELIMITERS,
            "{value} separates no cells here. Use ',', ';', '|' or \"\\t\" (a tab, in double quotes).",
            {"enum": list(DELIMITERS)},
        ),
    ] = Field(default=None, description="The character between cells: a comma, semicolon, bar or tab.")
    encoding: Annotated[
        Text | None, Must(is_encoding, "'{value}' is no encoding. Use e.g. utf-8, utf-16, cp1252 or latin-1.")
    ] = Field(default=None, description="Name of the encoding, as Python knows it, e.g. cp1252 or latin-1.")
    header_line: Count | None = Field(
        default=None, description="Line of the header, from 1; what is above it is no data."
    )
    sheet: Text | None = Field(default=None, description="Name of the workbook's sheet that is the survey.")
    label_rows: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="Rows after the header that are no responses, such as the wording of the questions."
    )


CatalogName = Annotated[
    Text,
    Must(
        lambda name: not set(name) & set("`./ "),
        "'{value}' names no catalog. Write the name alone, without quotes, dots and blanks.",
        {"pattern": r"^[^`./ ]+$"},
    ),
]


class Settings(Section):
    """Settings of a run. An overlay has the same keys, and names only those that differ."""

    warehouse: Text = Field(
        description="Folder or URI of the tables, relative to the working folder; `--warehouse` and the variable "
        "LAKEHOUSE_WAREHOUSE go before it."
    )
    landing: Texts = Field(
        description="Files and folders that deliveries arrive in, relative to the working folder; `--landing` goes "
        "before it."
    )
    formats: tuple[FormatSettings, ...] = Field(
        description="How files are written that cannot be recognised, or not for certain; the first entry that matches "
        "a file counts."
    )
    set_aside: tuple[NamePattern, ...] = Field(
        description="Patterns (`*`, `?`, `[abc]`) of the names of files and folders that no run looks at; case makes "
        "no difference. Any other file that is no survey by its name is listed as ignored."
    )
    undated: Undated = Field(
        description="What becomes of a file without a survey date in its lines, folders, name or `--survey-date`: "
        "hold (it waits for one) or today (it gets the day of the run, with a warning)."
    )
    private_files: bool = Field(
        description="Whether only the user who runs this may read the warehouse's files on a local disk."
    )
    privacy: PrivacySettings = Field(description="What happens to ids that were erased with `lakehouse forget`.")
    lineage: LineageSettings = Field(description="Where OpenLineage events of each stage go.")
    response_key: Annotated[
        Texts,
        Must(
            lambda key: key in _RESPONSE_KEYS,
            "{value} identifies no response. Use [id] or [id, survey_date].",
            {"enum": [list(key) for key in _RESPONSE_KEYS]},
        ),
    ] = Field(
        description="What identifies a response: [id], or [id, survey_date] for surveys that passengers answer again."
    )
    drift: DriftPolicies = Field(description="What happens to a file whose columns differ from the catalogue.")
    lease_seconds: Annotated[int, Field(ge=5)] = Field(
        description="Seconds for which a run holds a warehouse on an object store after it last said so; a killed run "
        "keeps others away for so long."
    )
    vacuum_hours: VacuumHours = Field(
        description="Hours for which `lakehouse maintain --vacuum` leaves old versions readable."
    )
    notifications: dict[SinkName, Entry] = Field(
        json_schema_extra=ONLY_SUCH_KEYS,
        description="Where messages to teams go when a problem begins or is over: name -> folder, webhook or mail.",
    )
    questions: Text = Field(description="The question catalogue, relative to the file that names it.")
    alerts: Text = Field(description="The alert rules, relative to the file that names them.")
    expectations: Text = Field(description="The folder of the rule files, relative to the file that names it.")
    unity_catalog: CatalogName | None = Field(
        default=None,
        description="Catalog of Unity Catalog in which `lakehouse register` names the tables. Without it, it "
        "names them in a Hive metastore: that of the Spark options, else one below the warehouse.",
    )
    spark: dict[SparkKey, SparkValue] = Field(
        json_schema_extra=ONLY_SUCH_KEYS,
        description="Spark options by name. An overlay adds to those of base.yml, and null removes one.",
    )
