"""编制表 Forms of the desk for an entry and its items; what they clean makes a `declarations.Resource`."""

from collections.abc import Sequence
from typing import Any

import msgspec
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from xilin.kernel.catalog import codes, queries
from xilin.kernel.catalog.declarations import Contact, Item
from xilin.kernel.catalog.declarations import Resource as Entry
from xilin.kernel.catalog.models import Resource, ShareType
from xilin.kernel.standards.declarations import Name
from xilin.kernel.standards.queries import declared
from xilin.lib.text import Text

MORE_ROWS = 3
MOST_ITEMS = 500


class EntryForm(forms.Form):
    """编制表 The fields of an entry, in the order of the guide; its items stand in `ItemForm` rows."""

    digits = forms.ChoiceField(
        label=_("Class"), help_text=_("It begins the catalogue code; the number is given.")
    )
    name = forms.CharField(label=_("Name of the resource"), max_length=200)
    name_en = forms.CharField(label=_("English name"), max_length=200, required=False)
    summary = forms.CharField(
        label=_("Summary of the entry"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    summary_en = forms.CharField(
        label=_("English summary"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    format = forms.ChoiceField(label=_("Format"), choices=Resource.Format)
    share_type = forms.ChoiceField(label=_("Share type"), choices=ShareType)
    share_condition = forms.CharField(
        label=_("Share condition"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Where it is shared on conditions: which."),
    )
    share_basis = forms.CharField(
        label=_("Basis of the share type"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What isn't shared names the law or the decision of the State Council."),
    )
    share_mode = forms.ChoiceField(label=_("Share mode"), choices=Resource.Mode, initial="service")
    open = forms.BooleanField(label=_("Open to the public"), required=False)
    open_condition = forms.CharField(label=_("Open condition"), max_length=1000, required=False)
    update_cycle = forms.ChoiceField(label=_("Update cycle"), choices=Resource.Cycle)
    related = forms.CharField(
        label=_("Related resources"),
        max_length=1000,
        required=False,
        help_text=_("Their catalogue codes, with a blank between them."),
    )
    contact = forms.CharField(
        label=_("Office to ask"),
        max_length=200,
        required=False,
        help_text=_("An office and its telephone, never a person's own."),
    )
    telephone = forms.CharField(label=_("Its telephone"), max_length=40, required=False)
    email = forms.EmailField(label=_("Its e-mail"), required=False)

    def __init__(
        self, *args: Any, entry: Entry | None = None, in_folder: bool = False, **kwargs: Any
    ) -> None:
        if entry is not None:
            kwargs["initial"] = _initial(entry) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.entry = entry
        self.fields["digits"].choices = queries.class_choices()  # type: ignore[attr-defined]
        self.fields["digits"].disabled = in_folder

    def made(self, items: Sequence[Item], keys: Sequence[str], lookups: Sequence[str], base: Entry) -> Entry:
        """The entry that the form and its items say, over `base`, which keeps what no form asks for."""
        said = self.cleaned_data
        digits = said["digits"]
        number = base.catalogue_code if base.catalogue_code.startswith(f"{digits}/") else f"{digits}/0"
        contact = None
        if said["contact"].strip():
            old = base.contact.name if base.contact else None
            contact = Contact(_text(said["contact"], old), said["telephone"].strip(), said["email"])
        return msgspec.structs.replace(
            base,
            catalogue_code=number,
            classification=queries.class_path(digits),
            name=Name(zh=said["name"].strip(), en=said["name_en"].strip(), mn=base.name.mn),
            summary=Text(zh=said["summary"].strip(), en=said["summary_en"].strip()),
            share_condition=_text(said["share_condition"], base.share_condition),
            share_basis=_text(said["share_basis"], base.share_basis),
            open_condition=_text(said["open_condition"], base.open_condition),
            related=tuple(said["related"].replace("、", " ").replace(",", " ").split()),
            contact=contact,
            item=tuple(items),
            key=tuple(keys),
            lookup=tuple(lookups),
            **{name: said[name] for name in ("format", "share_type", "share_mode", "open", "update_cycle")},
        )


class ItemForm(forms.Form):
    """信息项 One row of the items; a row without a data element is none."""

    element = forms.CharField(
        label=_("Data element"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"list": "elements", "autocomplete": "off"}),
        help_text=_("Its code; begin to type and choose."),
    )
    column = forms.CharField(label=_("Column, where it isn't the element"), max_length=60, required=False)
    name = forms.CharField(label=_("Name, where it isn't the element's"), max_length=200, required=False)
    share_type = forms.ChoiceField(label=_("Share type of the item"), required=False)
    share_basis = forms.CharField(
        label=_("Basis, where it is shared less freely than the resource"), max_length=1000, required=False
    )
    mask = forms.ChoiceField(label=_("Mask"), required=False)
    key = forms.BooleanField(label=_("Tells records apart"), required=False)
    lookup = forms.BooleanField(label=_("Records are looked up by it"), required=False)
    required = forms.BooleanField(label=_("Always has a value"), required=False)
    open = forms.BooleanField(label=_("Open to the public"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or ""
        self.fields["share_type"].choices = [("", _("as the resource")), *ShareType.choices]  # type: ignore[attr-defined]
        self.fields["mask"].choices = [  # type: ignore[attr-defined]
            ("", _("none")),
            *((code, mask.name.of(language)) for code, mask in _masks().items()),
        ]

    def clean_element(self) -> str:
        """The code alone, where the browser gave code and name."""
        return str(self.cleaned_data["element"]).strip().split(" ", 1)[0]

    @property
    def title(self) -> str:
        """What the row is called above its fields."""
        value = self["name"].value() or self["column"].value() or self["element"].value() or ""
        return str(value)


class ItemRows(forms.BaseFormSet):  # type: ignore[type-arg]
    """All items of an entry; those the league folder declares keep element, column, key and look-up."""

    def __init__(self, *args: Any, entry: Entry, in_folder: bool = False, **kwargs: Any) -> None:
        self.entry, self.in_folder = entry, in_folder
        kwargs.setdefault("initial", [_initial_item(entry, item) for item in entry.item])
        super().__init__(*args, **kwargs)

    def add_fields(self, form: ItemForm, index: int | None) -> None:
        """The declared fields can't be changed on the desk."""
        super().add_fields(form, index)
        if self.in_folder:
            for name in ("element", "column", "key", "lookup", "required"):
                form.fields[name].disabled = True

    def made(self) -> tuple[list[Item], list[str], list[str]]:
        """The items, the columns that tell records apart, and those records are looked up by."""
        known = {item.key: item for item in self.entry.item}
        items, keys, lookups = list[Item](), list[str](), list[str]()
        for form in self.forms:
            said = form.cleaned_data
            if not said.get("element") or said.get("DELETE"):
                continue
            column = said["column"].strip()
            before = known.get(column or said["element"], Item(element=said["element"]))
            item = msgspec.structs.replace(
                before,
                element=said["element"],
                column="" if column == said["element"] else column,
                name=_name(said["name"].strip(), before.name),
                share_type=said["share_type"] or None,
                share_basis=_text(said["share_basis"], before.share_basis),
                mask=said["mask"],
                open=said["open"],
                required=said["required"],
            )
            items.append(item)
            keys += [item.key] if said["key"] else []
            lookups += [item.key] if said["lookup"] else []
        return items, keys, lookups


class ReasonForm(forms.Form):
    """What a reviewer says with a decision; without a reason nothing is returned."""

    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class RemarkForm(forms.Form):
    """What someone may say with a step that needs no reason."""

    reason = forms.CharField(
        label=_("Remark"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )


def rows(entry: Entry, data: Any = None, *, in_folder: bool = False, more: int = 0) -> ItemRows:
    """The rows of an entry's items, bound where there is data, with empty ones behind."""
    extra = 0 if in_folder else (more or (MORE_ROWS if not entry.item else 1))
    made: Any = forms.formset_factory(
        ItemForm,
        formset=ItemRows,
        extra=extra,
        can_delete=not in_folder,
        max_num=MOST_ITEMS,
        absolute_max=MOST_ITEMS,
    )
    bound: ItemRows = made(data, entry=entry, in_folder=in_folder, prefix="items")
    return bound


class SheetForm(forms.Form):
    """A workbook of catalogue sheets."""

    file = forms.FileField(
        label=_("Workbook (XLSX)"),
        widget=forms.FileInput(
            attrs={"accept": ".xlsx,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
        ),
        help_text=_("One sheet of entries with the thirteen fields, one of their items; 10 MB at most."),
    )


def elements() -> list[tuple[str, str]]:
    """The data elements to choose from: code and name in the reader's language."""
    language = get_language() or ""
    return [(code, one.name.of(language)) for code, one in declared("element").items()]


def _masks() -> dict[str, Any]:
    return declared("mask")


def _initial(entry: Entry) -> dict[str, Any]:
    parted = codes.parted(entry.catalogue_code)
    said: dict[str, Any] = {"digits": parted.digits if parted else ""}
    for name in ("name", "summary"):
        text = getattr(entry, name)
        said |= {name: text.zh, f"{name}_en": text.en}
    for name in ("share_condition", "share_basis", "open_condition"):
        said[name] = getattr(entry, name).zh
    for name in ("format", "share_type", "share_mode", "open", "update_cycle"):
        said[name] = getattr(entry, name)
    said["related"] = " ".join(entry.related)
    if entry.contact:
        said |= {
            "contact": entry.contact.name.zh,
            "telephone": entry.contact.telephone,
            "email": entry.contact.email,
        }
    return said


def _initial_item(entry: Entry, item: Item) -> dict[str, Any]:
    return {
        "element": item.element,
        "column": item.column,
        "name": item.name.zh if item.name else "",
        "share_type": item.share_type or "",
        "share_basis": item.share_basis.zh,
        "mask": item.mask,
        "key": item.key in entry.key,
        "lookup": item.key in entry.lookup,
        "required": item.required,
        "open": item.open,
    }


def _text(zh: str, before: Text | None) -> Text:
    """Chinese words, with the other languages of the same words where they didn't change."""
    zh = zh.strip()
    return before if before is not None and before.zh == zh else Text(zh=zh)


def _name(zh: str, before: Name | None) -> Name | None:
    if not zh:
        return None
    return before if before is not None and before.zh == zh else Name(zh=zh)
