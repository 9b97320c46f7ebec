"""水印 Marks by which a leaked file tells whose it was, none of which changes a value of a record.

Three of them, from the plainest to the best hidden:

1. the file's metadata says it in words (Parquet alone; gone with the first conversion);
2. `_row`, the identifier of a record for whoever holds a grant, begins with the grant's tag and goes on with
   a keyed digest of the record: one row is enough, in whatever order and format, and whoever alters the tag is
   still found by the digests;
3. the order of the rows: by a keyed hash of up to three of the columns shown. The first is sorted by coarse
   steps, the second within a step, the third within theirs, so that each of them alone shows the mark between
   neighbours. It outlives the loss of rows and of the other columns, and ends where rows are sorted anew.

No mark is in the values: who sorts a file anew *and* drops `_row` is found by its metadata or not at all.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

TAG = 8
ROW = "_row"
CHANGE = "_change"
MOST_ANCHORS = 3
FEWEST_CHANGES = 20
STEPS = 32
SURE = 4.5
# What the engine's hash made of a known text: an order is only looked for with an engine that makes the same.
PROBE = "SELECT hash('xilin')::VARCHAR"


@dataclass(frozen=True, slots=True)
class Order:
    """How a file's rows are ordered: by a keyed hash of each of these columns, all but the last in `steps` steps."""

    columns: tuple[str, ...]
    steps: int
    key: str

    def seed(self, column: str) -> str:
        """What is put before a column's value when it is hashed."""
        return hmac.digest(self.key.encode(), column.encode(), hashlib.sha256).hex()[:16]

    def sql(self) -> str:
        """The order as an SQL expression over the columns shown; by `_row` where no column marks it."""
        if not self.columns:
            return ROW
        *coarse, last = (self.hashed(column) for column in self.columns)
        cell = "0::UBIGINT"
        for one in coarse:
            cell = f"({cell} * {self.steps} + {one} % {self.steps})"
        return f"{cell} * 1099511627776 + ({last} >> 24)" if coarse else last

    def hashed(self, column: str, name: str = "") -> str:
        """The keyed hash of a column's text as SQL; none counts as empty. `name` where it stands under another."""
        return f"hash('{self.seed(column)}' || coalesce({quoted(name or column)}::VARCHAR, ''))"

    def level(self, column: str, name: str = "") -> str:
        """What the order sorts by for one column: its step, or the hash itself for the last."""
        found = self.hashed(column, name)
        return found if column == self.columns[-1] else f"({found} % {self.steps})"


def order(columns: Sequence[str], rows: int, key: bytes, export: str) -> Order:
    """The order of an export: as many steps as chance alone doesn't climb, and fewer where there are few rows."""
    chosen = tuple(columns[:MOST_ANCHORS])
    return Order(
        chosen, min(max(rows // 16, 2), STEPS), hmac.digest(key, export.encode(), hashlib.sha256).hex()
    )


def tag(key: bytes, grant: str) -> str:
    """The first characters of every `_row` of a grant."""
    return hmac.digest(key, f"tag/{grant}".encode(), hashlib.sha256).hex()[:TAG]


def row_key(key: bytes, grant: str) -> str:
    """The secret that the records of a grant are named with."""
    return hmac.digest(key, f"row/{grant}".encode(), hashlib.sha256).hex()


def row_sql(key: bytes, grant: str) -> str:
    """A record's identifier under a grant as SQL over `_source` and `_key`: the tag, then 96 bits of a keyed digest."""
    return f"('{tag(key, grant)}' || substr(md5('{row_key(key, grant)}' || _source || '|' || _key), {TAG + 1}))::UUID"


def evidence(levels: Any) -> tuple[int, float]:
    """How many neighbours differ in a sequence, and how surely they rise: standard deviations above chance.

    Args:
        levels: a one-dimensional array of what the order sorted by, in the order of the file.
    """
    if len(levels) < 2:
        return 0, 0.0
    rises = int((levels[1:] > levels[:-1]).sum())
    falls = int((levels[1:] < levels[:-1]).sum())
    changes = rises + falls
    return changes, (rises - falls) / changes**0.5 if changes else 0.0


def quoted(name: str) -> str:
    """A column's name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A value as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"
