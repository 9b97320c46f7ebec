"""Addresses of pages that depend on what is there: a sample of each kind, for pictures."""

from typing import Any

from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone

from xilin.apps.portal.queries import figures, region
from xilin.apps.problems import queries as problems
from xilin.apps.trace.consumer import samples as items
from xilin.apps.trace.desk import samples as goods
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.collect import queries as collect
from xilin.kernel.economy import queries as economy
from xilin.kernel.exchange import disputes
from xilin.kernel.exchange import queries as exchange
from xilin.kernel.opening import queries as opening
from xilin.kernel.places import queries as places
from xilin.kernel.quality import queries as quality
from xilin.kernel.registry import decisions, history, relations, review
from xilin.kernel.standards.queries import declared

Sample = tuple[str, str, bool]


def samples(username: str = "") -> list[Sample]:
    """Name, address, and whether one must be signed in; pages of the desk are those of one person."""
    found: list[Sample] = []
    resources = catalog.resources_for(None).filter(base=False)
    resource = resources.filter(code__in=quality.scores()).order_by("code").last() or resources.first()
    if resource:
        found.append(("resource", reverse("portal:resource", args=[resource.code]), False))
        found.append(("versions", reverse("portal:versions", args=[resource.code]), False))
        found.append(("quality-resource", reverse("portal:quality_of", args=[resource.code]), False))
    mapped = figures.mapped() or figures.headline()
    if mapped:
        found.append(("indicator", reverse("portal:indicator", args=[mapped[0].indicator.code]), False))
    flows = economy.flows_for(None)
    if flows:
        fullest = max(flows, key=lambda code: economy.held(code).observations)
        found.append(("dataflow", reverse("portal:dataflow", args=[fullest]), False))
    batch = collect.batches().order_by("-rows_quarantined").first()
    if batch:
        found.append(("batch", reverse("portal:batch", args=[batch.pk]), False))
    drawn = [
        area.code for area, outline in region.counties() if outline and outline.geometry["type"] != "Point"
    ]
    if drawn:
        found.append(("places-county", f"{reverse('portal:places')}?county={drawn[len(drawn) // 2]}", False))
    found += _places()
    opened = next((one.opening.code for one in opening.openings() if one.release), None)
    if opened:
        found.append(("opening", reverse("portal:opening", args=[opened]), False))
    found += [(name, href, False) for name, href in items.samples()]
    return found + (_of(username) if username else [])


def _places() -> list[Sample]:
    """A collection's items and one item of it; where official lists differ on a place, that one."""
    known = places.collections(signed_in=False)
    code = next((code for code, one in known.items() if one.level == "town"), next(iter(known), None))
    if code is None:
        return []
    differing = (one.place for one in places.linked(code) if len(one.said) > 1)
    place = next(differing, None) or places.features(code, places.Wanted(), on=timezone.localdate()).first()
    found = [("places-items", f"{reverse('places:items', args=[code])}?f=html&limit=20", False)]
    if place is not None:
        found.append(("place", f"{reverse('places:item', args=[code, place.pk])}?f=html", False))
    return found


def _of(username: str) -> list[Sample]:
    user = get_user_model().objects.filter(username=username).first()
    found: list[Sample] = []
    found += _shared(user)
    found += [(name, href, True) for name, href in goods.samples(user)]
    row = quality.quarantine_for(user).first()
    if row:
        found.append(("desk-quarantined", reverse("portal:quarantined", args=[row.pk]), True))
    other = catalog.resources_for(user).exclude(provider=getattr(user, "department_id", None))
    wanted = other.filter(share_type="conditional", base=False).first()
    if wanted:
        found.append(("desk-ask", reverse("portal:ask", args=[wanted.code]), True))
    model = next((code for code, one in declared("registry").items() if one.comparison), None)
    if model:
        found.append(("desk-model", reverse("portal:model", args=[model]), True))
    if decisions.may_review(user):
        found.append(("desk-review", reverse("portal:review"), True))
        found.append(("desk-decisions", reverse("portal:decisions"), True))
        found.append(("desk-lookup", reverse("portal:lookup"), True))
    pair = review.queue(user).first()
    if pair:
        entity = history.richest(pair.registry) or review.sides(pair)[0].entity
        found.append(("desk-entity", reverse("portal:entity", args=[entity.registry, entity.pk]), True))
        found.append(("desk-review-rows", reverse("portal:review_rows", args=[pair.pk]), True))
        related = relations.fullest()
        if related is not None:
            address = reverse("portal:entity", args=[related.registry, related.pk])
            found.append(("desk-related", address, True))
        record = review.sides(pair)[0].record
        found.append(("desk-why", reverse("portal:why", args=[record.registry, record.pk]), True))
    return found


def _shared(user: Any) -> list[Sample]:
    """What someone's department asks for, compiles, disputes, counts with another, and was told by the public."""
    found: list[Sample] = []
    mine = catalog.resources_for(user).filter(provider=getattr(user, "department_id", None) or 0)
    own = mine.filter(code__in=quality.scores()).order_by("code").first()
    if own:
        found.append(("desk-holding", reverse("portal:holding", args=[own.code]), True))
    found += _tried(user)
    request = exchange.requests_for(user).first()
    if request:
        found.append(("desk-request", reverse("portal:request", args=[request.number]), True))
    entry = catalog.compilations_for(user).first()
    if entry:
        found.append(("desk-compilation", reverse("portal:compilation", args=[entry.number]), True))
    question = opening.questions_for(user).first()
    if question:
        found.append(("desk-question", reverse("portal:question", args=[question.number]), True))
    reported = problems.problems_for(user).order_by("photo", "pk").first()
    if reported:
        found.append(("desk-problem", reverse("problems_desk:one", args=[reported.number]), True))
    dispute = disputes.disputes_for(user).first()
    if dispute:
        found.append(("desk-dispute", reverse("portal:dispute", args=[dispute.number]), True))
    return found


def _tried(user: Any) -> list[Sample]:
    """The console of a grant whose calls someone may try."""
    if getattr(user, "role", "") not in ("steward", "approver"):
        return []
    for grant in exchange.grants_for(user).filter(department=user.department_id, delivery="call"):
        if grant.in_force(timezone.now()):
            code = grant.client.code
            return [
                ("desk-try", reverse("portal:try", args=[code]), True),
                ("desk-console", reverse("portal:console", args=[code, grant.number]), True),
            ]
    return []
