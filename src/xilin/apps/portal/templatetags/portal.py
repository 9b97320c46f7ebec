"""Filters for things of the kernel that carry words in several languages."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.lib.text import Text

register = template.Library()


@register.filter
def named(department: Any) -> str:
    """A department's full name in the reader's language."""
    if department is None:
        return ""
    return Text(zh=department.name, en=department.name_en).of(get_language() or "")


@register.filter
def briefly(department: Any) -> str:
    """A department's short name in the reader's language."""
    if department is None:
        return ""
    return Text(zh=department.short, en=department.short_en).of(get_language() or "")


@register.filter
def get(mapping: Any, key: object) -> Any:
    """A value by its key, or nothing."""
    return mapping.get(key) if mapping else None


@register.simple_tag(takes_context=True)
def facet(context: template.Context, name: str, value: str) -> str:
    """The catalogue's address with one facet changed, from its first page."""
    wanted = context["request"].GET.copy()
    wanted.pop("page", None)
    wanted.pop(name, None)
    if value:
        wanted[name] = value
    return f"{reverse('portal:catalogue')}?{wanted.urlencode()}"


@register.filter
def step_name(code: str) -> str:
    """What a step of a case is called."""
    known = {
        "reply": _("Reply"),
        "provide": _("Provide the data"),
        "review": _("Review"),
        "correct": _("Correct"),
        "verify": _("Verify"),
    }
    return str(known.get(code, code))


@register.filter
def event_name(kind: str) -> str:
    """What happened to a request."""
    known = {
        "asked": _("Asked"),
        "lawful": _("Granted at once by law"),
        "approved": _("Approved"),
        "refused": _("Refused"),
        "withdrawn": _("Withdrawn"),
        "revoked": _("Grant ended"),
    }
    return str(known.get(kind, kind))
