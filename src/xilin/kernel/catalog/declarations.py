"""What a league folder says about resources and their items, their classes, and who reviews the catalogue.

Source: 政务信息资源目录编制指南（试行）2017, the 13 core metadata; GB/T 21063.
"""

from collections.abc import Iterable
from datetime import date
from typing import Literal

from msgspec import Struct

from xilin.kernel.accounts.declarations import known_department
from xilin.kernel.catalog import codes
from xilin.kernel.standards.declarations import Code, Name
from xilin.lib.declared import Declared, Fault, Kind, League
from xilin.lib.text import Text

ShareType = Literal["unconditional", "conditional", "denied"]


class Class(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """类 项 目 细目 One class of the catalogue: its digits are those of the class above with more behind them.

    `confirmed` is false where the digits are a region's or known from memory, not read in the guide.
    """

    code: str
    name: Name
    source: str = ""
    confirmed: bool = False


class Authority(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """主管部门 The department that reviews and publishes the catalogue (Order 809, article 16)."""

    code: Code
    department: str
    basis: Text = Text(zh="")


class Contact(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """联系方式 The office to ask about a resource: an office's name and numbers, never a person's own."""

    name: Text
    telephone: str = ""
    email: str = ""


class Item(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """信息项 One column of a resource, bound to a data element.

    `column` is its name in tables and answers; the element's code where it is empty.
    A value that breaks a rule of the element sends the row to quarantine, or, with
    `on_invalid = "flag"`, is emptied, kept beside as found and counted. `one_source` marks
    this item as the one source of its element (一数一源; Order 809, article 19): one item at most.
    `optional`: records may rightly have no value (a death date), so an empty one is not incomplete.
    `share_basis`: why this item's share type is another than the resource's.
    """

    element: str
    column: str = ""
    name: Name | None = None
    required: bool = False
    on_invalid: Literal["quarantine", "flag"] = "quarantine"
    share_type: ShareType | None = None
    mask: str = ""
    open: bool = False
    one_source: bool = False
    optional: bool = False
    share_basis: Text = Text(zh="")

    @property
    def key(self) -> str:
        """The column's name."""
        return self.column or self.element


class Resource(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """信息资源 A catalogue entry; numbers below are the fields of the 2017 guide.

    1 `classification` (类 项 目 细目), 2 `name`, 3 `catalogue_code`, 4 and 5 `provider`
    (department; its USCC), 6 `summary`, 7 `format`, 8 `item`, 9 `share_*`, 10 `open*`,
    11 `update_cycle`, 12 `published`, 13 `related`.

    Beyond the guide: `key` are the columns that tell records of one source apart;
    `lookup` the columns by which the gateway may look a record up; `registry` the base
    registry that the records feed; `base` is true where the resource *is* a base
    registry's golden records, which no source feeds directly; `area_column` and
    `time_column` are what indicators break down by.
    """

    code: Code
    catalogue_code: str
    name: Name
    provider: str
    summary: Text
    classification: tuple[str, ...]
    format: Literal["file", "spreadsheet", "database", "image", "stream", "self_described", "service"]
    share_type: ShareType
    update_cycle: Literal["realtime", "daily", "weekly", "monthly", "quarterly", "yearly"]
    published: date
    item: tuple[Item, ...]
    share_mode: Literal["table", "file", "service"] = "service"
    share_condition: Text = Text(zh="")
    share_basis: Text = Text(zh="")
    open: bool = False
    open_condition: Text = Text(zh="")
    related: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    lookup: tuple[str, ...] = ()
    registry: str = ""
    base: bool = False
    area_column: str = ""
    time_column: str = ""
    contact: Contact | None = None

    def column(self, key: str) -> Item:
        """The item with this column name; KeyError where there is none."""
        for item in self.item:
            if item.key == key:
                return item
        raise KeyError(key)


def _references(declared: Declared[Resource], league: League) -> Iterable[Fault]:
    yield from alone(declared, league)
    yield from _one_source(declared, league)
    yield from _elsewhere(declared, league)


def alone(declared: Declared[Resource], league: League) -> Iterable[Fault]:
    """What is wrong with an entry without looking at other entries; the desk checks by the same words."""
    value: Resource = declared.value
    if value.provider not in league.all("department"):
        yield declared.fault(
            "provider",
            zh=f"提供方“{value.provider}”不存在。",
            en=f"There is no department {value.provider}.",
            allowed=league.codes("department"),
        )
    for index, item in enumerate(value.item):
        if item.element not in league.all("element"):
            yield declared.fault(
                "item",
                index,
                "element",
                zh=f"信息项引用的数据元“{item.element}”不存在。",
                en=f"The item refers to data element {item.element}, which doesn't exist.",
                allowed=league.codes("element"),
            )
        if item.mask and item.mask not in league.all("mask"):
            yield declared.fault(
                "item",
                index,
                "mask",
                zh=f"脱敏规则“{item.mask}”不存在。",
                en=f"There is no mask {item.mask}.",
                allowed=league.codes("mask"),
            )
    yield from _columns(declared)
    yield from _classified(declared, league)
    if value.share_type == "denied" and not value.share_basis.zh:
        yield declared.fault(
            "share_type",
            zh="不予共享必须写明依据（share_basis）。",
            en="Denied sharing needs its legal basis (share_basis).",
        )
    for index, item in enumerate(value.item):
        if item.share_type == "denied" and not (item.share_basis.zh or value.share_basis.zh):
            yield declared.fault(
                "item",
                index,
                "share_type",
                zh=f"信息项“{item.key}”不予共享，必须写明依据（share_basis）。",
                en=f"Item {item.key} is not shared: that needs its legal basis (share_basis).",
            )
    if value.registry and value.registry not in league.all("registry"):
        yield declared.fault(
            "registry",
            zh=f"基础库“{value.registry}”不存在。",
            en=f"There is no base registry {value.registry}.",
            allowed=league.codes("registry"),
        )


def _classified(declared: Declared[Resource], league: League) -> Iterable[Fault]:
    """类项目细目 The code is well formed, and its class is the one the classification names."""
    value: Resource = declared.value
    parted = codes.parted(value.catalogue_code)
    if parted is None:
        yield declared.fault(
            "catalogue_code",
            zh=f"信息资源代码“{value.catalogue_code}”不是“类项目细目/顺序码”的形式。",
            en=f"Catalogue code {value.catalogue_code} is not of the form class digits/sequence number.",
            allowed=codes.FORM,
        )
        return
    classes = {code: one.value for code, one in league.all("catalogue_class").items()}
    if not classes:
        return
    if parted.digits not in classes:
        yield declared.fault(
            "catalogue_code",
            zh=f"分类表中没有“{parted.digits}”。",
            en=f"There is no class {parted.digits}.",
            allowed=league.codes("catalogue_class"),
        )
        return
    path = tuple(classes[code].name.zh for code in codes.path(parted.digits) if code in classes)
    if value.classification != path:
        yield declared.fault(
            "classification",
            zh=f"分类“{' / '.join(value.classification)}”与代码“{parted.digits}”不符。",
            en=f"Classification {' / '.join(value.classification)} is not that of class {parted.digits}.",
            allowed=" / ".join(path),
        )


def _elsewhere(declared: Declared[Resource], league: League) -> Iterable[Fault]:
    """The resources it is related to, and its code in the catalogue."""
    value: Resource = declared.value
    known = {other.value.catalogue_code: code for code, other in sorted(league.all("resource").items())}
    for index, related in enumerate(value.related):
        if related not in known and related not in league.all("resource"):
            yield declared.fault(
                "related",
                index,
                zh=f"关联的信息资源“{related}”不存在。",
                en=f"There is no resource {related} to be related to.",
                allowed=league.codes("resource"),
            )
    first = min(
        code
        for code, other in league.all("resource").items()
        if other.value.catalogue_code == value.catalogue_code
    )
    if first != declared.code:
        yield declared.fault(
            "catalogue_code",
            zh=f"信息资源代码“{value.catalogue_code}”已由“{first}”使用。",
            en=f"Catalogue code {value.catalogue_code} is that of {first} already.",
        )


def _columns(declared: Declared[Resource]) -> Iterable[Fault]:
    value: Resource = declared.value
    columns = [item.key for item in value.item]
    for index, column in enumerate(columns):
        if column in columns[:index]:
            yield declared.fault(
                "item",
                index,
                zh=f"信息项“{column}”重复。",
                en=f"Item {column} stands twice; give one a `column`.",
            )
    for name in ("key", "lookup"):
        for column in getattr(value, name):
            if column not in columns:
                yield declared.fault(
                    name,
                    zh=f"“{column}”不是信息项。",
                    en=f"{column} is not an item.",
                    allowed=", ".join(columns),
                )
    for name in ("area_column", "time_column"):
        column = getattr(value, name)
        if column and column not in columns:
            yield declared.fault(
                name, zh=f"“{column}”不是信息项。", en=f"{column} is not an item.", allowed=", ".join(columns)
            )
    if not value.base and not value.key:
        yield declared.fault(
            zh="缺少 key：用哪些信息项区分记录。",
            en="`key` is missing: which items tell records apart.",
            allowed=", ".join(columns),
        )


def _one_source(declared: Declared[Resource], league: League) -> Iterable[Fault]:
    """Of the items that claim to be the one source of an element, all but the first by code are faults."""
    claims = {
        (item.element, code)
        for code, other in league.all("resource").items()
        for item in other.value.item
        if item.one_source
    }
    for index, item in enumerate(declared.value.item):
        first = min((code for element, code in claims if element == item.element), default="")
        if item.one_source and first != declared.code:
            yield declared.fault(
                "item",
                index,
                "one_source",
                zh=f"数据元“{item.element}”已由“{first}”声明为唯一来源。",
                en=f"{first} is declared the one source of data element {item.element} already.",
                allowed=first,
            )


def _class(declared: Declared[Class], league: League) -> Iterable[Fault]:
    code = declared.code
    if codes.level(code) == 0:
        yield declared.fault(
            "code",
            zh=f"分类代码“{code}”位数不对。",
            en=f"Class {code} has a wrong number of digits.",
            allowed=codes.FORM,
        )
        return
    above = codes.path(code)[:-1]
    if above and above[-1] not in league.all("catalogue_class"):
        yield declared.fault(
            "code", zh=f"缺少上级分类“{above[-1]}”。", en=f"The class above it, {above[-1]}, is missing."
        )


CLASS = Kind(
    "catalogue_class",
    Text(zh="目录分类", en="Class of the catalogue"),
    Class,
    "catalogue/classes.toml",
    "class",
    check=_class,
)
AUTHORITY = Kind(
    "catalogue_authority",
    Text(zh="目录主管部门", en="Authority of the catalogue"),
    Authority,
    "catalogue/authority.toml",
    check=known_department,
)
RESOURCE = Kind(
    "resource", Text(zh="信息资源", en="Resource"), Resource, "resources/*.toml", check=_references
)
