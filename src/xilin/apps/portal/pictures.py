"""Pictures of every page: which pages, as whom, in which languages and widths."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from xilin.apps.trace.handheld import pictures as handheld
from xilin.web.browser import WEBGL, Browser, browser

WIDTHS = (1440, 390)
QUALITY = 70  # of WebP: words stay sharp, and all pictures together below 60 MB
WALLS = ((1920, 1080), (3840, 1080))
# A map is a drawing until the library has drawn it.
DRAWN = "return !document.querySelector('.atlas:not(.ready), .small-map.living:not(.ready)')"
LANGUAGES = {"zh": "zh-hans", "mn": "mn-mong", "en": "en"}
# Dark once is enough to see it; in the language whose pages are fullest.
THEMES = {"zh": ("light", "dark"), "mn": ("light",), "en": ("light",)}


@dataclass(frozen=True, slots=True)
class Page:
    """A page worth a picture; `desk` wants someone of a department."""

    name: str
    path: str
    desk: bool = False

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages it has a picture in: a page of work has no Mongolian; one in columns is one page whoever reads."""
        if self.name.endswith("-mn"):
            return ("zh",)
        return tuple(one for one in LANGUAGES if one != "mn" or not (self.desk or self.path == "/design/"))


PAGES = (
    Page("home", "/"),
    Page("catalogue", "/catalogue/"),
    Page("catalogue-one-source", "/catalogue/one-source/?show=all"),
    Page("catalogue-search", "/catalogue/?q=%E8%BA%AB%E4%BB%BD"),
    Page("indicators", "/indicators/"),
    Page("registries", "/registries/"),
    Page("economy", "/economy/"),
    Page("herders", "/herders/"),
    Page("visitors", "/visitors/"),
    Page("news", "/news/"),
    Page("approvals", "/approvals/"),
    Page("places", "/places/"),
    Page("map", "/map/"),
    Page("open", "/open/"),
    Page("places-service", "/api/places/?f=html"),
    Page("places-collections", "/api/places/collections?f=html"),
    Page("goods-check", "/check/"),
    Page("goods-rules", "/check/rules/"),
    Page("problems", "/problems/"),
    Page("problems-follow", "/problems/follow/"),
    Page("quality", "/quality/"),
    Page("cockpit", "/cockpit/"),
    Page("cockpit-wall", "/cockpit/wall/"),
    Page("audit", "/audit/"),
    Page("citizen", "/citizen/"),
    Page("report", "/report/"),
    Page("departments", "/departments/"),
    Page("about", "/about/"),
    Page("accessibility", "/accessibility/"),
    Page("design", "/design/"),
    Page("sign-in", "/login/"),
    Page("not-found", "/nothing-here/"),
    Page("desk", "/desk/", desk=True),
    Page("desk-requests", "/desk/requests/", desk=True),
    Page("desk-compliance", "/desk/compliance/", desk=True),
    Page("desk-grants", "/desk/grants/", desk=True),
    Page("desk-compilations", "/desk/catalogue/", desk=True),
    Page("desk-compile", "/desk/catalogue/new/", desk=True),
    Page("desk-take-in", "/desk/catalogue/import/", desk=True),
    Page("desk-holdings", "/desk/holdings/", desk=True),
    Page("desk-quarantine", "/desk/quarantine/", desk=True),
    Page("desk-mends", "/desk/quarantine/mends/", desk=True),
    Page("desk-corrections", "/desk/corrections/", desk=True),
    Page("desk-disputes", "/desk/disputes/", desk=True),
    Page("desk-deliveries", "/desk/deliveries/", desk=True),
    Page("desk-questions", "/desk/questions/", desk=True),
    Page("desk-systems", "/desk/systems/", desk=True),
    Page("desk-usage", "/desk/usage/", desk=True),
    Page("desk-problems", "/desk/problems/", desk=True),
    Page("desk-password", "/desk/password/", desk=True),
)


def found(username: str = "") -> list[Page]:
    """The pages above, and those whose address depends on what is there for someone."""
    from xilin.apps.portal.queries.samples import samples

    return [*PAGES, *(Page(*sample) for sample in samples(username))]


def take(
    site: str,
    folder: Path,
    *,
    accounts: Sequence[tuple[str, str]] = (),
    only: Collection[str] = (),
    tell: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Take a picture of every page at every width in every language it has, of the Chinese in the dark too.

    Args:
        site: the address of a running site.
        folder: where `<page>-<width>-<language>.webp` and `…-dark.webp` go; made where it is missing.
        accounts: names and passwords of people, such as one of a department and a reviewer; of the
            desk each takes the pages that those before have not. Without any the desk is left out. Of a hand the handheld
            is taken too, on a telephone, without a network too.
        only: names of pages; the others are left out. Without any all are taken.
        tell: told the name of each picture.
    """
    folder.mkdir(parents=True, exist_ok=True)
    taken: list[Path] = []
    with browser(site, flags=WEBGL) as seen:
        seen.open("/about/")
        taken += _all(seen, folder, _wanted([page for page in found() if not page.desk], only), tell)
        if not only or "cockpit-wall" in only:
            taken += _walls(seen, folder, tell)
        names: set[str] = set()
        for account in accounts:
            seen.sign_out()
            seen.sign_in(*account)
            pages = [page for page in found(account[0]) if page.desk and page.name not in names]
            names |= {page.name for page in pages}
            taken += _all(seen, folder, _wanted(pages, only), tell)
            if handheld.records(account[0]) and (not only or "handheld" in only):
                seen.resize(390, 844)
                taken += handheld.take(seen, folder, tell)
    return taken


def _wanted(pages: list[Page], only: Collection[str]) -> list[Page]:
    return [page for page in pages if not only or page.name in only]


def _all(seen: Browser, folder: Path, pages: list[Page], tell: Callable[[str], None]) -> list[Path]:
    """Pictures of some pages, as whoever is signed in; each is loaded once for all themes."""
    taken = []
    for width in WIDTHS:
        seen.resize(width, 900 if width > 600 else 844)
        for short, language in LANGUAGES.items():
            seen.speak(language)
            for page in (page for page in pages if short in page.languages):
                if page.name.startswith(("item-fake", "item-unknown")):
                    # Another telephone each time: pictures of numbers nobody issued must not look like guessing.
                    seen.driver.delete_cookie("xilin_look")
                seen.prefer("light")
                seen.open(page.path)
                for theme in THEMES[short]:
                    seen.prefer(theme)
                    seen.wait(lambda: seen.driver.execute_script(DRAWN))
                    dark = "-dark" if theme == "dark" else ""
                    taken.append(folder / f"{page.name}-{width}-{short}{dark}.webp")
                    seen.picture(taken[-1], quality=QUALITY)
                    tell(taken[-1].name)
    seen.prefer("light")
    return taken


def _walls(seen: Browser, folder: Path, tell: Callable[[str], None]) -> list[Path]:
    """The cockpit on walls: one screen, and two beside each other."""
    taken = []
    for width, height in WALLS:
        seen.resize(width, height)
        for short in ("zh", "en"):
            seen.speak(LANGUAGES[short])
            seen.open("/cockpit/wall/")
            taken.append(folder / f"cockpit-wall-{width}-{short}.webp")
            seen.picture(taken[-1])
            tell(taken[-1].name)
    return taken
