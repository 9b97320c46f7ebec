"""Which checks a resource's rows must pass: those of its data elements, then those that authors wrote."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from xilin.kernel.catalog.declarations import Item, Resource
from xilin.kernel.quality.declarations import Dimension, Rule
from xilin.kernel.standards.declarations import CodeList, Element
from xilin.lib.text import Text

Severity = Literal["block", "warn"]
ELEMENT_KINDS = ("required", "type", "length", "pattern", "range", "future", "code_list", "check")
ROW_KINDS = ("compare", "required_when", "id_birth", "id_sex")
SET_KINDS = ("unique", "exists_in", "absent_from")
# GB/T 36344-2018: form is conformity, absence completeness, a wrong check digit or a day to come accuracy.
DIMENSIONS: dict[str, Dimension] = {
    "required": "completeness",
    "type": "conformity",
    "length": "conformity",
    "pattern": "conformity",
    "range": "conformity",
    "code_list": "conformity",
    "future": "accuracy",
    "check": "accuracy",
}
WORDS = {
    "required": Text(zh="必填", en="required"),
    "type": Text(zh="数据类型", en="type"),
    "length": Text(zh="长度", en="length"),
    "pattern": Text(zh="格式", en="pattern"),
    "range": Text(zh="值域", en="range"),
    "future": Text(zh="不晚于今日", en="not in the future"),
    "code_list": Text(zh="代码集", en="code list"),
    "check": Text(zh="校验位", en="check digit"),
}
FORMS = frozenset({"mobile", "area_code"})  # `check` names a form here, not a check digit
MOST_FLAGS = 63


class PlanLike(Protocol):
    """What checks are made of; `collect.pipeline.Plan` is one."""

    @property
    def resource(self) -> Resource: ...
    @property
    def elements(self) -> Mapping[str, Element]: ...
    @property
    def code_lists(self) -> Mapping[str, CodeList]: ...
    @property
    def rules(self) -> Sequence[Rule]: ...


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `code` is `<item>.<kind>` for a data element's, the rule's own for an author's.

    `block` sends a row that breaks it to quarantine; `warn` is counted and marked in `_flags`.
    `codes` are the codes in force on the day `on` where the kind is `code_list`.
    """

    code: str
    column: str
    dimension: Dimension
    severity: Severity
    name: Text
    source: str
    kind: str
    on: date
    element: Element | None = None
    rule: Rule | None = None
    codes: tuple[str, ...] = ()


def checks_for(plan: PlanLike, on: date) -> list[Check]:
    """Every check in force on a day, in one stable order.

    First those on rows that only mark (their place is their bit in `_flags`), then those on rows that
    block, then those that need more than one row. Inside each: items as the resource lists them,
    then rules by code. Raises ValueError where more than 63 mark rows.
    """
    found = [check for item in plan.resource.item for check in _of_item(item, plan, on)]
    rules = [rule for rule in plan.rules if rule.resource == plan.resource.code and rule.since <= on]
    found += [_of_rule(rule, on) for rule in sorted(rules, key=lambda rule: rule.code)]
    found.sort(key=_rank)
    if len(flag_bits(found)) > MOST_FLAGS:
        raise ValueError(f"Resource {plan.resource.code} has more than {MOST_FLAGS} checks that mark rows.")
    return found


def row_checks(checks: Sequence[Check]) -> list[Check]:
    """The checks that one row answers."""
    return [check for check in checks if check.kind not in SET_KINDS]


def set_checks(checks: Sequence[Check]) -> list[Check]:
    """The checks that need all rows, or another table."""
    return [check for check in checks if check.kind in SET_KINDS]


def flag_bits(checks: Sequence[Check]) -> dict[str, int]:
    """The bit of each check in `_flags`, by code."""
    marking = (check for check in checks if check.severity == "warn" and check.kind not in SET_KINDS)
    return {check.code: bit for bit, check in enumerate(marking)}


def _rank(check: Check) -> int:
    if check.kind in SET_KINDS:
        return 2
    return 0 if check.severity == "warn" else 1


def _of_item(item: Item, plan: PlanLike, on: date) -> Iterator[Check]:
    element = plan.elements[item.element]
    key = item.key in plan.resource.key
    name = item.name or element.name
    blocks: Severity = "block" if key or item.on_invalid == "quarantine" else "warn"
    for kind in ELEMENT_KINDS:
        if not _asked(kind, item, element, key=key):
            continue
        word = WORDS[kind]
        form = kind == "check" and element.check in FORMS
        yield Check(
            code=f"{item.key}.{kind}",
            column=item.key,
            dimension="conformity" if form else DIMENSIONS[kind],
            severity="block" if kind == "required" else blocks,
            name=Text(zh=f"{name.zh}：{word.zh}", en=f"{name.en or name.zh}: {word.en}"),
            source=element.source,
            kind=kind,
            on=on,
            element=element,
            codes=_codes_in_force(plan, element, on) if kind == "code_list" else (),
        )


def _asked(kind: str, item: Item, element: Element, *, key: bool) -> bool:
    """Whether an item's element asks for a kind of check; a record's key is always required."""
    text = element.type == "string"
    limits = (element.minimum, element.maximum, element.not_before, element.not_after)
    return {
        "required": item.required or key,
        "type": not text,
        "length": text and bool(element.min_length or element.max_length),
        "pattern": text and bool(element.pattern),
        "range": any(limit is not None for limit in limits),
        "future": element.not_in_future,
        "code_list": bool(element.code_list),
        "check": bool(element.check),
    }[kind]


def _codes_in_force(plan: PlanLike, element: Element, on: date) -> tuple[str, ...]:
    """The codes valid on a day, each once though a list may give several periods of it."""
    entries = plan.code_lists[element.code_list].entries
    valid = (e.code for e in entries if (e.valid_from or on) <= on <= (e.valid_to or on))
    return tuple(dict.fromkeys(valid))


def _of_rule(rule: Rule, on: date) -> Check:
    return Check(
        code=rule.code,
        column=rule.column or ",".join(rule.columns),
        dimension=rule.dimension,
        severity="warn" if rule.kind in SET_KINDS else rule.severity,
        name=rule.name,
        source=rule.source,
        kind=rule.kind,
        on=on,
        rule=rule,
    )
