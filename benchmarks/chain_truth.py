"""A season of mutton told to the repository, and whether every pack's lambs and every household's packs are the truth.

Used by `trace.py truth`. What reaches the platform in time is loaded from files as `xilin trace load` does; what comes
more than a day late, and all declarations of errors, are captured as they come, party by party, between the files.

Traces of all packs are compared by one walk over the index for all at once, written apart from the platform's
(`BACK`: from each process that made packs to the lambs that went into it; `FORWARD`: from each lamb to the processes its meat
came to): packs of one process have one answer. Both walks are compared with the platform's own traces and recalls on a sample.
"""

import gc
import json
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
DAYS = timedelta(days=14)
IN_TIME = timedelta(days=1)
IN_DOCUMENT = 100

# Everything goes by tables without a condition of time but those of the walk: the traces are of today, after all events.
MADE = """
CREATE TEMP TABLE truth_made AS
    SELECT DISTINCT m.node, m.other AS process FROM trace_lineagemark m JOIN truth_pack p ON p.node = m.node WHERE m.role = 7;
CREATE TEMP TABLE truth_process AS SELECT DISTINCT process FROM truth_made;
CREATE UNIQUE INDEX ON truth_process (process);
CREATE UNIQUE INDEX ON truth_lamb (node);
CREATE TEMP TABLE truth_useful AS
WITH RECURSIVE useful(node) AS (
    SELECT DISTINCT node FROM trace_lineagemark WHERE role = 6
    UNION
    SELECT l.child FROM useful u JOIN trace_lineagelink l ON l.parent = u.node AND l.kind = 1
)
SELECT node FROM useful;
CREATE UNIQUE INDEX ON truth_useful (node);
CREATE TEMP TABLE truth_next AS
    SELECT o.other AS process, o.node, o.time FROM trace_lineagemark o JOIN truth_useful u ON u.node = o.node WHERE o.role = 7;
CREATE INDEX ON truth_next (process);
ANALYZE truth_made, truth_process, truth_lamb, truth_useful, truth_next;
"""
BACK = """
CREATE TEMP TABLE truth_back AS
WITH RECURSIVE reach(root, node, until) AS (
    SELECT DISTINCT p.process, i.node, i.time FROM truth_process p
    JOIN trace_lineagemark i ON i.other = p.process AND i.role = 6
    UNION
    SELECT r.root, s.node, s.until FROM reach r CROSS JOIN LATERAL (
        SELECT i.node, i.time AS until FROM trace_lineagemark o JOIN trace_lineagemark i ON i.other = o.other AND i.role = 6
        WHERE o.node = r.node AND o.role = 7 AND o.time <= r.until
        UNION ALL
        SELECT l.child, r.until FROM trace_lineagelink l
        WHERE l.parent = r.node AND l.kind = 1 AND l.since <= r.until
          AND (l.until IS NULL OR l.until > r.until OR l.until = r.until AND l.how = 0)
    ) s
)
SELECT DISTINCT r.root AS process, l.lamb FROM reach r JOIN truth_lamb l ON l.node = r.node;
"""
# What can't come to a process any more is not followed: an object that no process took, nor any container it was in.
FORWARD = """
CREATE TEMP TABLE truth_forward AS
WITH RECURSIVE reach(root, node, since, until, process) AS (
    SELECT l.lamb, l.node, '-infinity'::timestamptz, 'infinity'::timestamptz, NULL::bigint FROM truth_lamb l
    UNION
    SELECT r.root, s.node, s.since, s.until, s.process FROM reach r CROSS JOIN LATERAL (
        SELECT NULL::bigint AS node, '-infinity'::timestamptz AS since, 'infinity'::timestamptz AS until, i.other AS process FROM trace_lineagemark i
        WHERE i.node = r.node AND i.role = 6 AND i.time >= r.since AND i.time < r.until
        UNION ALL
        SELECT o.node, o.time, 'infinity', NULL FROM truth_next o WHERE o.process = r.process
        UNION ALL
        SELECT l.parent, greatest(l.since, r.since),
               least(l.until + CASE WHEN l.how = 0 THEN interval '1 microsecond' ELSE interval '0' END, r.until), NULL
        FROM trace_lineagelink l JOIN truth_useful u ON u.node = l.parent
        WHERE l.child = r.node AND l.kind = 1 AND l.since < r.until
          AND (l.until IS NULL OR l.until > r.since OR l.until = r.since AND l.how = 0)
    ) s
)
SELECT DISTINCT r.root AS lamb, r.process FROM reach r JOIN truth_process m ON m.process = r.process;
"""


class Told:
    """How many events came in which way, and how long that took."""

    def __init__(self) -> None:
        self.loaded, self.captured, self.declared = 0, 0, 0
        self.telling, self.loading, self.capturing = 0.0, 0.0, 0.0

    @property
    def events(self) -> int:
        return self.loaded + self.captured


def tell(season) -> Told:
    """Tell a season to the repository, two weeks at a time."""
    from xilin.demo.chain.capturing import runs

    told = Told()
    with tempfile.TemporaryDirectory(prefix="xilin-truth-") as folder:
        begun = time.perf_counter()
        for number, (path, late, count) in enumerate(_spans(season, Path(folder))):
            ready = time.perf_counter()
            told.telling += ready - begun
            _load(path)
            loaded = time.perf_counter()
            told.loading += loaded - ready
            for run in runs(late):
                _capture(run)
            begun = time.perf_counter()
            told.capturing += begun - loaded
            told.loaded += count
            told.captured += len(late)
            told.declared += sum("errorDeclaration" in one.body for one in late)
            print(
                f"  two weeks, number {number + 1}: {count} loaded, {len(late)} captured late or as corrections",
                flush=True,
            )
            if number == 0:
                analyse()
    analyse()
    return told


def analyse() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _load(path: Path) -> None:
    from datetime import UTC

    from xilin.apps.trace.repository import loading

    done = loading.load([path], party="league", at=datetime.now(UTC))
    path.unlink()
    if done.refused:
        raise SystemExit(f"{done.refused} events refused: {done.refusals[0].told()}")


def _capture(run) -> None:
    from xilin.apps.trace.repository.capture import capture

    done = capture(run.events, party=run.party, at=run.at)
    if not done.success:
        raise SystemExit(f"refused: {done.problems[0]}")


def _spans(season, folder: Path) -> Iterator[tuple[Path, list, int]]:
    """Of each two weeks: a file of what came in time, what came late or corrects, how many events are in the file."""
    from xilin.demo.chain.bodies import CONTEXT as OWN

    head = json.dumps(
        {
            "@context": [CONTEXT, OWN],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-11-26T00:00:00Z",
        }
    )[:-1].encode()
    encode = msgspec.json.Encoder().encode
    until, number = None, 0
    late: list = []
    lines: list[bytes] = []
    document: list[bytes] = []
    count = 0

    def close() -> None:
        if document:
            lines.append(head + b', "epcisBody": {"eventList": [' + b",".join(document) + b"]}}\n")
            document.clear()

    def file() -> Path:
        close()
        path = folder / f"{number}.ndjson"
        path.write_bytes(b"".join(lines))
        lines.clear()
        return path

    # Circles there are none; looking for some among a million events takes longer than telling them.
    gc.disable()
    for one in season.tell():
        until = until or one.recorded + DAYS
        if one.recorded >= until:
            yield file(), late, count
            until, number, count, late = one.recorded + DAYS, number + 1, 0, []
        if (
            "errorDeclaration" in one.body
            or one.recorded - datetime.fromisoformat(one.body["eventTime"]) > IN_TIME
        ):
            late.append(one)
            continue
        document.append(encode(one.body))
        count += 1
        if len(document) == IN_DOCUMENT:
            close()
    yield file(), late, count
    gc.enable()


# Comparison


class Found:
    """What of what was wanted was found, and what else."""

    def __init__(self) -> None:
        self.asked, self.wanted, self.found, self.false = 0, 0, 0, 0

    def add(self, found: set, right: set, times: int = 1) -> None:
        self.asked += times
        self.wanted += times * len(right)
        self.found += times * len(found & right)
        self.false += times * len(found - right)

    @property
    def exact(self) -> bool:
        return self.found == self.wanted > 0 and not self.false

    def __str__(self) -> str:
        return f"{self.found} of {self.wanted} ({self.found / max(self.wanted, 1):.4%}), {self.false} false"


class Index:
    """What the index says of all packs and lambs, by two walks over all of it."""

    def __init__(self, truth) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE truth_name (kind text, number bigint, name text)")
            with cursor.copy("COPY truth_name FROM STDIN") as copy:
                for number, pack in enumerate(truth.packs):
                    copy.write(f"pack\t{number}\t{pack.id}\n")
                for number, tag in enumerate(truth.tags):
                    copy.write(f"lamb\t{number}\t{tag}\n")
            cursor.execute("ANALYZE truth_name; SET work_mem = '256MB'; SET jit = off")
            for kind in ("pack", "lamb"):
                cursor.execute(
                    f"CREATE TEMP TABLE truth_{kind} AS SELECT t.number AS {kind}, n.id AS node FROM truth_name t"
                    f" JOIN trace_lineagename n ON n.name = t.name WHERE t.kind = '{kind}'; ANALYZE truth_{kind}"
                )
            cursor.execute(MADE)
            # Both walks go from row to row by the indexes, as the platform's do.
            cursor.execute("SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_seqscan = off")
            cursor.execute(BACK)
            cursor.execute(FORWARD)
            cursor.execute("RESET enable_hashjoin; RESET enable_mergejoin; RESET enable_seqscan")
            cursor.execute("SELECT p.pack, m.process FROM truth_made m JOIN truth_pack p ON p.node = m.node")
            made: dict[int, list[int]] = defaultdict(list)
            for pack, process in cursor.fetchall():
                made[pack].append(process)
            self.made = {pack: tuple(sorted(processes)) for pack, processes in made.items()}
            self.back, self.forward = self._pairs(cursor, "truth_back"), self._pairs(cursor, "truth_forward")
            cursor.execute("RESET ALL")

    @staticmethod
    def _pairs(cursor, table: str) -> dict[int, set[int]]:
        cursor.execute(f"SELECT process, lamb FROM {table}")
        found: dict[int, set[int]] = defaultdict(set)
        for process, lamb in cursor.fetchall():
            found[process].add(lamb)
        return found

    def lambs(self, pack: int) -> set[int]:
        """The lambs of a pack."""
        return set().union(*(self.back.get(process, ()) for process in self.made.get(pack, ())))

    def packs_of_lambs(self) -> dict[int, set[int]]:
        """The processes each lamb's meat came to."""
        found: dict[int, set[int]] = defaultdict(set)
        for process, lambs in self.forward.items():
            for lamb in lambs:
                found[lamb].add(process)
        return found


def compare_all(truth, index: Index) -> bool:
    """Every pack's lambs and every household's packs against the truth; what was found is told."""
    lots = [set(lot) for lot in truth.lots]
    groups = Counter((index.made.get(number, ()), pack.lots) for number, pack in enumerate(truth.packs))
    back = Found()
    for (processes, of), count in groups.items():
        back.add(
            set().union(*(index.back.get(process, ()) for process in processes)),
            set().union(*(lots[lot] for lot in of)),
            count,
        )
    print(f"back, all packs: {back.asked}, ancestors {back}")
    by_process, by_lot = defaultdict(set), defaultdict(set)
    for number, processes in index.made.items():
        for process in processes:
            by_process[process].add(number)
    for number, pack in enumerate(truth.packs):
        for lot in pack.lots:
            by_lot[lot].add(number)
    reached, lots_of = index.packs_of_lambs(), defaultdict(set)
    for number, lot in enumerate(truth.lots):
        for lamb in lot:
            lots_of[lamb].add(number)
    recall = Found()
    for lambs in households(truth).values():
        processes = set().union(*(reached.get(lamb, ()) for lamb in lambs))
        true = set().union(*(lots_of.get(lamb, ()) for lamb in lambs))
        recall.add(
            set().union(*(by_process[one] for one in processes)), set().union(*(by_lot[one] for one in true))
        )
    print(f"recall, all households: {recall.asked}, packs {recall}")
    return back.exact and recall.exact


def households(truth) -> dict[int, list[int]]:
    """The lambs of each household."""
    found: dict[int, list[int]] = defaultdict(list)
    for lamb, household in enumerate(truth.household):
        found[household].append(lamb)
    return found


def compare_some(truth, index: Index | None, every: int) -> bool:
    """Some packs (every n-th, or 300) and households (20) by the platform's own traces and recalls, against the truth and the walks of all."""
    from xilin.apps.trace.genealogy import queries
    from xilin.demo.chain import keys

    number_of = {tag: number for number, tag in enumerate(truth.tags)}
    back, apart, begun = Found(), 0, time.perf_counter()
    for number in range(0, len(truth.packs), every or max(1, len(truth.packs) // 300)):
        pack = truth.packs[number]
        found = {number_of[name] for name in queries.back(pack.id).goods() if name.startswith(keys.EAR_TAG)}
        back.add(found, {lamb for lot in pack.lots for lamb in truth.lots[lot]})
        apart += index is not None and found != index.lambs(number)
    took = (time.perf_counter() - begun) / back.asked * 1000
    print(
        f"back, {back.asked} packs asked one by one: ancestors {back}, {took:.1f} ms a pack; {apart} differ from the walk of all"
    )
    known, all_of = {pack.id for pack in truth.packs}, list(households(truth).values())
    recall, begun = Found(), time.perf_counter()
    for lambs in all_of[:: 1 if every == 1 else max(1, len(all_of) // 20)]:
        reach = queries.recall(truth.tags[lamb] for lamb in lambs).affected
        recall.add({one for one in reach if one in known}, truth.packs_of(set(lambs)))
    took = (time.perf_counter() - begun) / recall.asked
    print(f"recall, {recall.asked} households asked one by one: packs {recall}, {took:.1f} s each")
    return back.exact and recall.exact and not apart
