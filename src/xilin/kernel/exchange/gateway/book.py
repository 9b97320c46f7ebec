"""What the gateway knows by heart: keys, grants, resources and their tables, as of one moment.

It is read whole, replaced whole, and never changed: a call is judged by one book. That it is
current is the listener's work; that nothing dead is served even where it isn't is the desk's.
"""

import base64
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from django.utils.translation import get_language
from psycopg import AsyncConnection

from xilin.kernel.catalog.declarations import Item, Resource
from xilin.kernel.exchange.declarations import Mask, Purpose, identifying
from xilin.kernel.exchange.gateway.conditions import EVERY_ROW, Filter
from xilin.kernel.exchange.gateway.signatures import PublicKey
from xilin.kernel.exchange.keys import grant_key
from xilin.kernel.exchange.masks import Masker, hidden, masker
from xilin.kernel.exchange.models import Shape, Way
from xilin.kernel.registry.declarations import Registry
from xilin.kernel.standards.declarations import CodeList, Element
from xilin.lib.text import Text


@dataclass(frozen=True, slots=True)
class Key:
    """A key that was issued, in force or not, with the system and department it speaks for.

    A signing key has what its signatures are checked with in `public`, and its ID in `keyid`; a trial key is good
    for the grant of the number `trial` alone.
    """

    id: int
    client_id: int
    client: str
    department: str
    expires_at: datetime | None
    ended: bool
    keyid: str = ""
    public: PublicKey | None = None
    trial: str = ""

    def in_force(self, at: datetime) -> bool:
        """Whether calls may be made with it at a moment."""
        return not self.ended and (self.expires_at is None or at < self.expires_at)


@dataclass(frozen=True, slots=True)
class Held:
    """A grant as the gateway enforces it.

    `masks` has a function for each column the grant masks; `catalogue` the same with the catalogue's
    own masks beside them, for a masked answer under a grant of full fields. `rows` are the rows it covers,
    `least` how many must fit a list before one is answered. `found` keeps what was worked out of the grant and its
    resource as long as the book lasts.
    """

    id: int
    number: str
    provider: str
    shape: Shape
    purpose: str
    quota: int
    hours: tuple[int, int]
    valid_from: datetime
    valid_until: datetime
    revoked: bool
    columns: tuple[str, ...]
    masks: Mapping[str, Masker]
    catalogue: Mapping[str, Masker]
    match: bool = False
    delivery: Way = Way.CALL
    rows: Filter = EVERY_ROW
    listing: bool = False
    least: int = 10
    signed: bool = False
    found: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def in_force(self, at: datetime) -> bool:
        """Whether its term has begun and not ended and nobody revoked it."""
        return not self.revoked and self.valid_from <= at < self.valid_until


@dataclass(frozen=True, slots=True)
class Said:
    """Words that choose their language when they are written out."""

    words: Text

    def __str__(self) -> str:
        return self.words.of(get_language() or "")


@dataclass(frozen=True, slots=True)
class Served:
    """A resource: its items with their elements, and where its rows are.

    `table` is the published table. For a base resource `registry` names the registry and `attributes`
    says under which attribute each column stands in its golden records; `golden` is the registry's
    declaration and `facts` names the column of each fact that people are matched by. `identifying` has
    the columns whose values name one thing.
    """

    resource: Resource
    items: Mapping[str, Item]
    elements: Mapping[str, Element]
    table: str = ""
    registry: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    golden: Registry | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    identifying: frozenset[str] = frozenset()
    found: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def code(self) -> str:
        """The resource's code."""
        return self.resource.code

    @property
    def title(self) -> "Said":
        """The resource's name, in the language of whoever reads it later."""
        return Said(self.resource.name)

    @property
    def ready(self) -> bool:
        """Whether there are rows to look in."""
        return bool(self.resource.lookup and (self.table or self.registry))

    @property
    def matched(self) -> bool:
        """Whether people can be matched in it."""
        return bool(self.registry and self.facts)

    def shared(self, column: str) -> bool:
        """Whether the item is there and the catalogue lets it be shared at all."""
        item = self.items.get(column)
        return item is not None and (item.share_type or self.resource.share_type) != "denied"

    def looked_up(self, column: str, masked: Container[str]) -> bool:
        """Whether records are looked up by a column under a grant that masks these columns.

        By one that is masked and no identifier they aren't: found or not found, asked often enough, tells the value.
        """
        return column in self.resource.lookup and (column not in masked or column in self.identifying)

    def is_status(self, column: str) -> bool:
        """Whether an item says a state: its element's code ends with `_status` and has a code list."""
        element = self.elements[column]
        return element.code.endswith("_status") and bool(element.code_list)


@dataclass(frozen=True, slots=True)
class Book:
    """Everything calls are judged by."""

    keys: Mapping[str, Key]
    grants: Mapping[tuple[int, str], tuple[Held, ...]]
    resources: Mapping[str, Served]
    purposes: Mapping[str, Purpose]
    code_lists: Mapping[str, CodeList]
    signers: Mapping[str, Key] = field(default_factory=dict)


EMPTY = Book({}, {}, {}, {}, {})
KINDS: dict[str, Any] = {
    "element": Element,
    "mask": Mask,
    "purpose": Purpose,
    "resource": Resource,
    "registry": Registry,
    "code_list": CodeList,
}
_DECLARED = """
    SELECT kind, code, content::text FROM standards_declaration
    WHERE until_id IS NULL AND kind = ANY(%s)
"""
_KEYS = """
    SELECT k.digest, k.id, c.id, c.code, d.code, k.expires_at,
           k.revoked_at IS NOT NULL OR c.retired_at IS NOT NULL OR d.retired
    FROM exchange_clientkey k
    JOIN exchange_client c ON c.id = k.client_id
    JOIN accounts_department d ON d.id = c.department_id
"""
_SIGNERS = """
    SELECT s.keyid, s.id, c.id, c.code, d.code, s.expires_at,
           s.revoked_at IS NOT NULL OR c.retired_at IS NOT NULL OR d.retired, s.algorithm, s.public,
           coalesce(g.number, '')
    FROM exchange_signingkey s
    LEFT JOIN exchange_grant g ON g.id = s.trial_of_id
    JOIN exchange_client c ON c.id = s.client_id
    JOIN accounts_department d ON d.id = c.department_id
"""
_GRANTS = """
    SELECT g.client_id, r.code, g.id, g.number, p.code, g.shape, g.purpose, g.quota_per_day, g.hour_from,
           g.hour_to, g.valid_from, g.valid_until, g.revoked_at IS NOT NULL, g.match,
           g.delivery, g.row_filter::text, g.listing, g.least, g.signed, g.keyed, o.code,
           array(SELECT i.column FROM exchange_grantitem i WHERE i.grant_id = g.id ORDER BY i.position),
           array(SELECT i.mask FROM exchange_grantitem i WHERE i.grant_id = g.id ORDER BY i.position)
    FROM exchange_grant g
    JOIN catalog_resource r ON r.id = g.resource_id
    JOIN accounts_department p ON p.id = g.provider_id
    JOIN accounts_department o ON o.id = g.department_id
    ORDER BY g.valid_from DESC, g.id DESC
"""
_PUBLISHED = """
    SELECT resource, "table" FROM exchange_publication WHERE state = 'current'
"""


async def read(connection: AsyncConnection[Any], home: Path) -> Book:
    """Read everything in one snapshot of the database."""
    async with connection.transaction(), connection.cursor() as cursor:
        await cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        await cursor.execute(_DECLARED, [list(KINDS)])
        declared = _typed(await cursor.fetchall())
        await cursor.execute(_KEYS)
        keys = {digest: Key(*rest) for digest, *rest in await cursor.fetchall()}
        await cursor.execute(_SIGNERS)
        signers = {keyid: _signer(keyid, *rest) for keyid, *rest in await cursor.fetchall()}
        await cursor.execute(_GRANTS)
        grants = await cursor.fetchall()
        await cursor.execute(_PUBLISHED)
        tables = dict(await cursor.fetchall())
    return Book(
        keys=keys,
        grants=_held(grants, declared, home),
        resources=_served(declared, tables),
        purposes=declared["purpose"],
        code_lists=declared["code_list"],
        signers=signers,
    )


def of_grants(cursor: Any, home: Path) -> Book:
    """The book without keys, read by a cursor of whoever describes grants and judges no calls."""
    cursor.execute(_DECLARED, [list(KINDS)])
    declared = _typed(cursor.fetchall())
    cursor.execute(_GRANTS)
    grants = cursor.fetchall()
    cursor.execute(_PUBLISHED)
    tables = dict(cursor.fetchall())
    return Book(
        {},
        _held(grants, declared, home),
        _served(declared, tables),
        declared["purpose"],
        declared["code_list"],
    )


def _signer(
    keyid: str,
    id_: int,
    client_id: int,
    client: str,
    department: str,
    expires_at: datetime | None,
    ended: bool,
    algorithm: str,
    public: str,
    trial: str,
) -> Key:
    key = PublicKey(algorithm, base64.b64decode(public))
    return Key(id_, client_id, client, department, expires_at, ended, keyid, key, trial)


def _typed(rows: list[tuple[str, str, str]]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
    for kind, code, content in rows:
        found[kind][code] = msgspec.json.decode(content, type=KINDS[kind], strict=False)
    return found


def _held(
    rows: list[Any], declared: Mapping[str, Mapping[str, Any]], home: Path
) -> dict[tuple[int, str], tuple[Held, ...]]:
    """The grants of each client and resource, the newest first."""
    found: dict[tuple[int, str], list[Held]] = {}
    for client, code, id_, number, provider, shape, purpose, quota, first, last, *rest in rows:
        valid_from, valid_until, revoked, match, *rest = rest
        way, conditions, listing, least, signed, keyed, department, columns, names = rest
        resource: Resource | None = declared["resource"].get(code)
        own = {column: name for column, name in zip(columns, names, strict=True) if name}
        usual = {item.key: item.mask for item in resource.item if item.mask} if resource else {}
        # Without a key of its own a grant shares its department's: what two departments got never joins.
        key = grant_key(home, number if keyed else f"department/{department}")
        held = Held(
            id_, number, provider, Shape(shape), purpose, quota, (first, last), valid_from, valid_until, revoked,
            tuple(columns), _maskers(own, declared["mask"], key), _maskers(usual | own, declared["mask"], key), match,
            Way(way), Filter(tuple(msgspec.json.decode(conditions))), listing, least, signed,
        )  # fmt: skip
        found.setdefault((client, code), []).append(held)
    return {key: tuple(grants) for key, grants in found.items()}


def _maskers(names: Mapping[str, str], masks: Mapping[str, Mask], key: bytes) -> dict[str, Masker]:
    """The function of each named mask; a mask that is declared no more hides all."""
    return {column: masker(masks[name], key) if name in masks else hidden for column, name in names.items()}


def _served(declared: Mapping[str, Mapping[str, Any]], tables: Mapping[str, str]) -> dict[str, Served]:
    served = {}
    for code, resource in declared["resource"].items():
        registry = declared["registry"].get(resource.registry) if resource.base else None
        attributes = _attributes(resource, registry) if registry else {}
        columns = {attribute: column for column, attribute in attributes.items()}
        search = registry.search.facts() if registry and registry.search else {}
        served[code] = Served(
            resource=resource,
            items={item.key: item for item in resource.item},
            elements={item.key: declared["element"][item.element] for item in resource.item},
            table="" if resource.base else tables.get(code, ""),
            registry=registry.code if registry else "",
            attributes=attributes,
            golden=registry,
            facts={fact: columns[attribute] for fact, attribute in search.items() if attribute in columns},
            identifying=identifying(resource, declared["element"], declared["registry"].values()),
        )
    return served


def _attributes(resource: Resource, registry: Registry) -> dict[str, str]:
    """Under which attribute of golden records each column stands: of its own name, or taken from it."""
    by_column = {attribute.key: attribute.code for attribute in registry.attribute}
    return {
        item.key: item.key if item.key in registry.codes else by_column[item.key]
        for item in resource.item
        if item.key in registry.codes or item.key in by_column
    }
