"""Reading a page as a person or an assistive device would: its text, its structure, what is missing."""

import re
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "img", "hr", "rect", "path", "circle", "use", "line", "polygon", "wbr"}
# Names that are the same in every language, and commands as they are typed.
SAME = {
    "xilin", "run", "apply", "tab", "esc", "enter", "curl", "dcat", "json", "csv", "xlsx", "html", "word", "rfc", "mysql", "mariadb", "postgresql",
    "sqlite", "http", "utf", "sig", "lodp", "sdmx", "ann", "bob", "dora", "eve", "auditor", "engineer",
}  # fmt: skip


class Page(HTMLParser):
    """A parsed page."""

    def __init__(self, text):
        super().__init__()
        self.open, self.words, self.tags, self.unclosed = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.append((tag, given, [name for name, _ in self.open]))
        if tag not in VOID:
            self.open.append((tag, given))

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes), [name for name, _ in self.open]))

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open[-1][0] != tag:
            self.unclosed.append(tag)
            return
        self.open.pop()

    def handle_data(self, data):
        if data.strip() and not self._literal():
            self.words.append(data.strip())

    def _literal(self):
        for tag, given in self.open:
            if (
                tag in {"script", "style", "pre", "code", "time", "textarea"}
                or "code" in (given.get("class") or "").split()
            ):
                return True
            if given.get("lang") and tag != "html":
                return True
        return False

    def said(self):
        """What is read out: text, and the attributes that carry words."""
        named = [
            given[name]
            for _, given, _ in self.tags
            for name in ("aria-label", "placeholder")
            if given.get(name)
        ]
        return [*self.words, *named]

    def count(self, tag):
        return sum(1 for name, _, _ in self.tags if name == tag)


def foreign(text):
    """English words on a Chinese page."""
    found = set()
    for said in Page(text).said():
        for word in re.findall(r"(?<![A-Za-z0-9_])[A-Za-z'’]{3,}(?![A-Za-z0-9_])", said):
            if word.lower() not in SAME:
                found.add(word)
    return found


def faults(text):
    """What a reader with an assistive device would stumble over."""
    page = Page(text)
    found = [f"{tag} is closed but not open" for tag in page.unclosed]
    found += [f"{page.count('h1')} h1"] if page.count("h1") != 1 else []
    found += [f"no {tag}" for tag in ("main", "header", "footer", "nav") if not page.count(tag)]
    ids = [given["id"] for _, given, _ in page.tags if given.get("id")]
    found += [f"id {one} stands twice" for one in {one for one in ids if ids.count(one) > 1}]
    labelled = {given.get("for") for tag, given, _ in page.tags if tag == "label"}
    for tag, given, within in page.tags:
        asks = tag in {"input", "select", "textarea"} and given.get("type") not in {"hidden", "submit"}
        asks = asks and "hidden" not in given
        named = given.get("id") in labelled or "label" in within or given.get("aria-label")
        if asks and not named:
            found.append(f"{tag} {given.get('name')} has no label")
        if tag == "th" and not given.get("scope"):
            found.append("a heading of a table without scope")
        if tag == "svg" and not (given.get("aria-hidden") or given.get("aria-label")):
            found.append("a drawing without words")
        if tag == "nav" and not given.get("aria-label"):
            found.append("a nav without a name")
    if "<table" in text and "<thead" not in text:
        found.append("a table without headings")
    return found
