"""变化 What changed in a resource from one state of the lake to the next, kept under rising numbers.

A followed resource has a table in the schema `changes`: one row a change, with the record's values before (`o_…`)
and after (`n_…`). DuckDB finds them set-wise between two states, reading only the sources whose files differ, and the
rows that a correction was laid on or taken off; one transaction writes them and moves the resource on. So numbers rise in the order of commits, without gaps, and what
a crash interrupts is found again.

What of a change a grant may know is decided when it is read: the row filter before and after says whether a record
came into view, changed in it or left it, and only granted items count, as they are shown.
"""

import base64
import hashlib
import hmac
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error, connection, transaction
from django.utils import timezone
from psycopg import sql

from xilin.kernel.exchange import bulk, filters, watermark
from xilin.kernel.exchange import delivery_errors as errors
from xilin.kernel.exchange import delivery_scope as scopes
from xilin.kernel.exchange.bulk import State
from xilin.kernel.exchange.delivery_models import Followed, Step, Subscription
from xilin.kernel.exchange.exporting import Scope
from xilin.kernel.exchange.keys import secret
from xilin.kernel.exchange.masks import Masker, hidden, masker
from xilin.kernel.exchange.publishing import TYPES, as_csv
from xilin.kernel.exchange.watermark import quoted
from xilin.kernel.lake import engine
from xilin.kernel.lake.errors import SnapshotGone
from xilin.kernel.standards.queries import declared

SCHEMA = "changes"
CHUNK = 50_000
FIXED = ("seq", "source", "key", "was", "now")
MAC = 10


@dataclass(frozen=True, slots=True)
class Page:
    """Changes for a grant in order; `seq` is where to go on, `more` whether changes are left beyond it."""

    changes: tuple[dict[str, Any], ...]
    epoch: int
    seq: int
    more: bool


# Following


def follow(code: str, *, at: datetime) -> Followed:
    """Begin to follow a resource at the state that is in force, unless it is followed already."""
    told = scopes.resource(code)
    with _alone(code):
        found = Followed.objects.filter(resource=told.code).first()
        if found is not None:
            return found
        now = bulk.state(told.code, at=at)
        with transaction.atomic():
            _drop(told.code)
            _table(told.code)
            found = Followed(resource=told.code)
            _move(found, now, at)
            _step(found, at)
        return found


def behind() -> list[str]:
    """Followed resources whose rows in force are another state than was told."""
    return [one.resource for one in Followed.objects.all() if bulk.moved(one.resource, _told(one))]


def _told(followed: Followed) -> State:
    """The state that was told last."""
    return State(followed.snapshot, tuple(followed.sources), tuple(followed.overlays))


def _move(followed: Followed, now: State, at: datetime) -> None:
    followed.snapshot, followed.moved_at = now.snapshot, at
    followed.sources, followed.overlays = list(now.sources), list(now.overlays)
    followed.save()


def advance(code: str, *, at: datetime) -> int:
    """Find out and keep what changed in a resource since it was looked at; how many changes.

    Where the lake no longer keeps the state that was told last, the sequence begins anew: subscribers are told
    to take the whole state.
    """
    with _alone(code):
        followed = Followed.objects.filter(resource=code).first()
        if followed is None:
            return 0
        now = bulk.state(code, at=at)
        if now == _told(followed):
            return 0
        con = engine.connect(settings.MEMORY_MB)
        try:
            query = _differences(con, followed, now)
        except SnapshotGone:
            return _anew(followed, now, at)
        else:
            return _keep(con, query, followed, now, at)
        finally:
            con.disconnect()


def _differences(con: Any, followed: Followed, now: State) -> str:
    """A query of what differs between the state told last and the one in force."""
    code, told = followed.resource, _told(followed)
    there = bulk.files(code, told), bulk.files(code, now)
    differ = {part for part in there[0].keys() | there[1].keys() if there[0].get(part) != there[1].get(part)}
    laid = set(told.overlays) ^ set(now.overlays)
    if len(laid) > bulk.FEW:
        differ, laid = there[0].keys() | there[1].keys(), set()
    names = list(_columns(code))
    old, new = (_state(con, code, one, differ, laid, names) for one in (told, now))
    if old is None and new is None:
        return ""
    old, new = old or f"SELECT * FROM ({new}) WHERE false", new or f"SELECT * FROM ({old}) WHERE false"  # noqa: S608
    values = "".join(f", o.{quoted(one)} AS {quoted('o_' + one)}" for one in names) + "".join(
        f", n.{quoted(one)} AS {quoted('n_' + one)}" for one in names
    )
    changed = " OR ".join(f"o.{quoted(one)} IS DISTINCT FROM n.{quoted(one)}" for one in names) or "false"
    return (  # names are declared and quoted
        f"SELECT {followed.seq} + row_number() OVER () AS seq, coalesce(o._source, n._source) AS source, "  # noqa: S608
        f"coalesce(o._key, n._key) AS key, o._key IS NOT NULL AS was, n._key IS NOT NULL AS now{values} "
        f"FROM ({old}) o FULL JOIN ({new}) n ON o._source = n._source AND o._key = n._key "
        f"WHERE o._key IS NULL OR n._key IS NULL OR {changed}"
    )


def _state(
    con: Any, code: str, state: State, differ: Collection[str], laid: Collection[int], names: Sequence[str]
) -> str | None:
    """A query of the rows of a state: of these sources, and of the others those that these corrections are about."""
    parts = [bulk.rows(con, code, state, sources=differ)]
    rest = set(state.sources) - set(differ)
    if laid and rest:
        parts.append(bulk.rows(con, code, state, sources=rest, of=laid))
    texts = [str(con.compile(one.select("_source", "_key", *names))) for one in parts if one is not None]
    return " UNION ALL ".join(f"SELECT * FROM ({text})" for text in texts) or None  # noqa: S608 - as above


@transaction.atomic
def _keep(con: Any, query: str, followed: Followed, now: State, at: datetime) -> int:
    """Write changes and move on, or neither."""
    count = 0
    if query:
        names = _table(followed.resource)
        columns = [*FIXED, *(f"{side}_{one}" for side in "on" for one in names)]
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
            place(followed.resource), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for batch in con.con.execute(query).to_arrow_reader(CHUNK):
                copy.write(as_csv(batch.select(columns)))
                count += batch.num_rows
    followed.seq += count
    _move(followed, now, at)
    _step(followed, at)
    return count


@transaction.atomic
def _anew(followed: Followed, now: State, at: datetime) -> int:
    _drop(followed.resource)
    _table(followed.resource)
    followed.epoch, followed.seq, followed.floor = followed.epoch + 1, 0, 0
    _move(followed, now, at)
    _step(followed, at)
    return 0


def _step(followed: Followed, at: datetime) -> None:
    Step.objects.create(
        resource=followed.resource,
        epoch=followed.epoch,
        seq=followed.seq,
        snapshot=followed.snapshot,
        at=at,
    )


def forget(at: datetime) -> int:
    """Let go of changes older than they are kept, and of resources that nobody is subscribed to; how many changes."""
    gone, before = 0, at - timedelta(days=settings.FEED_DAYS)
    for one in Followed.objects.all():
        with _alone(one.resource), transaction.atomic():
            followed = Followed.objects.select_for_update().get(pk=one.pk)
            steps = Step.objects.filter(resource=followed.resource, epoch=followed.epoch, at__lt=before)
            floor = max([followed.floor, *steps.values_list("seq", flat=True)])
            with connection.cursor() as cursor:
                cursor.execute(
                    sql.SQL("DELETE FROM {} WHERE seq <= %s").format(place(followed.resource)), [floor]
                )
                gone += cursor.rowcount
                living = Subscription.objects.exclude(state=Subscription.State.ENDED)
                if not living.filter(grant__resource__code=followed.resource).exists():
                    _drop(followed.resource)
                    Step.objects.filter(resource=followed.resource).delete()
                    followed.delete()
                    continue
            Step.objects.filter(resource=followed.resource, seq__lt=floor).delete()
            followed.floor = floor
            followed.save(update_fields=["floor"])
    return gone


# The table


def place(resource: str) -> sql.Composable:
    """A resource's table of changes as an identifier of SQL."""
    return sql.Identifier(SCHEMA, resource)


def _drop(resource: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(place(resource)))


def _columns(resource: str) -> dict[str, str]:
    """The items that may be shared at all, with their types in the table."""
    told, elements = scopes.resource(resource), declared("element")
    return {
        item.key: TYPES[elements[item.element].type]
        for item in told.item
        if (item.share_type or told.share_type) != "denied"
    }


def _table(resource: str) -> list[str]:
    """Make a resource's table where it isn't there, and give it columns for items that are new; the items.

    A column whose item changed its type is begun anew: values of before are of a type that nobody compares with.
    """
    columns = _columns(resource)
    wanted = {f"{side}_{name}": kind for side in "on" for name, kind in columns.items()}
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "CREATE TABLE IF NOT EXISTS {} (seq bigint PRIMARY KEY, source text NOT NULL, key text NOT NULL, "
                "was boolean NOT NULL, now boolean NOT NULL)"
            ).format(place(resource))
        )
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = %s AND table_name = %s",
            [SCHEMA, resource],
        )
        there = dict(cursor.fetchall())
        for name, kind in wanted.items():
            plain = {"timestamptz": "timestamp with time zone"}.get(kind, kind.split(" ")[0])
            if name in there and there[name] != plain:
                cursor.execute(
                    sql.SQL("ALTER TABLE {} DROP COLUMN {}").format(place(resource), sql.Identifier(name))
                )
            if there.get(name) != plain:
                cursor.execute(
                    sql.SQL("ALTER TABLE {} ADD COLUMN {} {}").format(
                        place(resource), sql.Identifier(name), sql.SQL(kind)
                    )
                )
    return list(columns)


@contextmanager
def _alone(code: str) -> Iterator[None]:
    """Hold the lock of a resource's sequence; it goes with the session, so a crash can't keep it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('xilin.changes'), hashtext(%s))", [code])
    try:
        yield
    finally:
        with suppress(Error), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('xilin.changes'), hashtext(%s))", [code])


# Reading


def page(scope: Scope, *, after: int, most: int, upto: int | None = None) -> Page:
    """The changes after a number that a grant may know, `most` at the most, none beyond `upto`."""
    followed = Followed.objects.get(resource=scope.resource)
    end = followed.seq if upto is None else min(upto, followed.seq)
    rows = _rows(scope, after, end, most)
    seq = int(rows[-1][0]) if len(rows) == most else end
    show = _shower(scope)
    changes = tuple(change for row in rows if (change := show(row, followed.epoch)) is not None)
    return Page(changes, followed.epoch, max(seq, after), max(seq, after) < end)


def _rows(scope: Scope, after: int, end: int, most: int) -> list[Any]:
    if most <= 0:
        return []
    names = list(scope.columns)
    before, now = _fits("o", scope), _fits("n", scope)
    sides = {
        side: sql.SQL(", ").join(sql.Identifier(f"{side}_{name}") for name in names) or sql.SQL("NULL")
        for side in "on"
    }
    statement = sql.SQL(
        "SELECT * FROM (SELECT seq, source, key, was AND {before} AS before, now AND {after} AS after, "
        "{old}, {new} FROM {table} WHERE seq > %s AND seq <= %s "
        "AND ((was AND {before}) OR (now AND {after})) "
        "AND NOT (was AND now AND {before} AND {after} AND ROW({old}) IS NOT DISTINCT FROM ROW({new}))) found "
        "ORDER BY seq LIMIT %s"
    ).format(before=before.text, after=now.text, old=sides["o"], new=sides["n"], table=place(scope.resource))
    both = [*before.values, *now.values]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*both, after, end, *both, *both, most])
        return list(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class _Fits:
    """A row filter as SQL with its parameters."""

    text: sql.Composable
    values: tuple[Any, ...]


def _fits(side: str, scope: Scope) -> _Fits:
    """A condition that a record's values of one side fit the row filter; FilterNotUsable where an item is gone."""
    texts: list[sql.Composable] = [sql.SQL("true")]
    values: list[Any] = []
    forms = {
        "eq": "{} = %s",
        "in": "{} = ANY(%s)",
        "prefix": "starts_with({}, %s)",
        "ge": "{} >= %s",
        "le": "{} <= %s",
    }
    shareable = _columns(scope.resource)
    for one in scope.conditions:
        column, op = one["column"], one["op"]
        if column not in shareable:
            raise errors.FilterNotUsable(column=column)
        kind = scope.kinds[column]
        texts.append(sql.SQL(forms[op]).format(sql.Identifier(f"{side}_{column}")))
        found = [filters.typed(kind, value) for value in (one["value"] if op == "in" else [one["value"]])]
        values.append([_exact(value) for value in found] if op == "in" else _exact(found[0]))
    return _Fits(
        sql.SQL("coalesce({}, false)").format(sql.SQL(" AND ").join(texts)),
        tuple(values),
    )


def _exact(value: Any) -> Any:
    """A number as the table's numeric columns compare it."""
    return Decimal(str(value)) if isinstance(value, float) else value


def _shower(scope: Scope) -> Callable[[Any, int], dict[str, Any] | None]:
    """A function that makes a change of a row as the grant shows it; None where nothing shows."""
    masks: dict[str, Masker] = {
        column: masker(mask, scope.key) if mask is not None else hidden
        for column, mask in scope.masks.items()
    }
    width = len(scope.columns)
    row_key, tag = watermark.row_key(scope.mark, scope.grant), watermark.tag(scope.mark, scope.grant)

    def values(row: Sequence[Any]) -> dict[str, Any]:
        return {
            column: masks[column](value) if column in masks else plain(value)
            for column, value in zip(scope.columns, row, strict=True)
        }

    def show(row: Sequence[Any], epoch: int) -> dict[str, Any] | None:
        seq, source, key, before, after, *rest = row
        old = values(rest[:width]) if before else None
        new = values(rest[width : 2 * width]) if after else None
        if old == new:
            return None
        digest = hashlib.md5(f"{row_key}{source}|{key}".encode(), usedforsecurity=False).hexdigest()
        change = {
            "id": f"{epoch}.{seq}",
            "op": "delete" if new is None else "insert" if old is None else "update",
            "row": str(uuid.UUID(tag + digest[watermark.TAG :])),
        }
        return change if new is None else change | {"values": new}

    return show


def plain(value: Any) -> Any:
    """A value as JSON holds it without loss: decimals as text, times in the platform's zone."""
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return format(value.normalize(), "f") if isinstance(value, Decimal) else value


# Cursors


def cursor(subscription: str, epoch: int, seq: int) -> str:
    """Where a subscription stands, in a form that only says so to whoever made it."""
    said = f"{epoch}.{seq}".encode()
    return base64.urlsafe_b64encode(_mac(subscription, said) + said).decode().rstrip("=")


def read_cursor(subscription: str, text: str) -> tuple[int, int]:
    """Epoch and number that a cursor says; CursorWrong where it wasn't made for this subscription."""
    try:
        found = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        epoch, seq = (int(part) for part in found[MAC:].split(b"."))
    except ValueError:
        raise errors.CursorWrong from None
    if not hmac.compare_digest(found[:MAC], _mac(subscription, found[MAC:])):
        raise errors.CursorWrong
    return epoch, seq


def _mac(subscription: str, said: bytes) -> bytes:
    key = secret(Path(settings.HOME), "cursors")
    return hmac.digest(key, subscription.encode() + b"/" + said, hashlib.sha256)[:MAC]


def apply(copy: Mapping[str, Any], changes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A subscriber's copy, by row, after changes: what every subscriber does with them."""
    found = dict(copy)
    for change in changes:
        if change["op"] == "delete":
            found.pop(change["row"], None)
        else:
            found[change["row"]] = change["values"]
    return found
