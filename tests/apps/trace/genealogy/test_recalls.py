"""A recall takes two people, tells every holder, and follows what becomes of each item."""

from datetime import date

import pytest
from django.contrib.auth import get_user_model

import small_league
from lineage_events import aggregation, at, made, seen
from xilin.apps.trace.genealogy import errors, recalls
from xilin.apps.trace.models import Hand, Party
from xilin.apps.trace.repository.capture import capture
from xilin.kernel.accounts.models import Department, User
from xilin.kernel.audit import queries as audit
from xilin.kernel.casework import clock
from xilin.kernel.casework.declarations import DeadlineRule
from xilin.lib.errors import NotFound
from xilin.lib.text import Text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def deadlines(monkeypatch):
    def rule_for(*, regime, kind, step, on):
        return DeadlineRule(
            code=f"{kind}_{step}", name=Text(zh="时限", en="Deadline"), regime=regime, case_kind=kind, step=step, days=1,
            unit="day", warn=0, since=date(2026, 1, 1), source="test", confirmed=True,
        )  # fmt: skip

    monkeypatch.setattr(clock, "rule_for", rule_for)


@pytest.fixture
def people(tmp_path):
    small_league.apply(tmp_path)
    bureau, other = Department.objects.get(code="market"), Department.objects.get(code="police")
    role = User.Role
    make = get_user_model().objects.create
    return {
        "anna": make(username="anna", department=bureau, role=role.STEWARD),
        "bert": make(username="bert", department=bureau, role=role.APPROVER),
        "carl": make(username="carl", department=other, role=role.APPROVER),
        "dora": make(username="dora", department=bureau, role=role.ENGINEER),
    }


@pytest.fixture
def goods():
    capture(
        [
            seen(0, "commissioning", "lamb", action="ADD", where="ranch"),
            made(1, ["lamb"], ["p1", "p2", "p3", "p4"], where="plant"),
            aggregation(2, "ADD", "case", "p1", "p2", where="plant"),
            seen(3, "receiving", "case", where="shop"),
            seen(4, "retail_selling", "p3", where="other shop"),
        ],
        party="plant",
        at=at(5),
    )


def proposed(people):
    return recalls.propose(
        ["lamb"], reason="residues", level=1, at=at(10), by=people["anna"], returns=["plant 2"]
    )


def test_two_people_open_a_recall_and_every_holder_is_told(people, goods):
    recall = proposed(people)
    assert recall.case.kind == "recall"
    assert recall.complete
    with pytest.raises(errors.SamePerson):
        recalls.open_publicly(recall, at=at(11), by=people["anna"])
    for stranger in ("carl", "dora"):
        with pytest.raises(errors.NotTheirs):
            recalls.open_publicly(recall, at=at(11), by=people[stranger])
    assert not recalls.public_recalls_of("p1").exists()
    recall = recalls.open_publicly(recall, at=at(11), by=people["bert"])
    assert {(notice.holder, notice.items) for notice in recall.notices.all()} == {
        ("shop", 2), ("plant", 1), ("other shop", 0),
    }  # fmt: skip
    assert recall.notices.get(holder="other shop").sold == 1
    assert recalls.public_recalls_of("p1").get() == recall
    with pytest.raises(errors.NotInThisState):
        recalls.open_publicly(recall, at=at(12), by=people["bert"])
    kinds = {entry.kind for entry in audit.entries(subject=recall.case.number)}
    assert kinds == {"trace.recall.proposed", "trace.recall.opened"}


def test_progress_follows_events_until_the_recall_is_closed(people, goods):
    recall = recalls.open_publicly(proposed(people), at=at(11), by=people["bert"])
    before = recalls.progress(recall)
    assert (before.total, before.held, before.sold, before.missing) == (4, 3, 1, 4)
    recalls.acknowledge(recall, "shop", at=at(12), by="shopkeeper")
    capture(
        [
            seen(13, "receiving", "case", where="plant 2", disposition="recalled"),
            seen(14, "destroying", "p1", action="DELETE", where="plant 2"),
            seen(15, "destroying", "p4", action="DELETE", where="plant"),
        ],
        party="plant",
        at=at(16),
    )
    stands = recalls.progress(recall)
    assert (stands.recovered, stands.destroyed, stands.sold, stands.missing) == (1, 2, 1, 1)
    assert (stands.notices, stands.acknowledged) == (2, 1)
    assert ("plant 2", "recovered", 1) in recalls.holders(recall)
    recalls.look_again(recall, at=at(17))
    assert not recall.notices.filter(holder="plant 2").exists()
    assert recalls.at_a_glance(recall) == recalls.progress(recall)
    with pytest.raises(errors.NotFinished):
        recalls.close(recall, at=at(20), by=people["bert"])
    recall = recalls.close(recall, at=at(20), by=people["bert"], remark="one was eaten")
    assert (recall.state, recall.case.state) == ("closed", "open")
    recall.case.refresh_from_db()
    assert recall.case.state == "closed"


def test_what_was_packed_meanwhile_is_on_the_list_when_it_is_opened(people, goods):
    recall = proposed(people)
    assert "sausage" not in set(recall.items.values_list("item", flat=True))
    capture([made(10.5, ["p4"], ["sausage"], where="plant")], party="plant", at=at(10.6))
    recall = recalls.open_publicly(recall, at=at(11), by=people["bert"])
    assert recalls.progress(recall).total == 4
    assert "sausage" in recalls.sheet(recall)


def test_nothing_known_is_not_recalled_and_others_see_nothing(people, goods):
    with pytest.raises(errors.NothingToRecall):
        recalls.propose(["nobody"], reason="x", level=1, at=at(10), by=people["anna"])
    recall = proposed(people)
    assert list(recalls.recalls_for(people["bert"])) == [recall]
    assert not recalls.recalls_for(people["carl"]).exists()
    recalls.withdraw(recall, at=at(11), by=people["anna"], remark="mistaken")
    with pytest.raises(errors.NotInThisState):
        recalls.open_publicly(recall, at=at(12), by=people["bert"])


@pytest.fixture
def shopkeeper(goods):
    shop = Party.objects.create(code="the shop", ids=["shop"])
    user = get_user_model().objects.create(username="sina")
    Hand.objects.create(user=user, party=shop, tasks=[], given_at=at(0))
    return user


def test_a_holder_says_what_became_of_the_items_and_nobody_else_does(people, shopkeeper):
    recall = proposed(people)
    assert not recalls.notices_of(shopkeeper).exists()
    recalls.open_publicly(recall, at=at(11), by=people["bert"])
    assert recalls.notices_of(shopkeeper).get().items == 2
    for stranger, holder in ((people["bert"], "shop"), (shopkeeper, "plant")):
        with pytest.raises(NotFound):
            recalls.confirm(recall, holder, kept=1, returned=0, destroyed=0, at=at(12), by=stranger)
    with pytest.raises(errors.TooMany):
        recalls.confirm(recall, "shop", kept=1, returned=1, destroyed=1, at=at(12), by=shopkeeper)
    notice = recalls.confirm(
        recall, "shop", kept=1, returned=0, destroyed=0, remark="one sold", at=at(12), by=shopkeeper
    )
    assert (notice.open, notice.acknowledged_by) == (1, "sina")
    recalls.confirm(recall, "shop", kept=0, returned=2, destroyed=0, at=at(13), by=shopkeeper)
    stands = recalls.progress(recall)
    assert (stands.confirmed, stands.told, stands.notices) == (1, 2, 2)
    said = audit.entries(kind="trace.recall.confirmed")
    assert [entry.detail["returned"] for entry in said] == [2, 0]
    recalls.close(recall, at=at(20), by=people["bert"], remark="gone")
    with pytest.raises(errors.NotInThisState):
        recalls.confirm(recall, "shop", kept=2, returned=0, destroyed=0, at=at(21), by=shopkeeper)


def test_late_events_add_holders_and_raise_notices(people, goods):
    recall = recalls.open_publicly(proposed(people), at=at(11), by=people["bert"])
    recalls.acknowledge(recall, "shop", at=at(12), by="shopkeeper")
    capture(
        [made(1.5, ["lamb"], ["p5", "p6"], where="plant"), seen(3.5, "receiving", "p5", where="far shop"),
         seen(3.6, "receiving", "p6", where="shop")],
        party="plant", at=at(30),
    )  # fmt: skip
    assert recalls.look_again(recall, at=at(31)) == 2
    told = {notice.holder: (notice.items, notice.sent_at) for notice in recall.notices.all()}
    assert told == {
        "shop": (3, at(11)), "plant": (1, at(11)), "far shop": (1, at(31)), "other shop": (0, at(11)),
    }  # fmt: skip
    assert recall.notices.get(holder="shop").acknowledged_at == at(12)
    assert audit.entries(kind="trace.recall.grown").count() == 1


def test_a_producer_proposes_what_it_had_to_do_with_and_the_department_decides(people, goods):
    plant = Party.objects.get(code="plant")
    maker = get_user_model().objects.create(username="mona")
    Hand.objects.create(user=maker, party=plant, tasks=[], given_at=at(0))
    capture([seen(0, "commissioning", "other lamb", action="ADD", where="ranch")], party="ranch", at=at(1))
    asked = {"reason": "metal", "level": 2, "at": at(10), "by": maker}
    with pytest.raises(errors.NotTheirs):
        recalls.propose(["p1", "other lamb"], department=people["bert"].department, **asked)
    with pytest.raises(errors.NoDepartment):
        recalls.propose(["p1"], **asked)
    recall = recalls.propose(["p1"], department=people["bert"].department, **asked)
    assert (recall.party, recall.case.department) == ("plant", people["bert"].department)
    assert list(recalls.recalls_for(maker)) == [recall] == list(recalls.recalls_for(people["anna"]))
    with pytest.raises(errors.NotTheirs):
        recalls.open_publicly(recall, at=at(11), by=maker)
    recalls.open_publicly(recall, at=at(11), by=people["anna"])


def test_what_buyers_bring_back_stays_recalled_and_who_sold_it_hears_of_it(people, goods):
    recall = recalls.open_publicly(proposed(people), at=at(11), by=people["bert"])
    capture(
        [seen(12, "receiving", "p3", where="other shop", disposition="returned"),
         seen(13, "stocking", "p3", where="other shop", disposition="sellable_accessible")],
        party="shop", at=at(14),
    )  # fmt: skip
    recalls.look_again(recall, at=at(15))

    notice = recall.notices.get(holder="other shop")
    assert (notice.items, notice.sold, notice.sent_at) == (1, 1, at(11))
    assert recalls.public_recalls_of("p3").exists()
    assert recalls.progress(recall).sold == 0


def test_after_a_recall_was_carried_out_what_comes_back_or_is_made_of_it_is_found_once_a_day(people, goods):
    recall = recalls.open_publicly(proposed(people), at=at(11), by=people["bert"])
    recall = recalls.close(recall, at=at(20), by=people["bert"], remark="one was eaten")
    stood = recalls.at_a_glance(recall)
    capture(
        [seen(21, "receiving", "p3", where="far shop", disposition="returned"),
         made(22, ["p4"], ["sausage"], where="plant")],
        party="plant", at=at(23),
    )  # fmt: skip
    assert recalls.look_at_all_again(at=at(24)) == 0

    assert recalls.look_at_all_again(at=at(44)) == 1

    assert recall.items.filter(item="sausage").exists()
    assert recall.notices.get(holder="far shop").items == 1
    assert recalls.at_a_glance(recall).sold == stood.sold
    assert recalls.look_at_all_again(at=at(24 * 400)) == 0


def test_a_named_person_clears_goods_and_nobody_else_does(people, goods):
    recall = recalls.open_publicly(proposed(people), at=at(11), by=people["bert"])
    told = {"reason": "report 17: no residues", "at": at(12)}
    for stranger in ("carl", "dora"):
        with pytest.raises(errors.NotTheirs):
            recalls.clear(recall, ["p4"], by=people[stranger], **told)
    with pytest.raises(errors.NoReason):
        recalls.clear(recall, ["p4"], reason=" ", at=at(12), by=people["anna"])
    with pytest.raises(errors.NotListed):
        recalls.clear(recall, ["p4", "somebody else's"], by=people["anna"], **told)

    assert recalls.clear(recall, ["p4"], by=people["anna"], **told) == 1

    stands = recalls.progress(recall)
    assert (stands.total, stands.cleared, recalls.at_a_glance(recall).total) == (3, 1, 3)
    assert "p4" not in recalls.sheet(recall)
    assert not recalls.public_recalls_of("p4").exists()
    assert recall.notices.get(holder="plant").items == 0
    assert [one["cleared_by"] for one in recalls.cleared_of(recall)] == ["anna"]
    recalls.look_again(recall, at=at(13))
    assert recall.notices.get(holder="plant").items == 0
    with pytest.raises(errors.NotListed):
        recalls.clear(recall, ["p4"], by=people["anna"], **told)
    (entry,) = audit.entries(kind="trace.recall.cleared")
    assert (entry.by, entry.detail["items"]) == ("anna", 1)
    recall = recalls.close(recall, at=at(20), by=people["bert"], remark="one was eaten")
    assert recalls.clear(recall, ["p3"], by=people["anna"], reason="brought back sealed", at=at(30)) == 1
