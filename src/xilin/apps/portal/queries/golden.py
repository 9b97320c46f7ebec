"""Golden records for reviewers: values in words, identifiers masked, what differs marked, where each came from."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.apps.portal.queries.names import Names
from xilin.kernel.exchange import masks
from xilin.kernel.registry import decisions, history, relations
from xilin.kernel.registry import queries as registry
from xilin.kernel.standards.queries import declaration, declared
from xilin.lib.errors import NotFound
from xilin.lib.text import Text

HIDDEN = "******"
# Below this likeness of longer values single characters that agree by chance would only confuse: all is marked.
ALIKE, SHORT = 0.6, 6


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a value, and whether the other side has it otherwise."""

    text: str
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a golden record with where its value comes from, and by which rule it was chosen."""

    name: str
    value: str
    source: str
    batch: int
    valid: str
    rule: str
    masked: bool


@dataclass(frozen=True, slots=True)
class Member:
    """A record of an entity: its source, its key as it may be shown, how it came here."""

    pk: int
    source: str
    key: str
    how: str
    code: str
    weight: float | None


@dataclass(frozen=True, slots=True)
class Kin:
    """Another golden record that this one is related to: what the relation is called, how it was found."""

    relation: str
    title: str
    registry: str
    entity: Any
    how: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class Past:
    """A value that a field had."""

    value: str
    source: str
    batch: int
    valid: str
    recorded: datetime | None
    recorded_to: datetime | None


class Words:
    """How the values of one registry are shown to a reviewer."""

    def __init__(self, code: str) -> None:
        found = declaration("registry", code)
        if found is None:
            raise NotFound(kind=_("registry"), name=code)
        self.registry = found
        self.language = get_language() or ""
        self._elements, self._names = declared("element"), Names()
        self._lists: dict[str, dict[str, str]] = {}
        self._areas: dict[str, Any] = {}
        self._masks = self._masked()
        self._plain: set[str] | None = None

    @property
    def name(self) -> str:
        """What the registry is called."""
        return str(self.registry.name.of(self.language))

    def source(self, code: str) -> str:
        """What a source is called."""
        return self._names.of("source", code)

    def attribute(self, code: str) -> str:
        """What a field is called."""
        found = next((one for one in self.registry.attribute if one.code == code), None)
        if found is None:
            return code
        return str((found.name or self._elements[found.element].name).of(self.language))

    def masked(self, code: str) -> bool:
        """Whether a field's value is shown through a mask: identifiers of persons are."""
        return code in self._masks

    def show(self, code: str, value: Any) -> str:
        """A value as it may be shown: codes in words, identifiers of persons masked."""
        if value is None or value == "":
            return ""
        if code in self._masks:
            return _stars(str(value), self._masks[code])
        element = self._element(code)
        if element is not None and element.code_list:
            word = self._entries(element.code_list).get(str(value))
            return f"{word} ({value})" if word else str(value)
        if element is not None and element.check == "area_code":
            return self._area(str(value))
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        return str(value)

    def sides(self, code: str, left: Any, right: Any) -> tuple[list[Part], list[Part]]:
        """Two values side by side, with the characters marked in which they differ.

        They are compared as they are and shown as they may be: of a masked one the stars that hide
        what differs are marked.
        """
        shown = self.show(code, left), self.show(code, right)
        if left == right or not all(shown):
            return [Part(shown[0])] if shown[0] else [], [Part(shown[1])] if shown[1] else []
        raw = (str(left), str(right)) if self.masked(code) else shown
        matcher = SequenceMatcher(None, *raw, autojunk=False)
        element = self._element(code)
        unlike = matcher.ratio() < ALIKE and max(map(len, raw)) > SHORT
        if unlike or (element is not None and element.code_list):
            return [Part(shown[0], differs=True)], [Part(shown[1], differs=True)]
        blocks = matcher.get_opcodes()
        return (
            _parts(shown[0], [(a, b, tag != "equal") for tag, a, b, _c, _d in blocks]),
            _parts(shown[1], [(c, d, tag != "equal") for tag, _a, _b, c, d in blocks]),
        )

    def key(self, source: str, key: str) -> str:
        """A record's key; one that tells of a person is hidden."""
        if self._plain is None:
            self._plain = _plain_sources(self._elements)
        return key if source in self._plain else f"{key[:2]}{HIDDEN}"

    def title(self, attributes: dict[str, Any]) -> str:
        """What an entity is called: its name where the registry has one, else its first value that isn't masked."""
        search = getattr(self.registry, "search", None)
        wanted = [search.name] if search else []
        wanted += [code for code in self.registry.codes if code.endswith("name")]
        wanted += [code for code in self.registry.codes if not self.masked(code)]
        return next((self.show(code, attributes[code]) for code in wanted if attributes.get(code)), "—")

    def rule(self, attribute: Any) -> str:
        """How the value that stands was chosen among the records'."""
        told = {
            "authority": _("the most authoritative source"),
            "latest": _("the latest record"),
            "frequent": _("what most records say"),
        }[attribute.choose]
        if not attribute.prefer:
            return told
        joined = ("、" if self.language.startswith("zh") else ", ").join(map(self.source, attribute.prefer))
        return _("first %(sources)s; then %(rule)s") % {"sources": joined, "rule": told}

    def _element(self, code: str) -> Any:
        found = next((one for one in self.registry.attribute if one.code == code), None)
        return self._elements.get(found.element) if found else None

    def _entries(self, code: str) -> dict[str, str]:
        if code not in self._lists:
            found = declaration("code_list", code)
            entries = found.entries if found else ()
            self._lists[code] = {one.code: Text(zh=one.zh, en=one.en).of(self.language) for one in entries}
        return self._lists[code]

    def _area(self, code: str) -> str:
        if code not in self._areas:
            self._areas[code] = declaration("area", code)
        area = self._areas[code]
        if area is None:
            return code
        return f"{Text(zh=area.name, en=area.name_en).of(self.language)} ({code})"

    def _masked(self) -> dict[str, Any]:
        """The mask of each identifier of persons, as the resources that feed the registry declare it; None: all stars."""
        known, found = declared("mask"), {}
        items = [
            item
            for resource in declared("resource").values()
            if resource.registry == self.registry.code
            for item in resource.item
        ]
        for attribute in self.registry.attribute:
            identifies = any(one.attribute == attribute.code for one in self.registry.identifier)
            if identifies and self._elements[attribute.element].personal != "no":
                named = (known.get(item.mask) for item in items if item.key == attribute.key and item.mask)
                found[attribute.code] = next((m for m in named if m is not None and m.kind == "stars"), None)
        return found


def _stars(value: str, mask: Any) -> str:
    return masks.stars(value, mask) if mask is not None else "*" * len(value)


def _parts(shown: str, pieces: Iterable[tuple[int, int, bool]]) -> list[Part]:
    return [Part(shown[a:b], differs) for a, b, differs in pieces if a < b]


def _plain_sources(elements: dict[str, Any]) -> set[str]:
    """The sources whose records' keys say nothing of a person."""
    resources = declared("resource")
    plain = {
        code
        for code, resource in resources.items()
        if all(elements[resource.column(key).element].personal == "no" for key in resource.key)
    }
    return {code for code, source in declared("source").items() if source.resource in plain}


def time(valid: str | None) -> str:
    """A source's own time to the minute."""
    return (valid or "").replace("T", " ")[:16]


def fields(words: Words, known: history.Known) -> list[Field]:
    """The fields of a golden record in declared order, those without a value too."""
    found = []
    for attribute in words.registry.attribute:
        value = known.fields.get(attribute.code)
        found.append(
            Field(
                words.attribute(attribute.code),
                words.show(attribute.code, value.value) if value else "",
                words.source(value.source) if value else "",
                value.batch if value else 0,
                time(value.valid) if value else "",
                words.rule(attribute),
                words.masked(attribute.code),
            )
        )
    return found


def members(words: Words, entity: Any) -> list[Member]:
    """The records of an entity as it is now."""
    return [
        Member(
            one.pk,
            words.source(one.source),
            words.key(one.source, one.key),
            str(registry.way(one.how)),
            one.how,
            one.weight,
        )
        for one in registry.members(entity)
    ]


def former(words: Words, version: history.Version | None) -> list[Member]:
    """The records an entity had in a version of before."""
    return [
        Member(0, words.source(source), words.key(source, key), str(registry.way(how)), how, weight)
        for source, key, how, weight in (version.records if version else ())
    ]


def past(words: Words, entity: Any) -> list[tuple[str, list[Past]]]:
    """The fields that had more than one value, with all of them, the newest first."""
    told = history.field_history(entity)
    return [
        (
            words.attribute(attribute.code),
            [
                Past(
                    words.show(attribute.code, one.value),
                    words.source(one.source),
                    one.batch,
                    time(one.valid),
                    one.recorded,
                    one.recorded_to,
                )
                for one in reversed(told[attribute.code])
            ],
        )
        for attribute in words.registry.attribute
        if len(told.get(attribute.code, ())) > 1
    ]


def kin(related: Iterable[relations.Related]) -> list[Kin]:
    """Relations in the reader's words, by relation and title."""
    known: dict[str, Words] = {}
    found = []
    for one in related:
        words = known.setdefault(one.entity.registry, Words(one.entity.registry))
        found.append(
            Kin(
                str(one.name.of(words.language)),
                words.title(one.entity.attributes),
                words.name,
                one.entity,
                str(relations.way(one.how)),
                one.agrees,
            )
        )
    return sorted(found, key=lambda one: (one.relation, one.title, str(one.entity.pk)))


def decided(user: Any, entity: Any) -> list[Any]:
    """The decisions that concern an entity, for a reviewer."""
    return list(decisions.about(entity)) if decisions.may_review(user) else []
