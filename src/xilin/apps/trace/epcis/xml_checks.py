"""What is wrong with an EPCIS XML document, with the XPath and line of each fault, in words that say what to do."""

from collections.abc import Iterator

from xilin.apps.trace.epcis.errors import Fault
from xilin.apps.trace.epcis.fields import EVENTS, FIELDS
from xilin.apps.trace.epcis.xml_fits import fits, plans
from xilin.apps.trace.epcis.xml_shapes import (
    DECLARED,
    OLD_PLACES,
    OURS,
    QUERY_ELEMENTS,
    ROOTS,
    SHAPES,
    SPACES,
    STANDS_FOR,
    XSD,
    XSI,
    Attribute,
    Part,
    Shape,
    named_kind,
)
from xilin.apps.trace.epcis.xml_tree import etree
from xilin.apps.trace.epcis.xml_values import NARROWER, RARE, XSD_KINDS, is_rare, is_value, said
from xilin.lib.text import Text

MOST = 50


def faults(root: etree._Element, version: str) -> list[Fault]:
    """What the shapes of a version have against a document, at most `MOST` places; nothing for a good one."""
    kind = ROOTS[version].get(str(root.tag))
    if kind is not None and fits(root, kind, _PLANS[version]):
        return []
    found = []
    for fault in _Check(version).document(root):
        found.append(fault)
        if len(found) >= MOST:
            break
    return found


# Types of XML Schema that elements of others may name.
_SIMPLE = RARE | XSD_KINDS.keys() | {"anyType"}
_PLANS = {version: plans(version) for version in SHAPES}
# Elements that only others may stand for.
_ABSTRACT = frozenset(STANDS_FOR.values())
# Elements that are URIs of XML Schema and no more; the others are of types of the standard's own.
_PLAIN_URIS = frozenset(("certificationInfo", "dest", "trigger", "type", "instance", "errorFile"))
# What XML Schema lets any element say of itself.
_ABOUT = frozenset(
    f"{{{XSI}}}{name}" for name in ("type", "nil", "schemaLocation", "noNamespaceSchemaLocation")
)


class _Check:
    def __init__(self, version: str) -> None:
        self.version = version
        self.shapes = SHAPES[version]
        self.declared = DECLARED[version]
        self.plans = _PLANS[version]

    def document(self, root: etree._Element) -> Iterator[Fault]:
        tag = str(root.tag)
        if tag in ROOTS[self.version]:
            yield from self.element(root, ROOTS[self.version][tag])
        elif tag in self.shapes and (is_event(root) or tag == "VocabularyList"):
            yield from self.element(root, tag)
        elif root.tag == "extension" and any(is_event(each) for each in root.iter("*")):
            yield from self.element(
                root, "EventListExtension" if "BaseExtension" in self.shapes else "Foreign"
            )
        else:
            yield self.fault(
                root,
                "root",
                Text(
                    zh=f"不认识的文档 {_shown(root.tag)}", en=f"There is no EPCIS document {_shown(root.tag)}"
                ),
                Text(
                    zh="根元素用 EPCISDocument、EPCISQueryDocument 或 EPCISMasterDataDocument，命名空间 urn:epcglobal:epcis:xsd:2 等",
                    en="Begin with EPCISDocument, EPCISQueryDocument or EPCISMasterDataDocument, in a namespace such as"
                    " urn:epcglobal:epcis:xsd:2",
                ),
            )

    def element(self, element: etree._Element, kind: str) -> Iterator[Fault]:
        if fits(element, kind, self.plans):
            return
        yield from self.slowly(element, kind)

    def slowly(self, element: etree._Element, kind: str) -> Iterator[Fault]:
        yield from self.about(element, kind)
        if kind == "QueryBody":
            yield from self.attributes(element, Shape(more=False))
            yield from self.no_text(element)
            yield from self.query_body(element)
            return
        if kind == "Anything":
            yield from self.lax(element)
            return
        if kind[0].islower():
            yield from self.simple(element, kind)
            return
        shape = self.shapes[kind]
        yield from self.attributes(element, shape)
        if kind == "Attribute":
            for child in element.iterchildren("*"):
                yield from self.lax(child)
            return
        if shape.text and not shape.local:
            yield from self.text(element, shape.text)
            for child in element.iterchildren("*"):
                yield self.unexpected(child, ())
            return
        if shape.least and not len(element):
            yield self.missing(element, "…")
        if not shape.text:
            # What holds nothing may not hold spaces either.
            nothing = kind in ("Empty", "ServiceTransaction")
            yield from self.no_text(element, even_blank=nothing and bool(element.text))
        yield from self.children(element, shape)

    def no_text(self, element: etree._Element, *, even_blank: bool = False) -> Iterator[Fault]:
        if even_blank or _has_text(element):
            yield self.fault(
                element,
                "text",
                Text(
                    zh=f"{_shown(element.tag)} 里不能直接写文字",
                    en=f"No text may stand directly in {_shown(element.tag)}",
                ),
                Text(zh="去掉文字，或写进子元素", en="Remove the text, or put it in a child element"),
            )

    def query_body(self, element: etree._Element) -> Iterator[Fault]:
        children = list(element.iterchildren("*"))
        if len(children) != 1:
            yield self.fault(
                element,
                "query",
                Text(zh="应当正好有一个查询或结果", en="There must be exactly one query or answer"),
                Text(
                    zh="如 epcisq:Poll 或 epcisq:QueryResults",
                    en="Such as epcisq:Poll or epcisq:QueryResults",
                ),
            )
            return
        name = etree.QName(children[0])
        if name.namespace != SPACES[self.version]["query"] or name.localname not in QUERY_ELEMENTS:
            yield self.unexpected(children[0], tuple(f"epcisq:{each}" for each in ("QueryResults", "Poll")))
            return
        yield from self.element(children[0], QUERY_ELEMENTS[name.localname])

    def about(self, element: etree._Element, kind: str) -> Iterator[Fault]:
        """What an element of the standard says of itself: that it is nothing, or of which type it is."""
        nothing = element.get(f"{{{XSI}}}nil")
        may_be = element.tag == "quantity" and kind == "decimal" and is_value("boolean", nothing or "")
        if nothing is not None and not may_be:
            yield self.fault(
                element,
                "xsi:nil",
                Text(zh=f"{_shown(element.tag)} 不能有 xsi:nil", en=f"{_shown(element.tag)} can't be nil"),
                Text(zh="去掉 xsi:nil", en="Remove xsi:nil"),
                attribute="xsi:nil",
            )
        named = element.get(f"{{{XSI}}}type")
        if named is not None and kind != "Anything" and not self.may_name(element, kind, named):
            yield self.fault(
                element,
                "xsi:type",
                Text(
                    zh=f"{_shown(element.tag)} 不能是类型 {named}",
                    en=f"{_shown(element.tag)} can't be of the type {named}",
                ),
                Text(zh="去掉 xsi:type", en="Remove xsi:type"),
                attribute="xsi:type",
            )

    def may_name(self, element: etree._Element, kind: str, named: str) -> bool:
        """Whether an element of a kind may name a type: its own, or a narrower one of XML Schema."""
        prefix, _, local = named.strip().rpartition(":")
        namespace = element.nsmap.get(prefix or None)
        if namespace != XSD:
            return namespace in SPACES[self.version].values() and named_kind(local, self.version) == kind
        if local == "anyURI":
            return kind == "uri" and element.tag in _PLAIN_URIS
        narrower = NARROWER.get("string" if kind == "offset" else kind, ())
        # The standard's own simple types are narrower than those of XML Schema.
        if local not in narrower or element.tag in ("epc", "uom"):
            return False
        text = element.text or ""
        return is_rare(local, text, element.nsmap) if local in RARE else is_value(XSD_KINDS[local], text)

    # -- children ------------------------------------------------------------------------------------------------

    def children(self, element: etree._Element, shape: Shape) -> Iterator[Fault]:
        children = list(element.iterchildren("*"))
        if shape.one:
            yield from self.one_of(element, shape, children)
        elif shape.free:
            yield from self.in_any_order(shape, children)
        else:
            yield from self.in_order(element, shape, children)

    def one_of(
        self, element: etree._Element, shape: Shape, children: list[etree._Element]
    ) -> Iterator[Fault]:
        kinds = {part.name: part.kind for part in shape.parts}
        if not children:
            yield self.missing(element, " / ".join(kinds))
        for at, child in enumerate(children):
            if at or child.tag not in kinds:
                yield self.unexpected(child, tuple(kinds))
            else:
                yield from self.element(child, kinds[child.tag])

    def in_any_order(self, shape: Shape, children: list[etree._Element]) -> Iterator[Fault]:
        kinds = {part.name: part.kind for part in shape.parts}
        for child in children:
            if child.tag in kinds:
                yield from self.element(child, kinds[child.tag])
            elif self.allowed_other(child, shape):
                yield from self.lax(child)
            else:
                yield self.unexpected(child, tuple(kinds))

    def in_order(
        self, element: etree._Element, shape: Shape, children: list[etree._Element]
    ) -> Iterator[Fault]:
        parts = shape.parts
        at, count = 0, 0
        names = {part.name: i for i, part in enumerate(parts)}
        closed = False
        for child in children:
            tag = str(child.tag)
            place = names.get(STANDS_FOR.get(tag, tag)) if tag not in _ABSTRACT else None
            late = place is not None and (place < at or (place == at and count >= parts[at].most))
            if place is None or late or closed:
                # Where anybody's elements may follow, a known one may as well once its own place is gone.
                if self.allowed_other(child, shape) and tag not in _ABSTRACT:
                    for part in self.left_out(parts, at, count):
                        yield self.missing(element, part.name, child)
                    at, count, closed = len(parts), 0, True
                    yield from self.lax(child)
                elif late and not closed:
                    yield self.misplaced(child, repeated=place == at)
                else:
                    yield self.unexpected(child, tuple(part.name for part in parts[at:]))
                continue
            if place > at:
                for part in self.left_out(parts[:place], at, count):
                    yield self.missing(element, part.name, child)
                at, count = place, 0
            count += 1
            yield from self.element(child, self.declared[tag] if tag in STANDS_FOR else parts[place].kind)
        if not closed:
            for part in self.left_out(parts, at, count):
                yield self.missing(element, part.name)
        yield from self.together(shape, children)

    def together(self, shape: Shape, children: list[etree._Element]) -> Iterator[Fault]:
        """Elements that can't stand together, or not without each other."""
        names = {str(child.tag): child for child in children}
        if shape is self.shapes["EPCISCaptureJob"] and {"errors", "errorFile"} <= names.keys():
            yield self.unexpected(names["errorFile"], ())
        if shape is self.shapes["QuantityElement"] and "uom" in names and "quantity" not in names:
            yield self.missing(names["uom"].getparent(), "quantity", names["uom"])

    @staticmethod
    def left_out(parts: tuple[Part, ...], at: int, count: int) -> list[Part]:
        """The parts that must be there and aren't, from a place on."""
        found = [part for part in parts[at + 1 :] if part.least]
        return ([parts[at]] if at < len(parts) and count < parts[at].least else []) + found

    def allowed_other(self, child: etree._Element, shape: Shape) -> bool:
        """Whether an element the standard doesn't know may stand in a shape."""
        namespace = etree.QName(child).namespace
        if namespace is None:
            return shape.local
        return shape.other and namespace != SPACES[self.version][shape.space]

    # -- values --------------------------------------------------------------------------------------------------

    def simple(self, element: etree._Element, kind: str) -> Iterator[Fault]:
        for name in element.attrib:
            if name not in _ABOUT:
                yield self.odd_attribute(element, str(name))
        for child in element.iterchildren("*"):
            yield self.unexpected(child, ())
        if element.get(f"{{{XSI}}}nil") in ("true", "1") and element.tag == "quantity":
            # Nothing may stand in what says that it is nothing.
            if element.text:
                yield from self.no_text(element, even_blank=True)
            return
        yield from self.text(element, kind)

    def text(self, element: etree._Element, kind: str) -> Iterator[Fault]:
        # Texts keep their spaces; all other kinds may have some around them.
        text = element.text or ""
        fits = is_rare(kind, text, element.nsmap) if kind in RARE else is_value(kind, text)
        if not fits:
            what, remedy = said(kind, text.strip())
            yield self.fault(element, kind, what, remedy)

    def attributes(self, element: etree._Element, shape: Shape) -> Iterator[Fault]:
        known: dict[str, Attribute] = {each.name: each for each in shape.attributes}
        for each in shape.attributes:
            value = element.get(each.name)
            if value is None:
                if each.required:
                    yield self.fault(
                        element,
                        "required",
                        Text(
                            zh=f"缺少必填属性 {each.name}",
                            en=f"The required attribute {each.name} is missing",
                        ),
                        Text(zh=f"填写 {each.name}", en=f"Fill {each.name}"),
                    )
            elif not is_value(each.kind, value):
                what, remedy = said(each.kind, value.strip())
                yield self.fault(element, each.kind, what, remedy, attribute=each.name)
        if not shape.more:
            for name in element.attrib:
                if str(name) not in known and name not in _ABOUT:
                    yield self.odd_attribute(element, str(name))

    def lax(self, element: etree._Element) -> Iterator[Fault]:
        """Others' elements: nothing is known of them but the types they name themselves."""
        kind = element.get(f"{{{XSI}}}type")
        if str(element.tag) in self.declared:
            yield from self.element(element, self.declared[str(element.tag)])
            return
        if kind is not None:
            yield from self.named_type(element, kind)
        for child in element.iterchildren("*"):
            yield from self.lax(child)

    def named_type(self, element: etree._Element, kind: str) -> Iterator[Fault]:
        prefix, _, local = kind.strip().rpartition(":")
        namespace = element.nsmap.get(prefix or None)
        ours = named_kind(local, self.version) if namespace in SPACES[self.version].values() else None
        if ours is None and not (namespace == XSD and local in _SIMPLE):
            yield self.fault(
                element,
                "xsi:type",
                Text(
                    zh=f"没有类型 {kind}，或其前缀未声明",
                    en=f"There is no type {kind}, or its prefix is not declared",
                ),
                Text(
                    zh=f'加上 xmlns:xsd="{XSD}"，写成 xsd:string',
                    en=f'Add xmlns:xsd="{XSD}" and write xsd:string',
                ),
                attribute="xsi:type",
            )
        elif namespace == XSD and local in XSD_KINDS:
            yield from self.simple(element, XSD_KINDS[local])
        elif ours is not None:
            yield from self.element(element, ours)
        elif local in RARE:
            yield from self.simple(element, local)

    # -- words ---------------------------------------------------------------------------------------------------

    def fault(
        self, element: etree._Element, code: str, what: Text, remedy: Text, attribute: str | None = None
    ) -> Fault:
        place = path(element)
        return Fault(
            code=code,
            place=f"{place}/@{attribute}" if attribute else place,
            what=what,
            remedy=remedy,
            line=element.sourceline,
            event=event_of(element),
        )

    def missing(self, element: etree._Element, name: str, before: etree._Element | None = None) -> Fault:
        name = _shown(name)
        fault = self.fault(
            element,
            "required",
            Text(zh=f"缺少必填元素 {name}", en=f"The required element {name} is missing"),
            Text(
                zh=f"填写 {name}" + (f"，放在 {_shown(before.tag)} 之前" if before is not None else ""),
                en=f"Fill {name}" + (f", before {_shown(before.tag)}" if before is not None else ""),
            ),
        )
        return fault if before is None else Fault(**{**_as_dict(fault), "line": before.sourceline})

    def unexpected(self, child: etree._Element, expected: tuple[str, ...]) -> Fault:
        name = _shown(child.tag)
        what = Text(zh=f"这里不能有元素 {name}", en=f"The element {name} may not be here")
        return self.fault(child, "unexpected", what, self.instead(child, expected))

    def instead(self, child: etree._Element, expected: tuple[str, ...]) -> Text:
        """What to do with an element that may not be where it is."""
        name = _shown(child.tag)
        known = name in FIELDS or name in self.shapes
        if known and etree.QName(child).namespace in OURS:
            return Text(
                zh=f"标准的元素不带命名空间：写成 <{name}>，根元素上声明 xmlns:epcis，不声明 xmlns",
                en=f"The standard's elements carry no namespace: write <{name}>, and declare xmlns:epcis at the root"
                " instead of xmlns",
            )
        if name in OLD_PLACES and self.version == "1.2":
            place = OLD_PLACES[name]
            return Text(zh=f"1.2 中 {name} 写在 {place} 里", en=f"In 1.2 {name} stands in {place}")
        if name in FIELDS and self.version == "2.0" and _within_wrapper(child):
            return Text(
                zh=f"2.0 中 {name} 直接写在事件里，不放在 extension 中",
                en=f"In 2.0 {name} stands in the event itself, not in an extension",
            )
        listed = ", ".join(_shown(each) for each in expected[:8])
        return Text(
            zh=f"可以有：{listed}；自有元素要有自己的命名空间，放在最后" if listed else "去掉它",
            en=f"Here may be {listed}; elements of your own need a namespace of their own and stand last"
            if listed
            else "Remove it",
        )

    def misplaced(self, child: etree._Element, *, repeated: bool) -> Fault:
        name = _shown(child.tag)
        if repeated:
            what = Text(zh=f"元素 {name} 重复", en=f"The element {name} is there twice")
            return self.fault(child, "repeated", what, Text(zh="只写一次", en="Write it once"))
        return self.fault(
            child,
            "order",
            Text(zh=f"元素 {name} 的位置不对", en=f"The element {name} is in the wrong place"),
            Text(zh="按标准的次序排列子元素", en="Put the child elements in the order of the standard"),
        )

    def odd_attribute(self, element: etree._Element, name: str) -> Fault:
        return self.fault(
            element,
            "attribute",
            Text(zh=f"这里不能有属性 {_shown(name)}", en=f"The attribute {_shown(name)} may not be here"),
            Text(zh="去掉它", en="Remove it"),
        )


def path(element: etree._Element) -> str:
    """The XPath of an element; names of a namespace without a prefix are written as they stand there."""
    found = str(element.getroottree().getpath(element))
    if "*" not in found:
        return found
    steps = found.split("/")[1:]
    names = [etree.QName(each).localname for each in (*reversed(list(element.iterancestors())), element)]
    return "".join(f"/{step.replace('*', name)}" for step, name in zip(steps, names, strict=True))


def _within_wrapper(element: etree._Element) -> bool:
    above = element.getparent()
    return above is not None and above.tag in ("extension", "baseExtension")


def _as_dict(fault: Fault) -> dict[str, object]:
    return {name: getattr(fault, name) for name in fault.__struct_fields__}


def event_of(element: etree._Element) -> int | None:
    """The index of the event an element lies in, among those of its document."""
    for each in (element, *element.iterancestors()):
        lists = [above for above in each.iterancestors() if etree.QName(above).localname == "EventList"]
        wrapped = etree.QName(each).localname in ("extension", "EventList")
        if lists and not wrapped and _within(each, lists[0]):
            events = listed(lists[0])
            return events.index(each) if each in events else None
    return 0 if is_event(element.getroottree().getroot()) else None


def _within(element: etree._Element, top: etree._Element) -> bool:
    """Whether an element stands in a list directly, or in its wrappers."""
    above = element.getparent()
    while above is not None and above is not top:
        if above.tag != "extension":
            return False
        above = above.getparent()
    return above is top


def listed(event_list: etree._Element) -> list[etree._Element]:
    """The events of a list: the standard's, and those of others, which say when they happened."""
    return [e for e in _children(event_list) if is_event(e) or e.find("eventTime") is not None]


def _children(element: etree._Element) -> Iterator[etree._Element]:
    for child in element.iterchildren("*"):
        if child.tag == "extension":
            yield from _children(child)
        else:
            yield child


def is_event(element: etree._Element) -> bool:
    """Whether an element is an event of the standard, and not a part of one."""
    name = etree.QName(element)
    return name.localname in (*EVENTS, "QuantityEvent") and (name.namespace is None or name.namespace in OURS)


def _has_text(element: etree._Element) -> bool:
    # XML's own spaces only; others, such as those that don't break, are text.
    texts = (element.text, *(child.tail for child in element))
    return any(text.strip(" \t\r\n") for text in texts if text)


def _shown(tag: object) -> str:
    """A name as people write it, without the namespace."""
    return str(tag).rpartition("}")[2]
