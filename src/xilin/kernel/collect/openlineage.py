"""A batch as an OpenLineage run event: from the source's dataset through raw to standard, column by column.

Source: OpenLineage 2-0-2, RunEvent, and its naming of datasets.
"""

import uuid
from typing import Any

from xilin import __version__
from xilin.kernel.collect.declarations import Source
from xilin.kernel.collect.faults import SourceFault
from xilin.kernel.collect.intake import address, filled
from xilin.kernel.collect.models import Batch
from xilin.kernel.collect.pipeline import Plan, schema

PRODUCER = f"urn:xilin:{__version__}"
SPEC = "https://openlineage.io/spec"
RUNS = uuid.UUID("6f0c9a0e-5b1d-5c55-9f3c-7a1b3c2d4e5f")


def event(batch: Batch, plan: Plan | None) -> dict[str, Any]:
    """The event of a batch that has ended; with no plan (broken declarations) its datasets stay unnamed."""
    refused = batch.state == Batch.State.REFUSED
    run: dict[str, Any] = {"runId": str(uuid.uuid5(RUNS, f"{batch.source}/{batch.pk}"))}
    if refused:
        told = _facet("1-0-1/ErrorMessageRunFacet", message=batch.message("en"), programmingLanguage="python")
        run["facets"] = {"errorMessage": told}
    source = _dataset(plan.source) if plan else None
    return {
        "eventType": "FAIL" if refused else "COMPLETE",
        "eventTime": (batch.finished_at or batch.started_at).isoformat(),
        "producer": PRODUCER,
        "schemaURL": f"{SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": run,
        "job": {
            "namespace": "xilin",
            "name": f"collect.{batch.source}",
            "facets": {
                "jobType": _facet(
                    "2-0-3/JobTypeJobFacet", processingType="BATCH", integration="XILIN", jobType="JOB"
                )
            },
        },
        "inputs": [{**source, "inputFacets": _rows("Input", batch.rows_read)}] if source else [],
        "outputs": _outputs(batch, plan, source) if plan and source and not refused else [],
    }


def _outputs(batch: Batch, plan: Plan, source: dict[str, Any]) -> list[dict[str, Any]]:
    fields = [{"name": name, "type": kind} for name, kind in schema(plan).items()]
    return [
        {
            "namespace": "xilin",
            "name": f"raw.{batch.source}",
            "outputFacets": _rows("Output", batch.rows_read),
        },
        {
            "namespace": "xilin",
            "name": f"std.{batch.resource}",
            "facets": {
                "schema": _facet("1-1-1/SchemaDatasetFacet", fields=fields),
                "columnLineage": _facet(
                    "1-2-0/ColumnLineageDatasetFacet", fields=_columns(plan.source, source)
                ),
            },
            "outputFacets": _rows("Output", batch.rows_accepted),
        },
    ]


def _columns(source: Source, dataset: dict[str, Any]) -> dict[str, Any]:
    """For each item the columns as found it is made of."""
    found = {}
    for item, column in source.columns.items():
        names = column.join or ((column.source,) if column.source and column.value is None else ())
        if names:
            inputs = [{**dataset, "field": name} for name in names]
            found[item] = {"inputFields": inputs}
    return found


def _dataset(source: Source) -> dict[str, Any]:
    """Namespace and name of the source's dataset, without account, password and query."""
    connection = source.connection
    if source.connector in ("csv", "xlsx", "sqlite", "parquet"):
        name = _where(connection.path)
        inside = {"xlsx": connection.sheet, "sqlite": connection.table}.get(source.connector)
        return {"namespace": "file", "name": f"{name}#{inside}" if inside else name}
    try:
        parts = address(connection.url)
    except SourceFault:
        return {"namespace": source.connector, "name": connection.table or source.code}
    port = f":{parts.port}" if "," not in parts.netloc and parts.port else ""
    scheme = {"mysql": "mysql", "postgresql": "postgres"}.get(source.connector, parts.scheme or "http")
    namespace = f"{scheme}://{parts.hostname or 'localhost'}{port}"
    if source.connector == "http":
        return {"namespace": namespace, "name": parts.path}
    return {"namespace": namespace, "name": f"{parts.path.lstrip('/')}.{connection.table}"}


def _where(text: str) -> str:
    try:
        return filled(text)
    except SourceFault:
        return text


def _rows(kind: str, count: int) -> dict[str, Any]:
    name = f"{kind}Statistics{kind}DatasetFacet"
    return {
        f"{kind.lower()}Statistics": _facet(
            f"1-0-2/{name}" if kind == "Output" else f"1-0-0/{name}", rowCount=count
        )
    }


def _facet(name: str, **told: Any) -> dict[str, Any]:
    return {"_producer": PRODUCER, "_schemaURL": f"{SPEC}/facets/{name}.json", **told}
