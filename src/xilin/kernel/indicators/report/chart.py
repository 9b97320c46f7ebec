"""Bars of the report: the same figures for HTML and PDF as SVG, for Word as a chart that can be edited."""

from dataclasses import dataclass

WIDTH, NAMES, VALUES, ROW, BAR = 720.0, 168.0, 112.0, 26.0, 14.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A name, its value and the value as it is written."""

    name: str
    value: float
    shown: str


@dataclass(frozen=True, slots=True)
class Chart:
    """横条图 Bars with a title; `note` is the number of the figure's note, 0 for none."""

    title: str
    unit: str
    bars: tuple[Bar, ...]
    note: int = 0

    @property
    def width(self) -> float:
        """In units of the drawing."""
        return WIDTH

    @property
    def height(self) -> float:
        """In units of the drawing."""
        return ROW * len(self.bars) + 8

    @property
    def lines(self) -> list["Line"]:
        """Every bar where it stands."""
        highest = max((bar.value for bar in self.bars), default=0) or 1
        room = WIDTH - NAMES - VALUES
        found = []
        for index, bar in enumerate(self.bars):
            width = round(max(bar.value, 0) / highest * room, 1)
            top = 4 + ROW * index
            found.append(Line(bar, NAMES, top + (ROW - BAR) / 2, width, top + ROW / 2 + 5))
        return found


@dataclass(frozen=True, slots=True)
class Line:
    """A bar's rectangle: left edge, upper edge, length, and the base line of its words."""

    bar: Bar
    x: float
    y: float
    width: float
    base: float
    height: float = BAR

    @property
    def name_end(self) -> float:
        """Where the name ends."""
        return self.x - 10

    @property
    def value_start(self) -> float:
        """Where the value begins."""
        return round(self.x + self.width + 8, 1)
