"""Entries on their way and their versions, in words: fields, items, differences, what may be done now."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.apps.portal.queries.names import Names
from xilin.kernel.catalog import actions as catalog
from xilin.kernel.catalog import entries, forms, queries
from xilin.kernel.standards.queries import declared
from xilin.lib.text import Text


@dataclass(frozen=True, slots=True)
class Row:
    """One item of an entry with the words for its codes."""

    item: Any
    name: str
    element: str
    share_type: str
    share_label: str
    basis: str
    mask: str
    key: bool
    lookup: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """One difference in words."""

    what: str
    item: str
    before: str
    after: str
    verb: str


def labels() -> dict[str, str]:
    """What the fields of an entry and of an item are called, by their names."""
    return {
        "classification": _("Classification"),
        "name": _("Name"),
        "catalogue_code": _("Catalogue code"),
        "provider": _("Provider"),
        "summary": _("Summary of content"),
        "format": _("Format"),
        "share_type": _("Share type"),
        "share_condition": _("Share condition"),
        "share_basis": _("Basis of the share type"),
        "share_mode": _("Share mode"),
        "open": _("Open to the public"),
        "open_condition": _("Open condition"),
        "update_cycle": _("Update cycle"),
        "related": _("Related resources"),
        "contact": _("Office to ask"),
        "key": _("Items that tell records apart"),
        "lookup": _("Items records are looked up by"),
        "registry": _("Base registry"),
        "item": _("Item"),
        "element": _("Data element"),
        "mask": _("Mask"),
        "required": _("Always has a value"),
        "one_source": _("The one source"),
    }


def choices() -> dict[str, dict[str, str]]:
    """The words of each field that holds one of a few."""
    form = forms.EntryForm()
    named = ("format", "share_type", "share_mode", "update_cycle")
    return {
        name: {str(code): str(label) for code, label in form.fields[name].choices}  # type: ignore[attr-defined]
        for name in named
    }


def said(field: str, value: Any, known: dict[str, dict[str, str]]) -> str:
    """One value in words; a dash where there is none."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value in (None, "", ()):
        return "—"
    if field in known:
        return known[field].get(str(value), str(value))
    if isinstance(value, Text):
        return " / ".join(part for part in (value.zh, value.en) if part) or "—"
    if field == "contact":
        return " · ".join(part for part in (value.name.zh, value.telephone, value.email) if part)
    if isinstance(value, tuple):
        return (" / " if field == "classification" else ", ").join(map(str, value))
    return str(value)


def fields(value: Any, provider: Any) -> list[tuple[str, str, str]]:
    """The fields of the guide, in its order, as an entry says them: name, value, and the value's language where it is another."""
    words, known = labels(), choices()
    order = (
        "classification", "name", "catalogue_code", "provider", "summary", "format", "share_type", "share_condition",
        "share_basis", "share_mode", "open", "open_condition", "update_cycle", "related", "contact",
    )  # fmt: skip
    found = []
    for name in order:
        told = getattr(value, name)
        if name == "provider":
            shown = f"{provider.name} {provider.uscc}"
        elif name == "related" and told:
            names = Names()
            shown = ", ".join(names.of("resource", code) for code in told)
        else:
            shown = (told.zh or "—") if isinstance(told, Text) else said(name, told, known)
        if name == "catalogue_code" and shown.endswith("/0"):
            shown = _("%(digits)s/…, given when it is submitted") % {"digits": shown[:-2]}
        if shown != "—":
            found.append((words[name], shown, ""))
        if isinstance(told, Text) and told.en:
            found.append((_("%(field)s in English") % {"field": words[name]}, told.en, "en"))
    return found


def items(value: Any) -> list[Row]:
    """The items of an entry with the words for their codes."""
    language, elements, masks = get_language() or "", declared("element"), declared("mask")
    types = choices()["share_type"]
    return [
        Row(
            item,
            _name(item, elements, language),
            item.element,
            item.share_type or value.share_type,
            types[item.share_type or value.share_type],
            item.share_basis.of(language),
            masks[item.mask].name.of(language) if item.mask in masks else item.mask,
            item.key in value.key,
            item.key in value.lookup,
        )
        for item in value.item
    ]


def _name(item: Any, elements: dict[str, Any], language: str) -> str:
    if item.name:
        return str(item.name.of(language))
    return str(elements[item.element].name.of(language)) if item.element in elements else item.element


def differences(before: Any, after: Any) -> list[Changed]:
    """What two versions say differently, in words."""
    words, known = labels(), choices()
    return [
        Changed(
            words.get(one.field, one.field),
            one.item,
            said(one.field, one.before, known),
            said(one.field, one.after, known),
            one.verb,
        )
        for one in queries.differences(before, after)
    ]


def problems(found: Iterable[entries.Problem]) -> list[tuple[str, str]]:
    """What is wrong, and what would be right."""
    language = get_language() or ""
    return [(one.what.of(language), one.allowed.of(language) if one.allowed else "") for one in found]


def about(user: Any, one: Any) -> dict[str, Any]:
    """All that the page of a compilation shows, and what its reader may do now."""
    value = one.value
    open_ = one.state in ("draft", "returned")
    mine = queries.may_compile(user) and user.department_id == one.provider_id
    newest = one.resource.versions.filter(until=None).first() if one.resource_id else None
    compare = newest if not one.ended and one.aim == "publish" else None
    return {
        "one": one,
        "value": value,
        "fields": fields(value, one.provider),
        "items": items(value),
        "changes": differences(compare.value, value) if compare else [],
        "amends": compare,
        "problems": problems(catalog.problems(one)) if open_ else [],
        "course": one.steps.select_related("by", "department"),
        "step": one.case.steps.filter(ended_at=None).first() if one.case_id else None,
        "may_change": mine and open_,
        "may_take_back": mine and one.state in ("department_review", "authority_review"),
        "may_review": queries.may_review(user, one),
        "last": one.state == "authority_review",
        "names": Names(),
    }
