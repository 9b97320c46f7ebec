"""The layers of the registry on the map: its collections as vector tiles, for those who may see each."""

from functools import lru_cache

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language

from xilin.kernel.places import queries
from xilin.kernel.places.declarations import Collection
from xilin.kernel.standards.queries import current_version, declared
from xilin.lib.text import Text
from xilin.web.maps import KINDS, Layer, Shade

AREAS = Text(zh="行政区划", en="Areas", mn="ᠣᠷᠣᠨ ᠨᠤᠲᠤᠭ", mn_cyrl="Орон нутаг")
PLACES = Text(zh="地点", en="Places", mn="ᠭᠠᠵᠠᠷ", mn_cyrl="Газар")
FACTS = {
    "area": Text(zh="区划代码", en="Area code", mn="ᠣᠷᠣᠨ ᠨᠤᠲᠤᠭ ᠤᠨ ᠺᠣᠳ᠋", mn_cyrl="Нутгийн код"),
    "kind": Text(zh="类别", en="Kind", mn="ᠲᠥᠷᠥᠯ ᠵᠦᠢᠯ", mn_cyrl="Төрөл"),
}
OUTLINED = ("county",)
# Thousands of points lie in one tile of the whole league: they are drawn from a level on at which they can be told apart.
POINTS_FROM, WORDS_FROM = 7, 12


def layers(request: HttpRequest) -> list[Layer]:
    """Collections with a geometry, areas first; lists of areas whose outlines are not published have none."""
    user = getattr(request, "user", None)
    version = current_version()
    signed_in = bool(user and user.is_authenticated)
    return list(_layers(version.digest if version else "", get_language() or "", signed_in))


@lru_cache(maxsize=16)
def _layers(_version: str, language: str, signed_in: bool) -> tuple[Layer, ...]:
    """The layers of a version of the declarations; in each language, for everyone or for who is signed in."""
    found = queries.collections(signed_in=signed_in)
    return tuple(_layer(one, language) for one in found.values() if not one.level or one.level in OUTLINED)


def _layer(one: Collection, language: str) -> Layer:
    kinds = {code: word.of(language) for code, word in queries.kinds(one).items()}
    facts = {name: word.of(language) for name, word in FACTS.items()}
    columns = queries.column_names(one)
    facts |= {name: columns[name].of(language) for name in one.properties if name in columns}
    point = one.wanted == "point"
    return Layer(
        code=one.code,
        name=one.name.of(language),
        group=(AREAS if one.level else PLACES).of(language),
        shape="point" if point else "area",
        tiles=_template(one.code),
        source=one.code,
        by="" if one.level else "kind",
        legend=()
        if one.level
        else tuple(
            Shade(word, f"kind-{number % KINDS}", code) for number, (code, word) in enumerate(kinds.items())
        ),
        least=POINTS_FROM if point and not one.public else 0,
        words=0 if one.level else WORDS_FROM,
        page=f"{reverse('places:item', args=[one.code, 0]).removesuffix('0')}{{id}}?f=html",
        list=f"{reverse('places:items', args=[one.code])}?f=html",
        facts=facts,
        kinds=kinds,
        summary=one.summary.of(language),
        names=_names(one.level, language) if one.level else (),
        shown=bool(one.level),
    )


def _names(level: str, language: str) -> tuple[tuple[str, float, float, bool], ...]:
    """What the areas of a level are called, in the middle of their outlines."""
    outlines, found = declared("boundary"), []
    for code, area in declared("area").items():
        centre = outlines[code].centre if code in outlines and area.level == level else None
        if centre:
            name = Text(zh=area.name, en=area.name_en, mn=area.name_mn).of(language)
            spot = outlines[code].geometry["type"] == "Point"
            found.append((name, centre[0], centre[1], spot))
    return tuple(found)


def _template(code: str) -> str:
    """The address of a collection's tiles, with the places of level, column and row left open."""
    return reverse("places:tile", args=[code, 0, 0, 0]).replace("/0/0/0.mvt", "/{z}/{x}/{y}.mvt")
