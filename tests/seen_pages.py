"""What is wrong with a page as it stands in a browser: what overflows or overlaps, what axe and the console say, what is left untranslated."""

import re
from functools import cache
from pathlib import Path

from django.utils.translation import trans_real

from xilin.lib.text import CHINESE, ENGLISH, MONGOLIAN
from xilin.web.languages import BY_CODE

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
TALL = {1440: 900, 390: 844, 720: 450, 320: 568}
# Nothing is measured while something is still on its way.
SETTLED = """
const done = arguments[arguments.length - 1];
const quiet = () => document.readyState === "complete" && !document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling");
const look = (left) => quiet() || !left ? document.fonts.ready.then(() => requestAnimationFrame(() => done(quiet()))) : setTimeout(look, 30, left - 1);
look(200);
"""
# Whether the document is longer than the window against the direction of its lines, and which elements stick out.
OVERFLOW = """
const root = document.documentElement, down = getComputedStyle(root).writingMode.startsWith("vertical");
const [most, is] = down ? [innerHeight, root.scrollHeight] : [innerWidth, root.scrollWidth];
if (is <= most) return [];
const far = [...document.body.querySelectorAll("*")].filter((one) => {
  const box = one.getBoundingClientRect();
  return box.width && (down ? box.bottom + scrollY : box.right + scrollX) > most + 0.5 && one.checkVisibility();
});
const ends = far.filter((one) => !far.some((other) => other !== one && one.contains(other))).slice(0, 4);
return [`is ${is} of ${most} ${down ? "tall" : "wide"}: ${ends.map((one) => one.tagName + "." + one.className + " " + one.textContent.trim().slice(0, 30)).join("; ")}`];
"""
# Words of headings and of what one can use that lie over each other, as far as they are not cut off.
OVERLAP = """
const cut = (box, element) => {
  let [left, top, right, bottom] = [box.left, box.top, box.right, box.bottom];
  for (let at = element; at && at !== document.documentElement; at = at.parentElement) {
    const style = getComputedStyle(at);
    if (style.overflow === "visible" && style.overflowX === "visible" && style.overflowY === "visible") continue;
    const edge = at.getBoundingClientRect();
    [left, top, right, bottom] = [Math.max(left, edge.left), Math.max(top, edge.top), Math.min(right, edge.right), Math.min(bottom, edge.bottom)];
  }
  return right - left > 1 && bottom - top > 1 ? { left, top, right, bottom } : null;
};
const floats = (element) => { for (let at = element; at; at = at.parentElement) { if (/fixed|sticky/.test(getComputedStyle(at).position)) return true; } return false; };
const wanted = "h1, h2, h3, h4, a[href], button, summary, input:not([type=hidden]), select, textarea, th, dt, legend, label";
const found = [];
for (const one of document.body.querySelectorAll(wanted)) {
  if (!one.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || one.closest(".unseen, .skip, svg, dialog, .maplibregl-map") || floats(one)) continue;
  let boxes;
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(one.tagName)) {
    if (/^(radio|checkbox|range)$/.test(one.type)) continue;
    boxes = [one.getBoundingClientRect()];
  } else {
    boxes = [];
    const words = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
    while (words.nextNode()) {
      const node = words.currentNode;
      if (!node.textContent.trim() || node.parentElement.closest(".unseen")) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      boxes.push(...range.getClientRects());
    }
  }
  for (const box of boxes) { const left = cut(box, one); if (left) found.push([one, left]); }
}
const told = new Set();
found.sort((one, other) => one[1].top - other[1].top);
for (let i = 0; i < found.length; i++) for (let j = i + 1; j < found.length && found[i][1].bottom - found[j][1].top > 3; j++) {
  const [[a, x], [b, y]] = [found[i], found[j]];
  if (a === b || a.contains(b) || b.contains(a) || a.control === b || b.control === a) continue;
  const wide = Math.min(x.right, y.right) - Math.max(x.left, y.left), high = Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top);
  if (wide > 3 && high > 3) told.add(`${a.tagName} ${a.textContent.trim().slice(0, 24)} lies over ${b.tagName} ${b.textContent.trim().slice(0, 24)} (${Math.round(wide)} x ${Math.round(high)})`);
}
return [...told].slice(0, 6);
"""
# Every piece of text a reader meets, and the words of attributes, with the language each is in; not the Chinese that
# Mongolian words carry for those who want to compare. `bdi` marks whatever is Chinese, quoted or forgotten: it is no answer here.
WORDS = """
const skip = "script, style, pre, code, time, textarea, [translate=no], .code, kbd, .meant";
const said = [];
const tongue = (at) => at.closest("[lang]:not(bdi)").lang;
const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (words.nextNode()) {
  const at = words.currentNode.parentElement, text = words.currentNode.textContent.replace(/\\s+/g, " ").trim();
  if (text && !at.closest(skip)) said.push([text, tongue(at)]);
}
for (const at of document.body.querySelectorAll("[aria-label], [placeholder], [title], [alt]"))
  for (const name of ["aria-label", "placeholder", "title", "alt"])
    if (at.getAttribute(name) && !at.closest(skip) && !(name === "title" && at.matches(".unsure"))) said.push([at.getAttribute(name).trim(), tongue(at)]);
return said;
"""
RUN_AXE = """
const [only, done] = arguments;
const options = only.length ? { runOnly: { type: "rule", values: only } } : { runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] } };
axe.run(document, { ...options, resultTypes: ["violations"] }).then(
  (told) => done(told.violations.map((one) => `axe ${one.id}: ${one.nodes.slice(0, 3).map((node) => node.target.join(" ") + " " + node.html.slice(0, 90)).join(" | ")}`)),
  (why) => done([`axe failed: ${why}`]),
);
"""
# What depends on the colours, and what on the words; all the rest is the same in every theme and language.
OF_COLOURS = ("color-contrast", "link-in-text-block")
OF_WORDS = (
    "html-has-lang",
    "html-lang-valid",
    "valid-lang",
    "button-name",
    "link-name",
    "label",
    "image-alt",
    "target-size",
)


def settle(seen) -> None:
    """Wait until the page is there whole."""
    seen.wait(lambda: seen.driver.execute_async_script(SETTLED))


def axe(seen, *only: str) -> list[str]:
    """What axe finds, by all rules of WCAG 2.2 AA and of good practice or by some alone."""
    if not seen.driver.execute_script("return Boolean(window.axe)"):
        seen.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
    return list(seen.driver.execute_async_script(RUN_AXE, list(only)))


def shape(seen, width: int) -> list[str]:
    """What is wrong with how it is laid out at a width."""
    seen.resize(width, TALL[width])
    settle(seen)
    found = seen.driver.execute_script(OVERFLOW) + seen.driver.execute_script(OVERLAP)
    return [f"at {width}: {one}" for one in found]


def moving(seen) -> list[str]:
    """What moves on its own before somebody who wants no motion."""
    feature = {"name": "prefers-reduced-motion", "value": "reduce"}
    seen.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    running = "return document.getAnimations().filter((one) => one.playState === 'running').map((one) => one.animationName || one.transitionProperty || 'script')"
    return [f"moves: {name}" for name in seen.driver.execute_script(running)]


@cache
def untranslated(code: str) -> dict[str, str]:
    """Words that a page in a language must not have, since it has its own for them: each with those."""
    chinese, own = trans_real.translation(CHINESE), trans_real.translation(code)
    ids = {key for catalogue in chinese._catalog._catalogs for key in catalogue if isinstance(key, str)}
    wrong = {}
    for msgid in ids:
        if not msgid or "\x04" in msgid or "%" in msgid or "{" in msgid:
            continue
        meant, said = chinese.gettext(msgid), own.gettext(msgid)
        for other in {msgid, meant} - {said}:
            # A word alone may be a datum that is called like it.
            if len(other.split()) > 1 or (len(other) >= 5 and re.search(r"[\u4e00-\u9fff]", other)):
                wrong[" ".join(other.split())] = said
    if code != MONGOLIAN:
        wrong = {text: said for text, said in wrong.items() if said != text}
    return wrong


def words(seen, code: str) -> list[str]:
    """What is left untranslated on a page."""
    wrong = untranslated(code)
    found = []
    for text, tag in seen.driver.execute_script(WORDS):
        # In Chinese and English a mark of language says that a text is quoted; in Mongolian it is put to all Chinese.
        quoted = tag != BY_CODE[code].tag and code in (CHINESE, ENGLISH)
        if text in wrong and not quoted:
            found.append(f"untranslated: {text} (not {wrong[text]})")
    return sorted(set(found))
