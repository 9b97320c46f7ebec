"""A site that is filled, and a walk over its pages in a browser."""

from django.test import Client

import heard_pages
import seen_pages
from xilin.apps.portal import pictures
from xilin.web.languages import BY_CODE

# Pages of those who build the pages: in the languages of the desks.
WORK = "/design/"
# A wall is looked at from afar and has nothing to press but the way to its desk version: no foot, no ways past a navigation.
DISPLAYS = {"cockpit-wall": ("0 contentinfo", "the first thing isn't a way to the content")}
# The gallery shows what pages are made of: titles of pages among them, and the Mongolian ones within their own language.
SPECIMENS = {"design": ("headings of the first level", "a search without a name", "said to be mn-Mong")}


def anew(window) -> None:
    """Nobody is signed in, nothing is preferred, nothing was said."""
    window.open("/nothing-here/")
    window.driver.delete_all_cookies()
    window.prefer("light")
    window.complaints()


def sign_in(window, person) -> None:
    """By the session alone: what the form does is tried elsewhere."""
    client = Client()
    client.force_login(person)
    window.driver.add_cookie({"name": "sessionid", "value": client.cookies["sessionid"].value})


def complaints(window, page) -> list[str]:
    """What the console said: not that a page is not there, nor how this machine, which has no such chip, draws a map."""
    said = window.complaints()
    return [
        one for one in said if page.name != "not-found" and "WebGL" not in one and not one.startswith("INFO")
    ]


def apart(page, found: list[str]) -> list[str]:
    """What was found but for what is so on purpose on one page alone."""
    meant = {**DISPLAYS, **SPECIMENS}.get(page.name, ())
    return [one for one in found if not any(words in one for words in meant)]


def look(window, pages, code: str, rules: tuple[str, ...] | None = ()) -> dict[str, list[str]]:
    """What is wrong with pages in a language: loaded once each, at both widths, in both themes.

    Args:
        window: the browser.
        pages: which pages.
        code: the language.
        rules: those of axe in the light theme; none is all of them. In the dark theme those of colours.
    """
    window.speak(code)
    wrong = {}
    for page in (page for page in pages if BY_CODE[code].desks or not page.path.startswith(WORK)):
        window.prefer("light")
        window.resize(1440, 900)
        window.open(page.path)
        seen_pages.settle(window)
        found = complaints(window, page)
        tag = window.driver.execute_script("return document.documentElement.lang")
        if tag != BY_CODE[code].tag and not page.name.endswith("-mn"):
            found.append(f"is in {tag}")
        found += seen_pages.words(window, code)
        found += seen_pages.shape(window, 1440)
        found += seen_pages.axe(window, *rules)
        found += apart(page, heard_pages.heard(window, code))
        if not rules and page.name not in DISPLAYS:
            found += heard_pages.spaced(window) + heard_pages.reached(window)
        found += seen_pages.shape(window, 720)  # a desk's screen at 200 % (WCAG 1.4.4)
        found += seen_pages.shape(window, 390)
        if not rules:
            found += [
                f"at 390: {one}"
                for one in (*seen_pages.axe(window, "target-size"), *heard_pages.reached(window))
            ]
        if not BY_CODE[code].vertical:
            found += seen_pages.shape(window, 320)  # a screen of 1280 at 400 % (WCAG 1.4.10)
        window.prefer("dark")
        if not rules:
            found += [f"in the dark, {one}" for one in seen_pages.axe(window, *seen_pages.OF_COLOURS)]
        found += seen_pages.moving(window)
        found += complaints(window, page)
        if found:
            wrong[f"{page.name} {page.path}"] = found
    return wrong


def told(wrong: dict[str, list[str]]) -> str:
    """What is wrong, each finding with the pages that have it."""
    pages: dict[str, list[str]] = {}
    for page, found in wrong.items():
        for one in found:
            pages.setdefault(one, []).append(page)
    return "\n".join(f"{one}\n    {len(where)}: {', '.join(where[:6])}" for one, where in pages.items())


def public_pages():
    """What anybody may see."""
    return [page for page in pictures.found() if not page.desk]


def desk_pages(*names: str):
    """Pages of the desk by who sees them; each page once."""
    known: set[str] = set()
    for name in names:
        pages = [page for page in pictures.found(name) if page.desk and page.name not in known]
        known |= {page.name for page in pages}
        yield name, pages
