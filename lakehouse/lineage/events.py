"""OpenLineage events: what began, ended or failed, with the datasets that it reads and writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import NAMESPACE_OID, uuid5

from lakehouse.lineage.client import events, facets
from lakehouse.lineage.datasets import Dataset

if TYPE_CHECKING:
    from openlineage.client.generated.base import DatasetFacet, JobFacet, OutputDatasetFacet, RunFacet

_PRODUCER = "urn:passenger-feedback-lakehouse"
START, COMPLETE, FAIL = "START", "COMPLETE", "FAIL"


@dataclass(frozen=True)
class Work:
    """Something that runs: a command, or a stage of one. `run_id`: id of the run, as in ops.runs; for a stage with the
    stage behind it. `parent`: the command of a stage."""

    namespace: str
    job: str
    run_id: str
    parent: Work | None = None

    @property
    def uuid(self) -> str:
        """The run as OpenLineage wants it; always the same for a run id."""
        return str(uuid5(NAMESPACE_OID, f"{self.namespace}/{self.run_id}"))


def event_of(
    kind: str,
    work: Work,
    at: datetime,
    reads: Sequence[Dataset],
    writes: Sequence[Dataset],
    fault: str | None = None,
) -> events.RunEvent:
    """The event that a work began (START), ended (COMPLETE) or failed (FAIL, with the `fault` in words)."""
    return events.RunEvent(
        eventType=events.RunState(kind),
        eventTime=at.isoformat(),
        run=events.Run(work.uuid, _facets_of_run(work, fault)),
        job=events.Job(work.namespace, work.job, _facets_of_job(work)),
        inputs=[events.InputDataset(one.namespace, one.name, facets=_facets_of(one)) for one in reads],
        outputs=[
            events.OutputDataset(one.namespace, one.name, facets=_facets_of(one), outputFacets=_counts_of(one))
            for one in writes
        ],
        producer=_PRODUCER,
    )


def _facets_of_run(work: Work, fault: str | None) -> dict[str, RunFacet]:
    found: dict[str, RunFacet] = {}
    top = work
    if work.parent:
        top, parent = work.parent, facets.parent_run
        found["parent"] = parent.ParentRunFacet(
            parent.Run(top.uuid), parent.Job(top.namespace, top.job), producer=_PRODUCER
        )
    tag = facets.tags_run.TagsRunFacetFields("run_id", top.run_id, "passenger-feedback-lakehouse")
    found["tags"] = facets.tags_run.TagsRunFacet([tag], producer=_PRODUCER)
    if fault is not None:
        found["errorMessage"] = facets.error_message_run.ErrorMessageRunFacet(fault, "PYTHON", producer=_PRODUCER)
    return found


def _facets_of_job(work: Work) -> dict[str, JobFacet]:
    kind = "STAGE" if work.parent else "COMMAND"
    return {"jobType": facets.job_type_job.JobTypeJobFacet("BATCH", "SPARK", kind, producer=_PRODUCER)}


def _facets_of(dataset: Dataset) -> dict[str, DatasetFacet]:
    """Of a table: its format, comment and contract, and the version that was written."""
    table, found = dataset.table, dict[str, "DatasetFacet"]()
    if table is None:
        return found
    found["storage"] = facets.storage_dataset.StorageDatasetFacet("delta", "parquet", producer=_PRODUCER)
    found["documentation"] = facets.documentation_dataset.DocumentationDatasetFacet(table.comment, producer=_PRODUCER)
    # Bronze also has the columns as delivered, which its contract does not name.
    if table.layer != "bronze":
        fields = [
            facets.schema_dataset.SchemaDatasetFacetFields(
                name=column.name,
                type=column.dataType.simpleString(),
                description=str(column.metadata.get("comment", "")),
                ordinal_position=place,
            )
            for place, column in enumerate(table.schema, 1)
        ]
        found["schema"] = facets.schema_dataset.SchemaDatasetFacet(fields, producer=_PRODUCER)
    if dataset.written and dataset.written.version is not None:
        version = str(dataset.written.version)
        found["version"] = facets.dataset_version_dataset.DatasetVersionDatasetFacet(version, producer=_PRODUCER)
    return found


def _counts_of(dataset: Dataset) -> dict[str, OutputDatasetFacet]:
    written, kind = dataset.written, facets.output_statistics_output_dataset
    if written is None:
        return {}
    counts = kind.OutputStatisticsOutputDatasetFacet(written.rows, written.size, written.files, producer=_PRODUCER)
    return {"outputStatistics": counts}
