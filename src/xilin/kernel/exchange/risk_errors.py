"""What the check of re-identification refuses."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class UnionNeedsReason(Refusal):
    """What a department could see altogether leaves somebody in a small group, and the approver says nothing of it."""

    status = 422
    message = _(
        "With all its grants the department could see {columns}: the smallest group of people who look alike has {least}."
    )
    remedy = _(
        "Say in the remark why this is necessary, or put coarser masks on: a group of {most} needs no reason."
    )


class UnionTooSmall(Refusal):
    """What a department could see altogether singles out most people."""

    status = 422
    message = _(
        "With all its grants the department could see {columns}: half of the people look like fewer than {floor} others."
    )
    remedy = _(
        "Put coarser masks on, leave items out, let verification serve, or let the department ask openly for full fields on their legal basis."
    )
