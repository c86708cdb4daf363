"""`lineage.json`: one OpenLineage RunEvent (specification 2-0-2) from inputs to splits.

Inputs are the runs' outcome files, outputs the files written; facets carry schema, data source,
sizes, digests as versions, and, under a facet of our own, what the curated files were made of. All
of it but `eventTime` is a function of the export; the run's id is derived from its manifest.
Specification: https://openlineage.io/spec/2-0-2/OpenLineage.json.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

PRODUCER = "https://assay.invalid/export"  # a name, not an address: .invalid leads nowhere
EVENT_SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
RUN_FACET = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunFacet"
DATASET_FACET = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetFacet"
FACETS = {
    "schema": "1-1-1/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet",
    "dataSource": "1-0-1/DatasourceDatasetFacet.json#/$defs/DatasourceDatasetFacet",
    "version": "1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet",
    "inputStatistics": (
        "1-0-0/InputStatisticsInputDatasetFacet.json#/$defs/InputStatisticsInputDatasetFacet"
    ),
    "outputStatistics": (
        "1-0-2/OutputStatisticsOutputDatasetFacet.json#/$defs/OutputStatisticsOutputDatasetFacet"
    ),
}
FIELDS = (
    ("id", "string"),
    ("type", "string"),
    ("messages", "list"),
    ("tools", "json"),
    ("documents", "json"),
    ("language", "string"),
    ("metadata", "json"),
    ("source", "string"),
    ("assay", "json"),
)


def lineage_event(
    manifest: Mapping[str, Any], folders: Mapping[str, Path], out: Path, *, now: datetime
) -> dict[str, Any]:
    """Return the event.

    Args:
        manifest: what the export's manifest says.
        folders: run id -> the folder of its results.
        out: the export's folder.
        now: when the export ended.
    """
    runs = {run["id"]: run for run in manifest["runs"]}
    return {
        "eventType": "COMPLETE",
        "eventTime": now.astimezone(UTC).isoformat(timespec="milliseconds"),
        "producer": PRODUCER,
        "schemaURL": EVENT_SCHEMA,
        "run": {
            "runId": str(_run_id(manifest)),
            "facets": {
                "assay_export": _facet(
                    RUN_FACET, seed=manifest["seed"], mix=manifest["mix"], quotas=manifest["quotas"]
                )
            },
        },
        "job": {"namespace": "assay", "name": "export", "facets": {}},
        "inputs": [
            _input(file, runs[file["run"]], folders[file["run"]]) for file in manifest["inputs"]
        ],
        "outputs": [_output(name, file, out) for name, file in manifest["files"].items()],
    }


def _input(file: Mapping[str, Any], run: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    made_of = {
        "run": run["id"],
        "chain_head": run["chain_head"],
        "inputs": run["inputs"],
        "evaluation_sets": run["evaluation_sets"],
    }
    return {
        "namespace": "file",
        "name": str(folder / file["name"]),
        "facets": {
            **_file_facets(folder / file["name"], file["sha256"]),
            "assay_curation": _facet(DATASET_FACET, **made_of),
        },
        "inputFacets": {
            "inputStatistics": _named(
                "inputStatistics", rowCount=file["rows"], size=file["bytes"], fileCount=1
            )
        },
    }


def _output(name: str, file: Mapping[str, Any], out: Path) -> dict[str, Any]:
    return {
        "namespace": "file",
        "name": str(out / name),
        "facets": _file_facets(out / name, file["sha256"]),
        "outputFacets": {
            "outputStatistics": _named(
                "outputStatistics", rowCount=file["rows"], size=file["bytes"], fileCount=1
            )
        },
    }


def _file_facets(path: Path, sha256: str) -> dict[str, Any]:
    fields = [{"name": name, "type": kind} for name, kind in FIELDS]
    return {
        "schema": _named("schema", fields=fields),
        "dataSource": _named("dataSource", name="file", uri=path.parent.as_uri()),
        "version": _named("version", datasetVersion=f"sha256:{sha256}"),
    }


def _named(facet: str, /, **values: object) -> dict[str, Any]:
    return _facet(f"https://openlineage.io/spec/facets/{FACETS[facet]}", **values)


def _facet(schema: str, /, **values: object) -> dict[str, Any]:
    return {"_producer": PRODUCER, "_schemaURL": schema, **values}


def _run_id(manifest: Mapping[str, Any]) -> UUID:
    """Return a UUID (version 8, RFC 9562: bits of our own) from the digest of the manifest."""
    digest = hashlib.sha256(orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS)).digest()
    number = int.from_bytes(digest[:16], "big")
    number = number & ~(0xF << 76) | 8 << 76
    return UUID(int=number & ~(0x3 << 62) | 2 << 62)
