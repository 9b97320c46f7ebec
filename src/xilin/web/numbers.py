"""Numbers as people read them, in each of the four languages; no Django."""

from typing import NamedTuple

from xilin.lib.text import CHINESE, CYRILLIC, MONGOLIAN, script_of

# In Inner Mongolia numbers are told in ten thousands, as in Chinese; in Mongolia in thousands and millions. From memory, unchecked.
_STEPS: dict[str, tuple[tuple[float, float, str], ...]] = {
    CHINESE: ((1e8, 1e8, "亿"), (1e4, 1e4, "万")),
    MONGOLIAN: ((1e8, 1e8, "\u00a0ᠳᠦᠩᠰᠢᠭᠤᠷ"), (1e4, 1e4, "\u00a0ᠲᠦᠮᠡ")),
    CYRILLIC: ((1e9, 1e9, "\u00a0тэрбум"), (1e6, 1e6, "\u00a0сая"), (1e4, 1e3, "\u00a0мянга")),
}
# What the words of magnitude mean, for whoever sees the Chinese beside them.
MEANT = {
    "\u00a0ᠳᠦᠩᠰᠢᠭᠤᠷ": "亿",
    "\u00a0ᠲᠦᠮᠡ": "万",
    "\u00a0тэрбум": "十亿",
    "\u00a0сая": "百万",
    "\u00a0мянга": "千",
}


class Shown(NamedTuple):
    """A number's digits and the word of its magnitude."""

    digits: str
    unit: str

    def __str__(self) -> str:
        return f"{self.digits}{self.unit}"


def steps(language: str) -> tuple[tuple[float, float, str], ...]:
    """From which value on numbers are told in which magnitude, and its word; the largest first.

    >>> steps("zh-hans")
    ((100000000.0, 100000000.0, '亿'), (10000.0, 10000.0, '万'))
    """
    return _STEPS.get(script_of(language), ((1e9, 1e9, "B"), (1e6, 1e6, "M"), (1e4, 1e3, "k")))


def on_axis(language: str) -> tuple[tuple[float, float, str], ...]:
    """The magnitudes an axis shortens its numbers by: none where words run downwards, as beside digits there is no room for one.

    >>> on_axis("mn-mong"), on_axis("en")[-1]
    ((), (10000.0, 1000.0, 'k'))
    """
    return () if language == "mn-mong" else steps(language)


def short(value: float | None, language: str, decimals: int = 0) -> Shown:
    """A number in few digits: 万 and 亿 in Chinese, ᠲᠦᠮᠡ in Mongolian, k and M in English; "—" for none.

    >>> str(short(1179100, "zh-hans")), str(short(1179100, "en")), str(short(9042, "en"))
    ('117.91万', '1.18M', '9,042')
    """
    if value is None:
        return Shown("—", "")
    for least, size, word in steps(language):
        if abs(value) >= least:
            scaled = value / size
            places = 2 if abs(scaled) < 1000 else 0
            text = f"{scaled:,.{places}f}"
            return Shown(text.rstrip("0").rstrip(".") if "." in text else text, word)
    return Shown(grouped(value, decimals), "")


def grouped(value: float | None, decimals: int = 0) -> str:
    """A number with thousands separators and so many decimals; "—" for none.

    >>> grouped(1179100), grouped(84.5128, 2), grouped(None)
    ('1,179,100', '84.51', '—')
    """
    return "—" if value is None else f"{value:,.{decimals}f}"


def share(part: float | None, whole: float | None, decimals: int = 1) -> str:
    """A part of a whole in percent; "—" where there is no whole. What is not the whole is never told as 100 %.

    >>> share(1, 3), share(9999, 10000), share(0, 0)
    ('33.3%', '99.9%', '—')
    """
    if part is None or not whole:
        return "—"
    told = 100 * part / whole
    nearly = 100 - 10.0**-decimals
    return f"{min(told, nearly) if nearly < told < 100 else told:.{decimals}f}%"
