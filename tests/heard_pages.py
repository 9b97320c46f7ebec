"""What a page is to those who hear it, go through it by keys, or lay it out their own way: what axe doesn't judge."""

import re
from collections import Counter
from typing import Any

import seen_pages
from xilin.lib.text import CHINESE, CYRILLIC, ENGLISH, MONGOLIAN

LANDMARKS = {"banner", "main", "contentinfo", "navigation", "complementary", "region", "search", "form"}
ONCE = ("banner", "main", "contentinfo")
CONTROLS = {
    "button", "link", "textbox", "searchbox", "combobox", "checkbox", "radio", "slider", "spinbutton", "switch", "tab", "listbox",
    "menuitem", "DisclosureTriangle", "PopUpButton", "Date", "DateTime", "InputTime", "ColorWell",
}  # fmt: skip
PICTURES = {"image", "img", "graphics-document", "Canvas"}
# A link that says only this says nothing of where it leads.
VAGUE = {
    "more", "read more", "here", "click here", "details", "link", "show", "see", "go", "this",
    "更多", "详情", "查看", "这里", "点击这里", "链接", "打开", "此处", "more …", "more…", "更多…", "更多 …",
}  # fmt: skip
# In which letters words are that a page of a language may hold only where they are marked as another.
MARKS = {
    "mn-Mong": re.compile("[\u1820-\u18aa]{2}"),
    "mn-Cyrl": re.compile("[\u0400-\u04ff]{3}"),
    "zh": re.compile("[\u4e00-\u9fff]{2}"),
}
# Which of them a page's own language has.
OWN = {CHINESE: {"zh"}, ENGLISH: set(), MONGOLIAN: {"mn-Mong"}, CYRILLIC: {"mn-Cyrl"}}
# Every piece of text as it stands, with the language it is in; not names in drawings, where no element can say so (they are proper names).
TONGUES = """
const said = [], words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (words.nextNode()) {
  const at = words.currentNode.parentElement, text = words.currentNode.textContent.trim();
  if (text && !at.closest("script, style, svg, [translate=no]") && at.checkVisibility()) said.push([text, at.closest("[lang]").lang]);
}
return said;
"""
# What the tree doesn't tell: tables without words for them, drawings of figures without figures, labels that lead nowhere.
WRITTEN = """
const found = [], say = (text) => found.push(text), short = (one) => one.textContent.trim().replace(/\\s+/g, " ").slice(0, 40);
const named = (one) => one.getAttribute("aria-label")?.trim() || (one.getAttribute("aria-labelledby") || "").split(/\\s+/).some((id) => id && document.getElementById(id)?.textContent.trim());
for (const table of document.querySelectorAll("table")) {
  if (!table.checkVisibility()) continue;
  const region = table.closest("[role=region], [role=group], section, article, figure, details");
  const told = table.caption?.textContent.trim() || named(table) || (region && (named(region) || region.querySelector("h2, h3, h4, figcaption, summary, [role=heading]")));
  if (!told) say(`a table has no name: ${short(table)}`);
  if (!table.querySelector("th") && !table.closest(".diff")) say(`a table has no headings: ${short(table)}`);
  for (const head of table.querySelectorAll("th")) {
    if (!head.scope && !head.id) say(`a heading of a table has no scope: ${short(head)}`);
    if (!head.textContent.trim() && !named(head)) say(`a heading of a table is empty: ${short(table)}`);
  }
}
// Drawings of figures: their name tells a figure, or the figures stand beside them.
for (const drawn of document.querySelectorAll("svg[role=img], [role=img]")) {
  if (!drawn.checkVisibility() || drawn.closest("[aria-hidden=true], button, a, summary") || drawn.matches(".icon")) continue;
  const told = /\\d/.test(drawn.getAttribute("aria-label") || "") || (drawn.getAttribute("aria-describedby") && document.getElementById(drawn.getAttribute("aria-describedby")));
  const beside = drawn.closest("figure, .card, section, article, td, li")?.querySelector("table, dl, ol, .legend, .key");
  if (!told && !beside && /\\d/.test(drawn.textContent) === false) say(`a drawing tells no figure: ${drawn.getAttribute("aria-label") || short(drawn)}`);
}
for (const one of document.querySelectorAll("[aria-describedby], [aria-labelledby], [aria-controls]"))
  for (const name of ["aria-describedby", "aria-labelledby", "aria-controls"])
    for (const id of (one.getAttribute(name) || "").split(/\\s+/))
      if (id && !document.getElementById(id)) say(`${name} of ${one.tagName} ${one.name || one.id} leads nowhere: ${id}`);
const skip = document.querySelector("body a[href], body button, body input");
if (!skip?.matches(".skip") || !document.querySelector(skip.getAttribute("href"))) say("the first thing isn't a way to the content");
if (!document.title.trim()) say("the page has no title");
for (const one of document.querySelectorAll("[autofocus]")) if (one.matches("input, select, textarea") && document.querySelectorAll("main form").length > 1) say("the focus is taken to one of several forms");
for (const one of document.querySelectorAll("[onpaste], input[type=password][autocomplete=off]")) say(`${one.name} refuses what a manager of passwords would fill in`);
for (const one of document.querySelectorAll("[tabindex]")) if (one.tabIndex > 0) say(`tabindex ${one.tabIndex}`);
for (const one of document.querySelectorAll("[accesskey]")) say(`accesskey ${one.accessKey}`);
for (const one of document.querySelectorAll("audio, video, object, embed, marquee, blink, meta[http-equiv=refresh]")) say(`${one.tagName} stands on the page`);
for (const one of document.querySelectorAll("a[target]")) say(`a link opens a window of its own: ${short(one)}`);
// What the eye reads as the name must be in the name that is spoken (WCAG 2.5.3).
for (const one of document.querySelectorAll("a[aria-label], button[aria-label], summary[aria-label]")) {
  const flat = (text) => text.toLowerCase().replace(/[\\s\\p{P}\\p{S}]+/gu, "");
  const words = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
  let seen = "";
  while (words.nextNode()) if (!words.currentNode.parentElement.closest("[aria-hidden=true], .unseen, svg")) seen += words.currentNode.textContent;
  if (flat(seen) && one.checkVisibility() && !flat(one.getAttribute("aria-label")).includes(flat(seen))) say(`is read as ${one.getAttribute("aria-label")}, seen as ${seen.trim()}`);
}
// Fields that ask for what a browser knows of its user (WCAG 1.3.5).
for (const one of document.querySelectorAll("input[name=username], input[type=password], input[type=tel]"))
  if (!one.autocomplete && one.checkVisibility()) say(`${one.name} doesn't say what a browser could fill in`);
return [...new Set(found)];
"""
# Each thing one can reach by Tab, with the focus on it: whether that is seen, and whether anything of it is.
REACHED = """
const found = new Set();
const wanted = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
const name = (one) => `${one.tagName} ${one.name || one.getAttribute("href") || ""} ${(one.getAttribute("aria-label") || one.textContent).trim().replace(/\\s+/g, " ").slice(0, 24)}`;
const marks = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 || style.boxShadow !== "none";
for (const one of document.querySelectorAll(wanted)) {
  if (one.disabled || one.inert || one.closest("[inert], dialog:not([open]), .maplibregl-map") || one.tabIndex < 0 || !one.checkVisibility({ visibilityProperty: true })) continue;
  one.focus();
  if (document.activeElement !== one) continue;
  const by = one.matches("input[type=radio], input[type=checkbox]") ? one.closest("label") || one : one;
  if (one.matches(":focus-visible") && ![one, by, one.parentElement].some((at) => marks(getComputedStyle(at)))) found.add(`the focus isn't seen: ${name(one)}`);
  if (one.matches(".unseen, .unseen *") || one.type === "range") continue;
  const shown = [...by.getClientRects()].some((box) => {
    const xs = [box.left + 2, (box.left + box.right) / 2, box.right - 2], ys = [box.top + 2, (box.top + box.bottom) / 2, box.bottom - 2];
    return xs.some((x) => ys.some((y) => {
      const top = document.elementFromPoint(x, y);
      return top && (by.contains(top) || top.contains(by) || one.contains(top));
    }));
  });
  if (!shown) found.add(`with the focus it is hidden: ${name(one)}`);
}
document.activeElement.blur();
scrollTo(0, 0);
return [...found].slice(0, 8);
"""
# What somebody sets who needs more room between letters, words and lines (WCAG 1.4.12).
ROOM = """
const sheet = new CSSStyleSheet();
sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; } p { margin-block-end: 2em !important; }");
document.adoptedStyleSheets = arguments[0] ? [sheet] : [];
"""
# Words that are cut off by the box they stand in, unless it scrolls or is cut on purpose with a mark of it.
CUT = """
const found = new Set();
for (const one of document.querySelectorAll("main *, header.top *, footer *")) {
  if (![...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()) || one.closest("svg, .unseen, [aria-hidden=true], select, .maplibregl-map, .nav.wide")) continue;
  if (!one.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
  for (let at = one; at && at !== document.body; at = at.parentElement) {
    const style = getComputedStyle(at);
    if (/auto|scroll/.test(style.overflowX + style.overflowY)) break;
    if (style.overflowX === "visible" && style.overflowY === "visible" || style.textOverflow === "ellipsis") continue;
    const box = at.getBoundingClientRect(), range = document.createRange();
    range.selectNodeContents(one);
    const text = range.getBoundingClientRect();
    if (text.right > box.right + 2 || text.bottom > box.bottom + 4 || text.left < box.left - 2 || text.top < box.top - 4)
      found.add(`cut off: ${one.tagName}.${one.className} ${one.textContent.trim().slice(0, 30)}`);
    break;
  }
}
return [...found].slice(0, 6);
"""


def tree(seen) -> list[dict[str, Any]]:
    """What assistive devices are told of the page, in its order; what is hidden from them left out."""
    # It is built a moment after the page stands.
    nodes = seen.wait(
        lambda: [
            one
            for one in [seen.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]]
            if len(one) > 3
        ]
    )[0]
    by_id = {node["nodeId"]: node for node in nodes}
    found, waiting = [], [nodes[0]["nodeId"]]
    while waiting:
        node = by_id.get(waiting.pop())
        if node is None:
            continue
        waiting += reversed(node.get("childIds", []))
        if not node.get("ignored"):
            found.append(
                {
                    "role": node.get("role", {}).get("value", ""),
                    "name": " ".join(str(node.get("name", {}).get("value", "")).split()),
                    "level": next(
                        (
                            one["value"]["value"]
                            for one in node.get("properties", [])
                            if one["name"] == "level"
                        ),
                        0,
                    ),
                }
            )
    return found


def heard(seen, code: str) -> list[str]:
    """What is wrong with what is read out: headings, landmarks, names, pictures, tables, languages of parts."""
    nodes = tree(seen)
    found = headings([node for node in nodes if node["role"] == "heading"])
    found += landmarks([node for node in nodes if node["role"] in LANDMARKS])
    for node in nodes:
        if node["role"] in CONTROLS and not node["name"]:
            found.append(f"a {node['role']} has no name")
        if node["role"] in PICTURES and not node["name"]:
            found.append(f"a picture ({node['role']}) has no words")
        if node["role"] == "link" and node["name"].lower().rstrip(" →›»") in VAGUE:
            found.append(f"a link says only {node['name']}")
    found += seen.driver.execute_script(WRITTEN)
    return sorted({*found, *tongues(seen, code)})


def headings(nodes) -> list[str]:
    """One of the first level, and no level left out on the way down."""
    first = [node["name"] for node in nodes if node["level"] == 1]
    found = [] if len(first) == 1 else [f"{len(first)} headings of the first level: {first}"]
    before = 0
    for node in nodes:
        if node["level"] > before + 1:
            found.append(
                f"a heading of level {node['level']} after one of level {before}: {node['name'][:40]}"
            )
        if not node["name"]:
            found.append(f"a heading of level {node['level']} says nothing")
        before = node["level"]
    return found


def landmarks(nodes) -> list[str]:
    """Each once where there is one; of several of a kind each has a name of its own."""
    # A form that has no name is no landmark (HTML-AAM), though the tree says what it is.
    nodes = [node for node in nodes if node["name"] or node["role"] != "form"]
    kinds = Counter(node["role"] for node in nodes)
    found = [f"{kinds[role]} {role}" for role in ONCE if kinds[role] != 1]
    for role, names in (
        (role, Counter(node["name"] for node in nodes if node["role"] == role)) for role in kinds
    ):
        if len(names) > 1 and "" in names:
            found.append(f"a {role} without a name beside others")
        found += [f"{n} {role} are called {name}" for name, n in names.items() if n > 1]
    return found


def tongues(seen, code: str) -> list[str]:
    """Words in letters of another language than they say they are in: a voice would read them wrongly (WCAG 3.1.2)."""
    found = set()
    for text, tag in seen.driver.execute_script(TONGUES):
        for tongue, letters in MARKS.items():
            if letters.search(text) and not _speaks(tag, tongue):
                found.add(f"is {tongue}, said to be {tag}: {text[:30]}")
    return sorted(found)[:6]


def _speaks(tag: str, tongue: str) -> bool:
    """Whether a mark of language covers letters: `mn` alone is Cyrillic."""
    given = "mn-Cyrl" if tag == "mn" else tag
    return given == tongue or given.split("-")[0] == tongue


def reached(seen) -> list[str]:
    """What cannot be seen once it has the focus, by somebody who goes on by Tab (WCAG 2.4.7, 2.4.11)."""
    for kind in ("keyDown", "keyUp"):
        seen.driver.execute_cdp_cmd(
            "Input.dispatchKeyEvent",
            {"type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9},
        )
    return list(seen.driver.execute_script(REACHED))


def spaced(seen) -> list[str]:
    """What is lost where somebody sets more room between letters, words and lines."""
    before = set(seen.driver.execute_script(CUT))
    seen.driver.execute_script(ROOM, True)
    try:
        seen_pages.settle(seen)
        found = seen.driver.execute_script(seen_pages.OVERFLOW)
        found += [one for one in seen.driver.execute_script(CUT) if one not in before]
    finally:
        seen.driver.execute_script(ROOM, False)
    return [f"with room between letters: {one}" for one in found]
