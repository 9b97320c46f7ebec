"""How fast people are looked up, by identifier and by what is known of them, beside a bare indexed SELECT.

python benchmarks/lookup.py [scale, default 1] [look-ups of each kind, default 1000]

A registry of made-up people (scale 1: 1,179,100) with names, births, areas and telephones as the demo draws
them is copied into the registry's own tables, its search table is filled by `search.refill`, and people are
looked up by `lookup.by_identifier` and `lookup.by_facts`, with an error in what is given half of the time.
The bare SELECT fetches the same golden record by the same index through the same connection.
"""

import atexit
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

REPO = Path(__file__).parents[1]
PEOPLE = 1_179_100
KINDS = (
    "name, day",
    "name, day, area",
    "name, year, area",
    "name, area",
    "name, telephone",
    "telephone, day",
)


def main(scale: float, count: int) -> None:
    os.environ["XILIN_HOME"] = home = tempfile.mkdtemp(prefix="xilin-bench-")
    Path(home).chmod(0o755)
    atexit.register(shutil.rmtree, home, ignore_errors=True)  # after the server that is stopped at exit too
    from xilin.config import start

    start.django()
    from django.core.management import call_command

    from xilin.kernel.registry import lookup, search
    from xilin.kernel.standards import actions as standards
    from xilin.kernel.standards.declarations import KINDS as DECLARATIONS
    from xilin.lib.declared import read

    call_command("migrate", verbosity=0)
    league, faults = read(REPO / "leagues" / "xilingol", DECLARATIONS)
    assert not faults, faults[0]
    standards.apply(league, at=datetime.now(UTC))
    people = make(round(PEOPLE * scale))
    fill(people)
    begun, used = time.perf_counter(), processor()
    rows = search.refill(lookup.registry("people"))
    lasted = time.perf_counter() - begun
    print(
        f"search table: {rows:,} rows in {lasted:.1f} s, {rows / lasted:,.0f} rows/s, "
        f"{processor() - used:.1f} s of processor time, {size()}"
    )
    measure(people, count)


def make(count: int) -> dict[str, list[Any]]:
    """People as the demo draws them: names, births, areas; ID numbers and telephones of nobody."""
    import numpy as np

    from xilin.demo.names.book import book, draw
    from xilin.kernel.standards.identifiers import citizen_check_digit
    from xilin.kernel.standards.models import Area

    dice, names = np.random.default_rng(20160501), book()
    blocks = dice.choice(
        ["han_male", "han_female", "mongol_male", "mongol_female"], count, p=[0.34, 0.34, 0.16, 0.16]
    )
    given = np.zeros(count, dtype=np.int64)
    for block in names.blocks:
        given[blocks == block] = draw(dice, block, int((blocks == block).sum()))
    weights = names.surname_weights[1:] / names.surname_weights[1:].sum()
    surnames = dice.choice(len(weights), count, p=weights) + 1
    written = [
        ("" if block.startswith("mongol") else names.surnames[s]) + names.spellings[g]
        for block, s, g in zip(blocks, surnames, given, strict=True)
    ]
    other = [
        ("" if block.startswith("mongol") else names.surnames[s]) + names.spellings[names.variants[g][0]]
        for block, s, g in zip(blocks, surnames, given, strict=True)
    ]
    days = dice.integers(0, 33_000, count)
    births = [date(1934, 1, 1) + timedelta(days=int(day)) for day in days]
    areas = list(Area.objects.filter(level="village").values_list("code", flat=True))
    numbers = []
    for nth, born in enumerate(births):
        first = f"99{nth // 999 % 10_000:04}{born:%Y%m%d}{nth % 999 + 1:03}"
        numbers.append(first + citizen_check_digit(first))
    return {
        "name": written,
        "other": other,
        "birth": births,
        "area": [areas[n] for n in dice.integers(0, len(areas), count)],
        "phone": [f"12{n:09}" for n in dice.integers(0, 10**9, count)],
        "number": numbers,
    }


def fill(people: dict[str, list[Any]]) -> None:
    """Copy entities and identifiers into the registry's tables."""
    import uuid

    from django.db import connection

    draw = random.Random(7)
    people["id"] = [str(uuid.UUID(int=draw.getrandbits(128), version=4)) for _ in people["name"]]
    entity = "COPY registry_entity (id, registry, attributes, provenance, records, digest, since_run, changed_run) FROM STDIN"
    identifier = "COPY registry_entityidentifier (registry, attribute, value, entity_id) FROM STDIN"
    columns = [people[c] for c in ("id", "number", "name", "birth", "area", "phone")]
    with connection.cursor() as cursor:
        with cursor.copy(entity) as copy:
            for id, number, name, born, area, phone in zip(*columns, strict=True):
                copy.write(
                    f'{id}\tpeople\t{{"id_number":"{number}","person_name":"{name}","birth_date":"{born}",'
                    f'"area_code":"{area}","phone":"{phone}"}}\t{{}}\t4\t\t1\t1\n'
                )
        with cursor.copy(identifier) as copy:
            for id, number in zip(people["id"], people["number"], strict=True):
                copy.write(f"people\tid_number\t{number}\t{id}\n")
        cursor.execute("ANALYZE registry_entity")
        cursor.execute("ANALYZE registry_entityidentifier")


def size() -> str:
    """The search table with its indexes, as the server says."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_size_pretty(pg_total_relation_size('registry_searchrow'))")
        return str(cursor.fetchone()[0])


def asked(people: dict[str, list[Any]], kind: str, nth: int, draw: random.Random) -> Any:
    """What somebody says of a person, wrong in one thing half of the time."""
    from xilin.kernel.registry.lookup import Facts

    name, born, area = people["name"][nth], people["birth"][nth], people["area"][nth][:6]
    phone, day = people["phone"][nth], f"{born}"
    wrong = draw.random()
    if wrong < 0.25:
        name = people["other"][nth]
    elif wrong < 0.4:
        day = (born + timedelta(days=1)).isoformat() if born.day % 10 != 9 else f"{born.year + 1}{day[4:]}"
    elif wrong < 0.5:
        phone = phone[:-1] + str((int(phone[-1]) + 1) % 10)
    return {
        "name, day": Facts(name=name, born=day),
        "name, day, area": Facts(name=name, born=day, area=area),
        "name, year, area": Facts(name=name, born=str(born.year), area=area),
        "name, area": Facts(name=name, area=area),
        "name, telephone": Facts(name=name, phone=phone),
        "telephone, day": Facts(born=day, phone=phone),
    }[kind]


USED: list[float] = []


def processor() -> float:
    """Seconds of processor time of this process and of the server's process that serves it."""
    from django.db import connection

    connection.ensure_connection()
    fields = (
        Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().rsplit(")", 1)[1].split()
    )
    return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds that an act took, and what it gave; the processor time when the first began is kept in USED."""
    if not USED:
        USED.append(processor())
    begun = time.perf_counter()
    found = act()
    return (time.perf_counter() - begun) * 1000, found


def told(name: str, took: list[float], bare: float | None, more: str = "") -> None:
    took.sort()
    used = (processor() - USED.pop()) * 1000 / len(took)
    p50, p99 = statistics.median(took), took[int(len(took) * 0.99)]
    ratio = f"  {p50 / bare:5.1f} times the bare SELECT" if bare else ""
    print(f"{name:18s} p50 {p50:7.2f} ms  p99 {p99:7.2f} ms  processor {used:5.2f} ms{ratio}{more}")


def measure(people: dict[str, list[Any]], count: int) -> None:
    """Look people up, each kind in its turn, and say how long it took and how many were found."""
    from django.db import connection

    from xilin.kernel.registry import lookup
    from xilin.kernel.registry.errors import TooManyFit

    draw = random.Random(11)

    def bare(nth: int) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT e.attributes FROM registry_entityidentifier i JOIN registry_entity e ON e.id = i.entity_id "
                "WHERE i.registry = 'people' AND i.attribute = 'id_number' AND i.value = %s",
                [people["number"][nth]],
            )
            return cursor.fetchone()

    def found(facts: Any) -> Any:
        try:
            return lookup.by_facts("people", facts)
        except TooManyFit:
            return None

    chosen = [draw.randrange(len(people["name"])) for _ in range(count)]
    for nth in chosen[:50]:  # once around, so that nothing is read for the first time
        bare(nth), lookup.by_identifier("people", people["number"][nth])
    plain = [timed(lambda nth=nth: bare(nth))[0] for nth in chosen]
    middle = statistics.median(plain)
    print(
        f"load of the machine {os.getloadavg()[0]:.1f}; {len(people['name']):,} people; {count} look-ups of each kind"
    )
    told("bare SELECT", plain, None)
    took = []
    for nth in chosen:
        lasted, answer = timed(lambda nth=nth: lookup.by_identifier("people", people["number"][nth]))
        assert people["id"][nth] in {str(one.entity.pk) for one in answer}
        took.append(lasted)
    told("identifier", took, middle)
    for kind in KINDS:
        took, outcome = [], Counter[str]()
        for nth in chosen:
            facts = asked(people, kind, nth, draw)
            lasted, answer = timed(lambda facts=facts: found(facts))
            took.append(lasted)
            ids = [str(one.entity.pk) for one in answer or ()]
            place = ids.index(people["id"][nth]) if people["id"][nth] in ids else -1
            outcome[
                "refused" if answer is None else "missed" if place < 0 else "first" if place == 0 else "found"
            ] += 1
        share = "  ".join(
            f"{what} {outcome[what] / count:.1%}" for what in ("first", "found", "missed", "refused")
        )
        told(kind, took, middle, f"  {share}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if sys.argv[1:] else 1.0, int(sys.argv[2]) if sys.argv[2:] else 1000)
