"""Configuration: merging, precedence, interpolation, and every fault named with file and line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lakehouse.config.load import Config, load_config, project_file
from lakehouse.config.yaml_source import nearest
from lakehouse.errors import ConfigError

pytestmark = pytest.mark.no_spark

ROOT = Path(__file__).resolve().parents[2]
REAL_FILE = ROOT.parent / "shared" / "data" / "airline_passenger_satisfaction.csv.gz"


def write(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


def load(overlay: str | None = None, **environ: str) -> Config:
    return load_config(overlay, None, (), environ)


def shipped(name: str) -> str:
    return str(project_file("conf", name))


def test_base_runs_on_one_machine() -> None:
    config = load()
    assert (config.warehouse, config.landing, config.response_key) == ("warehouse", ("landing",), ("id",))
    assert config.spark == {
        "spark.master": "local[*]",
        "spark.driver.memory": "4g",
        "spark.driver.extraJavaOptions": "-XX:-DontCompileHugeMethods",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.python.sql.dataFrameDebugging.enabled": "false",
        "spark.sql.ui.explainMode": "simple",
        "spark.sql.codegen.cache.maxEntries": "1000",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.parquet.compression.codec": "zstd",
        "spark.sql.shuffle.partitions": "4",
        "spark.databricks.delta.snapshotPartitions": "1",
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": "4",
    }
    assert (config.privacy.suppress, config.vacuum_hours, config.undated) == (False, 168, "hold")
    assert config.set_aside == (".*", "_SUCCESS", "_temporary", "*.crc", "*.tmp", "*.part")


@pytest.mark.parametrize(
    ("overlay", "differs"),
    [
        (
            "test.yml",
            {
                "spark.driver.memory": "2g",
                "spark.driver.extraJavaOptions": "-XX:+UseSerialGC",
                "spark.sql.shuffle.partitions": "2",
            },
        ),
        ("cluster.yml", {"spark.master": None, "spark.driver.memory": None, "spark.sql.shuffle.partitions": None}),
        ("databricks.yml", {"spark.master": None, "spark.databricks.delta.snapshotPartitions": None}),
    ],
)
def test_shipped_overlays(overlay: str, differs: dict[str, str | None]) -> None:
    options = load(shipped(overlay), LAKEHOUSE_WAREHOUSE="w").spark
    assert {key: options.get(key) for key in differs} == differs
    assert options["spark.sql.session.timeZone"] == "UTC"


@pytest.mark.parametrize(
    ("argument", "environ", "expected"),
    [
        (None, {}, "from_file"),
        (None, {"LAKEHOUSE_WAREHOUSE": "from_environment"}, "from_environment"),
        (None, {"LAKEHOUSE_WAREHOUSE": ""}, "from_file"),
        ("from_argument", {"LAKEHOUSE_WAREHOUSE": "from_environment"}, "from_argument"),
        ("/data/w/", {}, "/data/w"),
    ],
)
def test_warehouse_precedence(tmp_path: Path, argument: str | None, environ: dict[str, str], expected: str) -> None:
    overlay = write(tmp_path / "own.yml", "warehouse: from_file\n")
    assert load_config(overlay, argument, (), environ).warehouse == expected


def test_landing_arguments_replace_the_files(tmp_path: Path) -> None:
    overlay = write(tmp_path / "own.yml", "landing: [a, b]\n")
    assert load(overlay).landing == ("a", "b")
    assert load_config(overlay, None, ["c"], {}).landing == ("c",)


def test_overlay_argument_wins_over_the_environment(tmp_path: Path) -> None:
    ours, other = (write(tmp_path / f"{name}.yml", f"warehouse: {name}\n") for name in ("ours", "other"))
    assert load(None, LAKEHOUSE_CONF=other).warehouse == "other"
    assert load(ours, LAKEHOUSE_CONF=other).warehouse == "ours"


def test_overlay_names_its_own_files_relative_to_itself(tmp_path: Path) -> None:
    text = Path(shipped("questions.yml")).read_text(encoding="utf-8")
    write(tmp_path / "sub" / "q.yml", text.replace("Location of the gate in the airport", "Where is the gate?"))
    overlay = write(tmp_path / "own.yml", "questions: sub/q.yml\nresponse_key: [id, survey_date]\n")
    config = load(overlay)
    assert "Where is the gate?" in [question.newest.wording for question in config.catalogue.questions]
    repeats = next(rule for rule in config.suites["silver"].rules if rule.id == "id_repeats")
    assert repeats.kwargs == {"columns": ("id", "survey_date")}


def test_databricks_reads_its_warehouse_from_the_environment() -> None:
    assert load(shipped("databricks.yml"), LAKEHOUSE_WAREHOUSE="dbfs:/w").warehouse == "dbfs:/w"
    assert load_config(shipped("databricks.yml"), "given", (), {}).warehouse == "given"
    with pytest.raises(ConfigError, match="LAKEHOUSE_WAREHOUSE is not set"):
        load(shipped("databricks.yml"))


def test_s3_reads_its_place_from_the_environment() -> None:
    variables = {"LAKEHOUSE_WAREHOUSE": "s3a://lake/warehouse", "AWS_REGION": "eu-west-1"}
    config = load(shipped("s3.yml"), **variables)
    assert (config.warehouse, config.lease_seconds) == ("s3a://lake/warehouse", 60)
    assert config.spark["spark.hadoop.fs.s3a.endpoint.region"] == "eu-west-1"
    with pytest.raises(ConfigError, match="AWS_REGION is not set"):
        load(shipped("s3.yml"), LAKEHOUSE_WAREHOUSE="s3a://lake/warehouse")


def test_spark_values_are_text_and_stay_out_of_the_repr(tmp_path: Path) -> None:
    overlay = write(
        tmp_path / "own.yml", "spark:\n  spark.a: yes\n  spark.b: 0.5\n  spark.c: 7\n  spark.d: x-${env:KEY}\n"
    )
    config = load(overlay, KEY="s3cret")
    assert {key: config.spark[f"spark.{key}"] for key in "abcd"} == {"a": "true", "b": "0.5", "c": "7", "d": "x-s3cret"}
    assert "s3cret" not in repr(config)


def test_the_key_of_erased_ids_comes_from_the_environment_and_is_never_shown(tmp_path: Path) -> None:
    overlay = write(tmp_path / "own.yml", "privacy:\n  suppress: true\n  key: ${env:KEY}\n")
    config = load(overlay, KEY="k" * 32)
    assert config.privacy.suppress
    assert config.privacy.key == "k" * 32
    assert "k" * 32 not in repr(config)
    with pytest.raises(ConfigError, match="KEY is not set"):
        load(overlay)
    with pytest.raises(ConfigError, match="at least 32 characters") as caught:
        load(overlay, KEY="short of it")
    assert "short of it" not in str(caught.value)


def test_where_lineage_goes_comes_from_the_environment_and_is_never_shown(tmp_path: Path) -> None:
    text = "lineage:\n  transport: http\n  url: ${env:URL}\n  key: ${env:KEY}\n"
    overlay = write(tmp_path / "own.yml", text)
    lineage = load(overlay, URL="https://lineage.example:5000", KEY="s3cret").lineage
    assert (lineage.url, lineage.key, lineage.endpoint) == ("https://lineage.example:5000", "s3cret", "api/v1/lineage")
    assert "s3cret" not in repr(lineage)
    assert "lineage.example" not in repr(lineage)
    with pytest.raises(ConfigError, match="URL is not set"):
        load(overlay, KEY="s3cret")
    for wrong in ("lineage.example", "ftp://lineage.example", "http://", "http://[::1", " http://lineage.example"):
        with pytest.raises(ConfigError, match="no address that begins with http") as caught:
            load(overlay, URL=wrong, KEY="s3cret")
        assert caught.value.line == 3
        assert "lineage.example" not in str(caught.value)
    # What only http needs is not asked for otherwise.
    unused = write(tmp_path / "file.yml", text.replace("transport: http", "transport: file\n  file: events.jsonl"))
    assert (load(unused).lineage.file, load(unused).lineage.url, load().lineage.transport) == (
        "events.jsonl",
        "",
        "none",
    )


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("privacy:\n  suppress: true\n", 1, "suppress needs a key"),
        ("privacy:\n  suppress: true\n  key: 0123456789012345678901234567890123456789\n", 3, "does not belong"),
        ("privacy:\n  suppress: true\n  key: a secret that lies in a file, where it may not\n", 3, "does not belong"),
        ("privacy:\n  suppress: maybe\n", 2, "expected true or false"),
        ("lineage: {transport: kafka}\n", 1, "'kafka' is not known"),
        ("lineage: {transport: file}\n", 1, "lineage: transport file needs file. Add the key here."),
        ("lineage: {transport: http}\n", 1, "lineage: transport http needs url. Add the key here."),
        ("lineage:\n  transport: http\n  url: http://a\n", 3, "Write ${env:LAKEHOUSE_LINEAGE_URL}, and set the"),
        ("lineage: {transport: none, timeout_seconds: 0}\n", 1, "a whole number of at least 1"),
        ("vacuum_hours: 24\n", 1, "at least 168"),
        ("warehouse: w\nwarehous: w\n", 2, "unknown key 'warehous'. Did you mean 'warehouse'?"),
        ("warehouse: a\nlanding: [b]\nwarehouse: c\n", 3, "key 'warehouse' is already used in line 1"),
        ("warehouse:\n", 1, "warehouse: expected text (put it in quotes), found nothing"),
        ("warehouse: yes\n", 1, "found a yes/no value"),
        ("warehouse: ''\n", 1, "warehouse: must not be empty"),
        ("\nlanding: landing\n", 2, "landing: expected a list with at least one item, found 'landing'"),
        ("landing: []\n", 1, "found an empty list"),
        ("landing:\n  - a\n  - 7\n", 3, "landing[2]: expected text (put it in quotes), found '7'"),
        ("undated: ignore\n", 1, "'ignore' is not known. Known: hold, today"),
        ("set_aside: '*.pdf'\n", 1, "set_aside: expected a list"),
        ("set_aside:\n  - '*.pdf'\n  - old/*.csv\n", 3, "'old/*.csv' has a slash, but is compared with single names"),
        ("response_key: [survey_date]\n", 1, "[survey_date] identifies no response. Use [id] or [id, survey_date]"),
        ("response_key: [survey_date, id]\n", 1, "Use [id] or [id, survey_date]"),
        ("spark:\n  master: x\n", 2, "Spark options begin with 'spark.'"),
        ("spark:\n  spark.x: [1]\n", 2, "spark.spark.x: expected text"),
        ("spark: none\n", 1, "spark: expected keys with values"),
        ("warehouse: ${env:NOWHERE}\n", 1, "the environment variable NOWHERE is not set"),
        ("warehouse: ${HOME}/w\n", 1, "'${HOME}' is not understood: only ${env:NAME} is replaced"),
        ("warehouse: ${env:A\n", 1, "'${env:A' is not understood"),
        ("warehouse: w\n- x\n", 2, "not valid YAML"),
        ("warehouse: [w\n", 2, "not valid YAML"),
        ("warehouse: &a w\nlanding: [*a]\n", 2, "aliases (*name) are not supported"),
        ("warehouse: !!python/object/apply:os.system [x]\n", 1, "is not supported"),
        ("warehouse: 2025-13-45\n", 1, "'2025-13-45' cannot be read; quote it if it is text"),
        ("[a]: b\n", 1, "a key must be a word"),
        ("- warehouse\n", 1, "expected keys with values, found a list"),
        ("a: b\n---\nc: d\n", 2, "not valid YAML"),
        ("", None, "is empty"),
        ("# only a comment\n", None, "is empty"),
        ("warehouse: a\x00b\n", None, "not valid YAML"),
    ],
)
def test_faults_are_named(tmp_path: Path, text: str, line: int | None, message: str) -> None:
    overlay = write(tmp_path / "own.yml", text)
    with pytest.raises(ConfigError) as caught:
        load(overlay)
    assert message in str(caught.value)
    assert (caught.value.file, caught.value.line, caught.value.exit_code) == (overlay, line, 2)


def test_unreadable_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yml: cannot be read: No such file"):
        load(str(tmp_path / "nowhere.yml"))
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(str(tmp_path))
    (tmp_path / "latin.yml").write_bytes("warehouse: Zürich\n".encode("latin-1"))
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(str(tmp_path / "latin.yml"))
    with pytest.raises(ConfigError, match=r"gone\.yml: cannot be read"):
        load(write(tmp_path / "own.yml", "questions: gone.yml\n"))


def test_nearest_names_one_word_or_all() -> None:
    assert nearest("critcal", ["critical", "info"]) == "Did you mean 'critical'?"
    assert nearest("x", ["b", "a"]) == "Known: a, b."


def test_rules_version_follows_content_not_formatting(tmp_path: Path) -> None:
    questions = Path(shipped("questions.yml")).read_text(encoding="utf-8")
    base = load().rules_version

    def version(text: str, extra: str = "") -> str:
        write(tmp_path / "q.yml", text)
        return load(write(tmp_path / "own.yml", f"questions: q.yml\n{extra}")).rules_version

    assert len(base) == 12
    assert version(questions) == base
    assert version("# more words\n" + questions.replace("owner: gate\n", "owner:   'gate'\n")) == base
    assert version(questions, "warehouse: elsewhere\nset_aside: []\n") == base
    # Gold follows weights and owners by itself: no line of silver rests on them.
    assert version(questions.replace("weight: 1.5", "weight: 1.25")) == base
    changed = {
        version(questions.replace("Eco]", "Eco, Coach]")),
        version(questions.replace("[Gate Location]", "[Gate Location, Gate]")),
        version(questions, "response_key: [id, survey_date]\n"),
        # Files that are held without a date are judged again.
        version(questions, "undated: today\n"),
        base,
    }
    assert len(changed) == 5


def test_configuration_needs_neither_spark_nor_great_expectations() -> None:
    code = (
        "import os, sys; from lakehouse.config.load import load_config; load_config(None, None, (), os.environ);"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'pyspark', 'great_expectations', 'pandas'}))"
    )
    environ = {key: value for key, value in os.environ.items() if not key.startswith("LAKEHOUSE_")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_project_files_exist() -> None:
    assert project_file("conf", "base.yml").is_file()
    assert project_file("expectations") == ROOT / "expectations"
