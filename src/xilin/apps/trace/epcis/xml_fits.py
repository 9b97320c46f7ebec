"""Whether an XML element is as its shape wants it: a quick yes for what is plainly so, and no for all the rest.

Nearly every element that comes in is right. What this says no to is looked at again by `xml_checks`, which tells what
is wrong, or finds that nothing is. A yes here must be a yes there; tests hold that.
"""

from collections.abc import Callable
from typing import NamedTuple

from xilin.apps.trace.epcis.xml_shapes import DECLARED, MANY, SHAPES, SPACES, XSD, XSI, Shape
from xilin.apps.trace.epcis.xml_tree import etree
from xilin.apps.trace.epcis.xml_values import CHECKS, XSD_KINDS

_TYPE = f"{{{XSI}}}type"
_ABOUT = f"{{{XSI}}}"
# What others may add is looked at in depth elsewhere.
_LATER = frozenset((
    "QueryBody", "Anything", "Attribute", "Foreign", "Sbdh", "Scope", "EPCISCaptureJob", "QuantityElement", "Empty",
    "ServiceTransaction",
))  # fmt: skip


class Plan(NamedTuple):
    """A shape made ready: places of names, what must be there (as bits), attributes with their checks."""

    places: dict[str, tuple[int, str, bool]]
    needed: int
    attributes: dict[str, Callable[[str], bool]]
    needed_attributes: tuple[str, ...]
    shape: Shape
    space: str
    declared: dict[str, str]


def plans(version: str) -> dict[str, Plan]:
    """Every shape of a version that can be judged quickly, made ready."""
    return {
        kind: _plan(shape, version)
        for kind, shape in SHAPES[version].items()
        if kind not in _LATER and not shape.one
    }


def _plan(shape: Shape, version: str) -> Plan:
    places = {
        part.name: (at, part.kind, part.most == MANY or shape.free) for at, part in enumerate(shape.parts)
    }
    needed = 0 if shape.free else sum(1 << at for at, part in enumerate(shape.parts) if part.least)
    return Plan(
        places=places,
        needed=needed,
        attributes={each.name: CHECKS[each.kind] for each in shape.attributes},
        needed_attributes=tuple(each.name for each in shape.attributes if each.required),
        shape=shape,
        space=SPACES[version][shape.space],
        declared=DECLARED[version],
    )


def fits(element: etree._Element, kind: str, ready: dict[str, Plan]) -> bool:
    """Whether an element plainly is of a kind: a simple value's, or a shape's."""
    check = CHECKS.get(kind)
    if check is not None:
        return not len(element) and not element.attrib and check(element.text or "")
    plan = ready.get(kind)
    if plan is None or not _attributes(element, plan):
        return False
    if plan.shape.text:
        return not len(element) and CHECKS[plan.shape.text](element.text or "")
    if _says(element.text) or len(element) < plan.shape.least:
        return False
    return _children(element, plan, ready)


def _attributes(element: etree._Element, plan: Plan) -> bool:
    for name, value in element.attrib.items():
        check = plan.attributes.get(name)
        if check is not None:
            if not check(value):
                return False
        elif not plan.shape.more or name.startswith(_ABOUT):
            return False
    return not plan.needed_attributes or all(name in element.attrib for name in plan.needed_attributes)


def _children(element: etree._Element, plan: Plan, ready: dict[str, Plan]) -> bool:
    last, seen = -1, 0
    free, places = plan.shape.free, plan.places
    for child in element:
        place = places.get(child.tag)
        if place is None:
            if not (plan.shape.other and _harmless(child, plan)):
                return False
            # Others' elements come last where there is an order.
            last = last if free else MANY
        else:
            at, kind, often = place
            if not free:
                if at < last or (at == last and not often):
                    return False
                last, seen = at, seen | 1 << at
            if not fits(child, kind, ready):
                return False
        if _says(child.tail):
            return False
    return not plan.needed & ~seen


def _harmless(element: etree._Element, plan: Plan) -> bool:
    """Whether an element of others holds nothing of ours and is of the types it names, so that nothing can be wrong."""
    for each in element.iter():
        tag = each.tag
        if not isinstance(tag, str) or (each is element and (tag[0] != "{" or _space(tag) == plan.space)):
            return False
        if tag in plan.declared or (_TYPE in each.attrib and not _typed(each)):
            return False
    return True


def _space(tag: str) -> str:
    return tag[1:].partition("}")[0]


def _typed(element: etree._Element) -> bool:
    """Whether an element plainly is of the simple type of XML Schema it names."""
    prefix, _, local = element.get(_TYPE).partition(":")
    kind = XSD_KINDS.get(local)
    if kind is None or len(element) or len(element.attrib) > 1 or element.nsmap.get(prefix) != XSD:
        return False
    return CHECKS[kind](element.text or "")


def _says(text: str | None) -> bool:
    # XML's own spaces only; others, such as those that don't break, are text.
    return text is not None and text != "" and not (text.isspace() and text.isascii())
