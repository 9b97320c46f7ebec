"""Units of measurement by their codes (UN/ECE Recommendation 20): which can be converted into each other, and how.

`base = value * factor + offset` brings a value to its dimension's base unit. Factors are exact by definition of the units.
"""

from typing import NamedTuple


class Unit(NamedTuple):
    """One unit: what it measures, and the way to the base unit of that."""

    dimension: str
    factor: float
    offset: float = 0.0


_INCH, _POUND, _GALLON = 0.0254, 0.45359237, 0.003785411784
_TABLE: dict[str, dict[str, tuple[float, ...]]] = {
    "temperature": {"KEL": (1,), "CEL": (1, 273.15), "FAH": (5 / 9, 459.67 * 5 / 9), "A48": (5 / 9,)},
    "mass": {
        "KGM": (1,), "GRM": (1e-3,), "MGM": (1e-6,), "MC": (1e-9,), "TNE": (1000,), "LBR": (_POUND,),
        "ONZ": (_POUND / 16,), "STN": (_POUND * 2000,), "LTN": (_POUND * 2240,), "DTN": (100,), "HGM": (0.1,),
        "CGM": (1e-5,), "DG": (1e-4,), "KTN": (1e6,),
    },
    "length": {
        "MTR": (1,), "CMT": (0.01,), "MMT": (1e-3,), "DMT": (0.1,), "KMT": (1000,), "INH": (_INCH,),
        "FOT": (_INCH * 12,), "YRD": (_INCH * 36,), "SMI": (1609.344,), "NMI": (1852,), "4H": (1e-6,), "C45": (1e-9,),
        "HMT": (100,),
    },
    "area": {
        "MTK": (1,), "CMK": (1e-4,), "MMK": (1e-6,), "DMK": (0.01,), "KMK": (1e6,), "HAR": (1e4,), "ARE": (100,),
        "FTK": ((_INCH * 12) ** 2,), "INK": (_INCH**2,), "YDK": ((_INCH * 36) ** 2,), "ACR": (4046.8564224,),
    },
    "volume": {
        "MTQ": (1,), "LTR": (1e-3,), "MLT": (1e-6,), "CLT": (1e-5,), "DLT": (1e-4,), "HLT": (0.1,), "CMQ": (1e-6,),
        "DMQ": (1e-3,), "MMQ": (1e-9,), "GLL": (_GALLON,), "GLI": (0.00454609,), "FTQ": ((_INCH * 12) ** 3,),
        "INQ": (_INCH**3,), "YDQ": ((_INCH * 36) ** 3,), "PT": (_GALLON / 8,), "QT": (_GALLON / 4,),
        "OZA": (_GALLON / 128,), "OZI": (0.00454609 / 160,), "4G": (1e-9,),
    },
    "time": {
        "SEC": (1,), "C26": (1e-3,), "B98": (1e-6,), "C47": (1e-9,), "MIN": (60,), "HUR": (3600,), "DAY": (86400,),
        "WEE": (604800,),
    },
    "speed": {
        "MTS": (1,), "KMH": (1000 / 3600,), "HM": (1609.344 / 3600,), "KNT": (1852 / 3600,), "2M": (0.01,),
        "2X": (1 / 60,), "FS": (_INCH * 12,),
    },
    "pressure": {
        "PAL": (1,), "KPA": (1000,), "MPA": (1e6,), "A97": (100,), "BAR": (1e5,), "MBR": (100,), "ATM": (101325,),
        "PS": (_POUND * 9.80665 / _INCH**2,), "UN": (133.322387415,), "HN": (133.322387415,), "74": (1e-3,),
    },
    "ratio": {"P1": (0.01,), "C62": (1,), "NX": (1e-3,), "59": (1e-6,), "61": (1e-9,), "EA": (1,), "H87": (1,)},
    "acceleration": {"MSK": (1,), "A76": (0.01,), "K40": (9.80665,)},
    "angle": {"C81": (1,), "DD": (0.017453292519943295,), "D61": (0.0002908882086657216,), "D62": (4.84813681109536e-06,)},
    "energy": {"JOU": (1,), "KJO": (1000,), "3B": (1e6,), "WHR": (3600,), "KWH": (3.6e6,), "E14": (4184,), "D70": (4.1868,)},
    "power": {"WTT": (1,), "KWT": (1000,), "MAW": (1e6,), "C31": (1e-3,)},
    "potential": {"VLT": (1,), "2Z": (1e-3,), "KVT": (1000,)},
    "current": {"AMP": (1,), "4K": (1e-3,), "B22": (1000,)},
    "resistance": {"OHM": (1,), "B49": (1000,), "B75": (1e6,)},
    "frequency": {"HTZ": (1,), "KHZ": (1000,), "MHZ": (1e6,), "A86": (1e9,)},
    "force": {"NEW": (1,), "B47": (1000,)},
    "illuminance": {"LUX": (1,)},
    "density": {"KMQ": (1,), "GL": (1,), "23": (1000,), "GP": (1e-6,), "A93": (1e-3,)},
    "substance": {"C34": (1,), "C18": (1e-3,), "B45": (1000,)},
    "dose": {"A95": (1,), "C13": (1e-3,)},
    "equivalent": {"D13": (1,), "C28": (1e-3,)},
    "radioactivity": {"BQL": (1,), "2Q": (1000,), "CUR": (3.7e10,)},
}  # fmt: skip
UNITS = {code: Unit(name, *parts) for name, units in _TABLE.items() for code, parts in units.items()}


def into(code: str) -> list[tuple[str, float, float]]:
    """The units that can be converted into one, as (code, factor, offset): `value * factor + offset` is in that unit.

    A unit that isn't known here can be compared with itself only.

    >>> [round(8 * f + o, 9) for code, f, o in into("FAH") if code == "CEL"]
    [46.4]
    """
    wanted = UNITS.get(code)
    if wanted is None:
        return [(code, 1.0, 0.0)]
    return [
        (other, unit.factor / wanted.factor, (unit.offset - wanted.offset) / wanted.factor)
        for other, unit in UNITS.items()
        if unit.dimension == wanted.dimension
    ]
