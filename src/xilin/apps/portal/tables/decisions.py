"""The table of what people decided about records."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from xilin.apps.portal.tables.exchange import by_field
from xilin.apps.portal.templatetags.portal import brief_id
from xilin.web import tables
from xilin.web.tables import Column, Table


def decided(request: HttpRequest, rows: Any, me: Any) -> Table:
    """Decisions that hold or held, the newest first; who made one about a pair takes it back, others with a reason."""
    kinds, states = rows.model.Kind.choices, [one for one in rows.model.State.choices if one[0] != "proposed"]
    return tables.asked(
        request,
        "decisions",
        _("Decided"),
        [
            Column("number", _("Number"), lambda one: one.pk, sort="pk"),
            Column("what", _("What"), _what, sort="kind", wide=True, below=lambda one: [one.reason, one.remark]),
            Column("about", _("Golden records"), _about, template="portal/desk/cells/decided_about.html"),
            Column("by", _("By"), lambda one: one.made_by, sort="made_by__username", below=lambda one: one.seconded_by or ""),
            Column("at", _("When"), lambda one: one.made_at, kind="moment", sort="made_at"),
            Column("state", _("State"), lambda one: one.get_state_display(), sort="state", template="portal/desk/cells/decision_state.html"),
            Column("act", _("Withdraw"), kind="acts", template="portal/desk/cells/withdraw_decision.html"),
        ],
        rows,
        filters=[
            by_field("kind", "kind", _("What"), _capital(kinds)),
            by_field("state", "state", _("State"), _capital(states)),
        ],
        find=tables.matching("reason", "remark", "made_by__username", "seconded_by__username"),
        empty=(_("Nobody has decided anything yet."), _("Answers to pairs under review, merges and splits appear here.")),
        more={"me": me},
        path=reverse("portal:decisions"),
    )  # fmt: skip


def _capital(choices: Sequence[tuple[Any, Any]]) -> list[tuple[str, str]]:
    return [(str(code), _first(str(name))) for code, name in choices]


def _first(word: str) -> str:
    return word[:1].upper() + word[1:]


def _what(one: Any) -> str:
    """What was decided: of a pair the verdict, else the kind of work by hand."""
    if one.kind == "review":
        return " · ".join(_first(str(pair.get_verdict_display())) for pair in one.pairs.all())
    return _first(str(one.get_kind_display()))


def _about(one: Any) -> str:
    return " · ".join(brief_id(entity) for entity in (one.entity_a, one.entity_b) if entity)
