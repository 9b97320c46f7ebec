"""The cockpit's numbers as OpenMetrics text, for the tools of a data centre."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from xilin.apps.portal.queries import stages
from xilin.apps.portal.queries.operations import plant, standing
from xilin.apps.portal.queries.scores import DIMENSIONS
from xilin.apps.trace.desk import today
from xilin.kernel.collect import queries as collect
from xilin.kernel.exchange import queries as exchange
from xilin.kernel.quality import queries as quality
from xilin.kernel.registry import queries as registry
from xilin.kernel.standards.queries import declared

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
Sample = tuple[dict[str, str], float | None]
Family = tuple[str, str, list[Sample]]
_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


def text(at: datetime) -> str:
    """Every number as it stands at a moment; one that isn't known is left out."""
    lines = []
    for name, meant, samples in _families(at):
        lines += [f"# TYPE {name} gauge", f"# HELP {name} {meant}"]
        lines += [f"{name}{_labels(labels)} {value:.10g}" for labels, value in samples if value is not None]
    return "\n".join([*lines, "# EOF", ""])


def _labels(labels: dict[str, str]) -> str:
    told = [f'{name}="{value.translate(_ESCAPED)}"' for name, value in labels.items()]
    return "{" + ",".join(told) + "}" if told else ""


def _one(value: float | None) -> list[Sample]:
    return [({}, value)]


def _by(label: str, values: Iterable[tuple[str, float | None]]) -> list[Sample]:
    return [({label: name}, value) for name, value in values]


def _families(at: datetime) -> Iterator[Family]:
    yield from _data()
    yield from _exchange(at)
    yield from _running(at)


def _data() -> Iterator[Family]:
    done = [gauge.batch for gauge in stages.gauges() if gauge.batch is not None]
    rows = [
        (state, sum(getattr(batch, f"rows_{state}") for batch in done))
        for state in ("read", "accepted", "quarantined", "duplicate")
    ]
    yield "xilin_rows", "Rows of the newest batch of each source.", _by("state", rows)
    refused = sum(batch.state == "refused" for batch in done)
    yield "xilin_sources_refused", "Sources whose newest batch was refused.", _one(refused)
    yield "xilin_batches_running", "Batches at work.", _one(len(collect.running()))
    counts = [(code, registry.count(code)) for code in declared("registry")]
    yield "xilin_registry_entities", "Entities of a base registry.", _by("registry", counts)
    scores = list(quality.scores().values())
    shares = []
    for name in DIMENSIONS:
        checked = sum(score.dimensions[name].checked for score in scores)
        passed = sum(score.dimensions[name].passed for score in scores)
        shares.append((name, passed / checked if checked else None))
    yield "xilin_quality_share", "Share of checks that passed, by dimension.", _by("dimension", shares)


def _exchange(at: datetime) -> Iterator[Family]:
    gateway = standing.gateway(at)
    calls = [
        ("answered", gateway.hour.answered),
        ("refused", gateway.hour.refused),
        ("failed", gateway.hour.failed),
    ]
    yield "xilin_gateway_calls", "Calls of the gateways within the hour before.", _by("outcome", calls)
    times = [(share, gateway.hour.within(float(share))) for share in ("0.5", "0.95", "0.99")]
    yield (
        "xilin_gateway_seconds",
        "Times within which calls of the hour before ended.",
        _by("quantile", times),
    )
    yield "xilin_grants_in_force", "Grants in force.", _one(exchange.in_force(at))
    yield (
        "xilin_unusual_use_open",
        "Alarms of unusual use nobody has closed.",
        _one(exchange.alarms_pulse()[1]),
    )
    requests = standing.requests(at)
    steps = [
        ("open", requests.steps.open),
        ("yellow", requests.steps.yellow),
        ("overdue", requests.steps.overdue),
    ]
    yield "xilin_duties", "Steps with a deadline that are open, nearly due, overdue.", _by("state", steps)


def _running(at: datetime) -> Iterator[Family]:
    log = standing.logged(at)
    yield "xilin_log_entries", "Entries of the audit log.", _one(log.size)
    signed = log.signed_at.timestamp() if log.signed_at else None
    yield "xilin_log_signed_timestamp_seconds", "When the newest checkpoint was signed.", _one(signed)
    seen = [(one.name, one.size) for one in log.witnesses]
    yield "xilin_witness_entries", "Entries that a witness has signed.", _by("witness", seen)
    yield "xilin_witnesses_behind", "Witnesses that have not signed what there is.", _one(log.behind)
    trace = standing.trace(at)
    yield "xilin_trace_events", "Events captured since midnight.", _one(trace.events)
    looks = [(level, trace.verdicts.get(level, 0)) for level in ("genuine", "caution", "fake", "unknown")]
    yield "xilin_trace_looks", "Codes checked since midnight.", _by("verdict", looks)
    opened = today.standing()
    alerts = [
        ("goods", opened.goods),
        ("lineage", opened.lineage),
        ("recalls", opened.public + opened.proposed),
    ]
    yield "xilin_trace_open", "Alerts and recalls that are open.", _by("kind", alerts)
    storage, jobs = plant.storage_kept(), plant.jobs(at - timedelta(days=1), at)
    stored = [("database", storage.database), ("lake", storage.lake), ("disk_free", storage.free)]
    yield (
        "xilin_storage_bytes",
        "Bytes of the database and the lake, and free on the disk.",
        _by("of", stored),
    )
    queue = [("waiting", jobs.waiting), ("running", jobs.running), ("failed", jobs.failed)]
    yield "xilin_jobs", "Jobs that wait, run, and failed within a day.", _by("state", queue)
    yield "xilin_workers", "Workers that live.", _one(jobs.workers)
    behind = [(one.name, one.behind.total_seconds() if one.behind else None) for one in plant.replicas()]
    yield "xilin_replica_behind_seconds", "How far a copy of the database is behind.", _by("replica", behind)
