"""What a linking needs to know: the declaration, the types of its attributes, the rank of its sources."""

from dataclasses import dataclass, field
from typing import Any

from xilin.kernel.registry.declarations import PART, Attribute, Registry

SQL_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMP",
}
SOUND_LEVELS = {"sounds_same", "sounds_within"}
TOKEN_LEVELS = {"shares_token", "jaccard", "rare_words"}


def name(text: str) -> str:
    """An identifier quoted for DuckDB."""
    return '"' + text.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as a DuckDB literal."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Spec:
    """A registry's declaration with what it takes from others.

    Args:
        registry: the declaration.
        types: element type of each attribute; text where it is not named.
        authority: rank of each source, higher is better; 50 where it is not named.
    """

    registry: Registry
    types: dict[str, str] = field(default_factory=dict)
    authority: dict[str, int] = field(default_factory=dict)

    def attribute(self, code: str) -> Attribute:
        """An attribute by its code."""
        return next(a for a in self.registry.attribute if a.code == code)

    def written(self, code: str) -> Attribute:
        """The attribute whose form an attribute's values are compared in: mostly its own."""
        attribute = self.attribute(code)
        return self.attribute(attribute.form_of) if attribute.form_of else attribute

    def sql_type(self, code: str) -> str:
        """The DuckDB type of an attribute's values."""
        return SQL_TYPES[self.types.get(code, "string")]

    @property
    def identifiers(self) -> tuple[str, ...]:
        """The attributes that decide alone."""
        return tuple(identifier.attribute for identifier in self.registry.identifier)

    @property
    def matched(self) -> tuple[str, ...]:
        """Attributes that comparisons, blocks, guards or repairs look at, in declared order."""
        registry = self.registry
        used = {c.attribute for c in registry.comparison}
        used |= {level.other for c in registry.comparison for level in c.level if level.other}
        used |= {part.attribute for block in registry.blocks for part in map(BlockPart.read, block)}
        used |= {a for i in registry.identifier for a in (*i.guard, *i.repair)}
        return tuple(code for code in registry.codes if code in used)

    @property
    def used(self) -> tuple[str, ...]:
        """Identifiers and matched attributes, in declared order."""
        wanted = {*self.identifiers, *self.matched}
        return tuple(code for code in self.registry.codes if code in wanted)

    @property
    def sounded(self) -> tuple[str, ...]:
        """Matched attributes whose pinyin is needed."""
        used = {
            c.attribute for c in self.registry.comparison if SOUND_LEVELS & {level.kind for level in c.level}
        }
        used |= {
            part.attribute
            for block in self.registry.blocks
            for part in map(BlockPart.read, block)
            if part.function == "pinyin"
        }
        return tuple(code for code in self.matched if code in used)

    @property
    def tokened(self) -> tuple[str, ...]:
        """Matched attributes whose words are needed."""
        used = {
            c.attribute for c in self.registry.comparison if TOKEN_LEVELS & {level.kind for level in c.level}
        }
        used |= {
            part.attribute
            for block in self.registry.blocks
            for part in map(BlockPart.read, block)
            if part.function == "token"
        }
        return tuple(code for code in self.matched if code in used)

    @property
    def weighed(self) -> tuple[str, ...]:
        """Matched attributes whose words weigh the more the rarer they are."""
        used = {
            c.attribute
            for c in self.registry.comparison
            if any(level.kind == "rare_words" for level in c.level)
        }
        return tuple(code for code in self.matched if code in used)

    @property
    def parameters(self) -> dict[str, Any]:
        """The declaration as plain values, to be kept with a run."""
        import msgspec

        kept: dict[str, Any] = msgspec.to_builtins(self.registry)
        return kept


@dataclass(frozen=True)
class BlockPart:
    """One key of a block: an attribute, and what is made of it."""

    attribute: str
    function: str = ""
    length: int = 0

    @classmethod
    def read(cls, text: str) -> "BlockPart":
        """Read `name`, `pinyin(name)`, `prefix(name,3)`, `year(date)` or `token(name)`."""
        found = PART.fullmatch(text)
        if found is None:
            raise ValueError(text)
        return cls(found[2], found[1] or "", int(found[3] or 1))

    def sql(self, table: str = "") -> str:
        """The key as an expression over a node's columns; a list where it is `token`."""
        at = f"{table}." if table else ""
        column = at + name(self.attribute)
        return {
            "": column,
            "pinyin": at + name(f"{self.attribute}__sound"),
            "prefix": f"left({column}, {self.length})",
            "year": f"left({column}, 4)",
            "token": at + name(f"{self.attribute}__tokens"),
        }[self.function]
