"""Disputes: only of what one was given, answered by its source, corrected everywhere, told to everyone who has it."""

import random
from datetime import timedelta

import pytest
from calling import CALL, run
from django.db import connection
from published import PEOPLE, publish, served

import small_league
from xilin.kernel.accounts.models import User
from xilin.kernel.audit import queries as audit
from xilin.kernel.audit.models import Entry
from xilin.kernel.exchange import actions, disputes, sealing, whole_files
from xilin.kernel.exchange import dispute_errors as errors
from xilin.kernel.exchange.actions import disputes as acts
from xilin.kernel.exchange.dispute_models import Dispute, Notice, Overlay
from xilin.kernel.exchange.models import Export, Publication
from xilin.kernel.quality import queries as quality
from xilin.kernel.quality.models import Correction
from xilin.kernel.registry.models import Entity, EntityIdentifier, LinkRun
from xilin.kernel.registry.search_models import SearchRow
from xilin.lib.errors import NotFound

WRONG, RIGHT = "王芳", "王方"
DEADLINES = "".join(
    f"""
[[deadline]]
code = "{kind}_answer"
regime = "national"
case_kind = "{kind}"
step = "answer"
days = {days}
unit = "working_day"
since = 2025-08-01
source = "test"
confirmed = false
"""
    for kind, days in (("correction", 10), ("explanation", 15))
)
MORE = {
    "sources/hukou.toml": """
code = "hukou"
resource = "households"
department = "police"
name = { zh = "户籍系统", en = "Register" }
connector = "csv"
connection = { path = "hukou.csv" }
[columns.id_number]
source = "GMSFHM"
[columns.person_name]
source = "XM"
[columns.address]
source = "ZZ"
""",
    "registries/people.toml": """
code = "people"
name = { zh = "人口库", en = "People" }
summary = { zh = "一人一条。", en = "One record each." }
blocks = [["person_name"]]
threshold = 0.9
margin = 3
search = { name = "person_name" }
[[attribute]]
code = "id_number"
element = "id_number"
[[attribute]]
code = "person_name"
element = "person_name"
[[identifier]]
attribute = "id_number"
guard = ["person_name"]
[[comparison]]
attribute = "person_name"
level = [{ kind = "exact", m = 0.9, u = 0.001 }, { kind = "else", m = 0.1, u = 0.999 }]
""",
    "resources/everyone.toml": small_league.resource(
        code="everyone",
        catalogue="101/09",
        zh="人口基础信息",
        en="Everyone",
        provider="justice",
        summary="人口库的基础信息。",
        classification='["基础信息资源", "人口"]',
        share="conditional",
        condition="用于履行法定职责。",
        basis="",
        cycle="daily",
        items="""
base = true
registry = "people"
lookup = ["id_number"]
[[item]]
element = "id_number"
[[item]]
element = "person_name"
""",
    ),
}


def rows(shared, name=WRONG):
    """The published rows, with somebody whom no other test looks up: the log forgets nothing."""
    return [*PEOPLE, {"id_number": shared.id, "person_name": name, "address": "某旗某镇3号"}]


@pytest.fixture
def shared(shared):
    """Everything shared, and `id` in the published rows."""
    publish("households", rows(shared), at=shared.now, batch=7)
    return shared


@pytest.fixture
def hub(hub, tmp_path):
    """The hub with a registry of people and the clocks of corrections."""
    feeds = small_league.HOUSEHOLDS.replace('key = ["id_number"]', 'registry = "people"\nkey = ["id_number"]')
    files = MORE | {"deadlines.toml": small_league.DEADLINES + DEADLINES}
    small_league.apply(tmp_path, files, households=feeds, at=hub.now + timedelta(seconds=1))
    hub.id = f"990101{random.randrange(10**12):012d}"
    started = LinkRun.objects.create(registry="people", started_at=hub.now, finished_at=hub.now)
    hub.person = Entity.objects.create(
        registry="people",
        attributes={"id_number": hub.id, "person_name": WRONG},
        provenance={"id_number": ["hukou", 1, None], "person_name": ["hukou", 1, None]},
        records=1,
        digest="",
        since_run=started.pk,
        changed_run=started.pk,
    )
    EntityIdentifier.objects.create(registry="people", attribute="id_number", value=hub.id, entity=hub.person)
    return hub


def given(shared, code="households", **changed):
    """A look-up through the gateway; its entry's number."""

    async def story(caller):
        answered = await caller.look_up(shared.key, code, **({"by": {"id_number": shared.id}} | changed))
        assert answered.status_code == 200, answered.text
        return answered.json()["receipt"]["index"]

    return run(story)


def doubt(shared, **changed):
    usual = {
        "resource": "households", "by": {"id_number": shared.id}, "column": "person_name", "claimed": RIGHT,
        "grounds": "户口簿上写的是“方”", "user": shared.ann, "at": shared.now,
    }  # fmt: skip
    return acts.dispute(**(usual | changed))


@pytest.mark.django_db(transaction=True)
def test_nobody_disputes_what_they_were_not_given(shared):
    for changed in ({}, {"entry": 0}, {"resource": "nothing"}, {"column": "nothing"}, {"column": "address"}):
        with pytest.raises(errors.NotReceived):
            doubt(shared, **changed)
    given(shared, items=["person_name"])
    for changed in ({"column": "address"}, {"entry": 0}, {"by": {"id_number": "9" + shared.id[1:-1] + "X"}}):
        with pytest.raises(errors.NotReceived):
            doubt(shared, **changed)
    with pytest.raises(errors.NotReceived):
        doubt(shared, user=shared.dora)
    with pytest.raises(errors.GroundsNeeded):
        doubt(shared, grounds=" ")
    with pytest.raises(errors.NothingWrong):
        doubt(shared, claimed=WRONG)
    with pytest.raises(errors.NotAValue):
        doubt(shared, claimed="")


@pytest.mark.django_db(transaction=True)
def test_a_dispute_is_a_case_of_the_source_with_its_clock_and_no_personal_data_in_the_open(shared):
    entry = given(shared)
    made = doubt(shared)

    assert (made.provider.code, made.department.code, made.entry) == ("police", "civil", entry)
    assert made.case.department.code == "police"
    assert made.case.due_at is not None
    row = Dispute.objects.filter(pk=made.pk).values().get()
    assert not any(value in str(row) for value in (shared.id, WRONG, RIGHT, "户口簿"))
    assert sealing.unseal(made.sealed)["claimed"] == RIGHT
    for logged in Entry.objects.filter(seq__gt=entry):
        assert not any(value in logged.text for value in (shared.id, WRONG, RIGHT, "户口簿"))
    with pytest.raises(errors.AlreadyDisputed):
        doubt(shared)


@pytest.mark.django_db(transaction=True)
def test_a_correction_reaches_table_golden_record_and_all_who_received_the_value(shared):
    first, second = given(shared), given(shared)
    made = doubt(shared)
    done = acts.correct(made, by=shared.carl, at=shared.now, reason="核对档案后更正")
    published = Publication.objects.get(resource="households", state="current")
    shared.person.refresh_from_db()

    assert done.state == Dispute.State.CORRECTED
    assert {row["person_name"] for row in served(published) if row["id_number"] == shared.id} == {RIGHT}
    assert shared.person.attributes["person_name"] == RIGHT
    assert shared.person.provenance["person_name"][0] == f"correction {made.number}"
    assert SearchRow.objects.get(entity=shared.person.pk).sound == "wangfang"
    (notice,) = Notice.objects.all()
    assert (notice.department.code, notice.client, notice.entries) == (
        "civil",
        shared.client,
        [first, second],
    )
    assert (made.case.state, Correction.objects.get().outcome) == ("open", "corrected")
    made.case.refresh_from_db()
    assert made.case.state == "closed"
    assert quality.disputed("households", shared.now) == (1, 1)
    (entry,) = audit.entries(kind="exchange.dispute.answered").filter(subject=made.number)
    assert entry.detail["told"] == 1
    assert entry.detail["places"] == ["households", "people"]


@pytest.mark.django_db(transaction=True)
def test_a_correction_stays_over_publishing_and_linking_until_the_source_says_the_same(shared):
    given(shared)
    made = doubt(shared)
    acts.correct(made, by=shared.carl, at=shared.now)

    again = publish("households", rows(shared), at=shared.now, batch=8)
    assert {row["person_name"] for row in served(again) if row["id_number"] == shared.id} == {RIGHT}
    assert Overlay.objects.get(place="table").ended_at is None
    shared.person.refresh_from_db()
    shared.person.attributes["person_name"] = WRONG  # as a linking would write it that saw the record change
    shared.person.provenance["person_name"] = ["hukou", 2, None]
    shared.person.save()
    assert acts.settle(at=shared.now) == 0
    shared.person.refresh_from_db()
    assert shared.person.attributes["person_name"] == RIGHT
    assert shared.person.provenance["person_name"][0] == f"correction {made.number}"

    publish("households", rows(shared, RIGHT), at=shared.now, batch=9)
    shared.person.provenance["person_name"] = ["hukou", 3, None]
    shared.person.save()
    assert acts.settle(at=shared.now) == 1
    assert set(Overlay.objects.values_list("place", "ended")) == {("table", "source"), ("golden", "source")}
    shared.person.refresh_from_db()
    assert shared.person.provenance["person_name"] == ["hukou", 3, None]


@pytest.mark.django_db(transaction=True)
def test_where_the_source_mends_it_first_everyone_is_told_when_the_batch_brings_it(shared):
    given(shared)
    made = doubt(shared)
    acts.correct(made, by=shared.carl, at=shared.now, overlay=False)
    made.refresh_from_db()
    assert (made.state, Notice.objects.count(), Overlay.objects.count()) == ("confirmed", 0, 0)
    assert acts.settle(at=shared.now) == 0

    publish("households", rows(shared, RIGHT), at=shared.now, batch=9)
    assert acts.settle(at=shared.now) == 1
    made.refresh_from_db()
    assert (made.state, Notice.objects.count()) == ("corrected", 1)


@pytest.mark.django_db(transaction=True)
def test_only_the_source_answers_and_once_and_with_reasons(shared):
    given(shared)
    made = doubt(shared)
    for person in (shared.ann, shared.dora, shared.auditor):
        with pytest.raises(errors.NotYoursToAnswer):
            acts.correct(made, by=person, at=shared.now)
    with pytest.raises(errors.NoAnswer):
        acts.reject(made, by=shared.bob, at=shared.now, reason=" ")
    acts.reject(made, by=shared.bob, at=shared.now, reason="与户籍档案一致")
    with pytest.raises(errors.AlreadyAnswered):
        acts.correct(made, by=shared.bob, at=shared.now)
    assert quality.disputed("households", shared.now) == (1, 0)
    assert Notice.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_parties_see_a_dispute_and_nobody_else(shared):
    given(shared)
    made = doubt(shared)
    for person in (shared.ann, shared.carl):
        _, kept = acts.look(made.number, by=person, at=shared.now)
        assert kept["claimed"] == RIGHT
    _, kept = acts.look(made.number, by=shared.auditor, at=shared.now)
    assert kept == {}
    with pytest.raises(NotFound):
        acts.look(made.number, by=shared.dora, at=shared.now)
    assert audit.entries(kind="exchange.dispute.seen").filter(subject=made.number).count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_value_of_a_golden_record_goes_to_the_department_of_its_source(shared):
    asked = shared.ask(resource=_resource("everyone"), items=["id_number", "person_name"])
    grant = asked if asked.state == "approved" else None
    if grant is None:
        approver = User.objects.create(username="jin", department=asked.provider, role=User.Role.APPROVER)
        actions.approve(asked, by=approver, at=shared.now)
    given(shared, "everyone")
    made = doubt(shared, resource="everyone")
    acts.correct(made, by=shared.carl, at=shared.now)
    published = Publication.objects.get(resource="households", state="current")

    assert (made.provider.code, made.source) == ("police", "hukou")
    assert {row["person_name"] for row in served(published) if row["id_number"] == shared.id} == {RIGHT}
    assert {one.resource for one in Notice.objects.all()} == {"everyone"}


def _resource(code):
    from xilin.kernel.catalog import queries as catalog

    return catalog.resource(code)


@pytest.mark.django_db(transaction=True)
def test_notices_are_tracked_until_they_are_acknowledged(shared):
    given(shared)
    acts.correct(doubt(shared), by=shared.carl, at=shared.now)
    (notice,) = acts.pull(shared.client, 0, at=shared.now)
    assert notice.delivered_at == shared.now
    assert acts.pull(shared.client, notice.pk, at=shared.now) == []
    for person in (shared.bob, shared.auditor):
        with pytest.raises(NotFound):
            acts.acknowledge(notice, by=person, at=shared.now)
    assert disputes.unread(shared.ann) == 1
    done = acts.acknowledge(notice, by=shared.ann, at=shared.now)
    acts.acknowledge(notice, client=shared.client, at=shared.now)
    assert (done.acknowledged_by, disputes.unread(shared.ann)) == (shared.ann, 0)
    assert audit.entries(kind="exchange.correction.acknowledged").filter(by="ann").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_citizen_sees_who_looked_at_them_and_may_ask_why(shared):
    entry = given(shared)
    given(shared, by={"id_number": "99010119900101123X"})
    me = acts.enter_citizen(subject="me", registry="people", entity=shared.person.pk, at=shared.now)
    (seen,) = acts.looks(me, at=shared.now)

    assert (seen.number, seen.department, seen.purpose, seen.case_number) == (
        entry, "civil", "assistance", CALL["case_number"],
    )  # fmt: skip
    assert set(seen.items) == {"id_number", "person_name", "address"}
    assert audit.entries(kind="exchange.citizen.read").filter(seq__gt=entry).count() == 1
    with pytest.raises(NotFound):
        acts.ask_why(me, entry + 1, grounds="未办理过低保", at=shared.now)
    asked = acts.ask_why(me, entry, grounds="未办理过低保", at=shared.now)
    with pytest.raises(errors.AlreadyDisputed):
        acts.ask_why(me, entry, grounds="未办理过低保", at=shared.now)
    assert (asked.provider.code, asked.case.kind) == ("civil", "explanation")
    with pytest.raises(errors.NotYoursToAnswer):
        acts.explain(asked, by=shared.bob, at=shared.now, reason="x")
    acts.explain(asked, by=shared.ann, at=shared.now, reason="您于九月申请了救助", lawful=True)
    (told,) = disputes.questions_of(me)
    assert (told.state, told.reason) == ("explained", "您于九月申请了救助")
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM audit_entry WHERE seq > %s", [entry])
        assert not any("未办理过低保" in text or shared.id in text for (text,) in cursor.fetchall())


@pytest.mark.django_db(transaction=True)
def test_who_took_a_file_with_the_value_is_told_and_the_citizen_sees_the_file(shared):
    given(shared)
    other = actions.register_client(code="market_files", name="年报系统", by=shared.dora, at=shared.now)
    asked = shared.ask(client=other, by=shared.dora, items=["id_number", "person_name"], purpose="assistance")
    grant = actions.approve(asked, by=shared.bob, at=shared.now)

    def file(number, columns, sent):
        usual = {
            "asked_at": shared.now,
            "purpose": "assistance",
            "case_number": "年报-1",
            "format": "csv",
            "state": "taken",
        }
        return Export.objects.create(
            number=number, grant=grant, columns=columns, sent=sent, entry=1, sha256="0" * 64, ready_at=shared.now, **usual
        )  # fmt: skip

    file("never-fetched", ["id_number", "person_name"], [])
    file("without-it", ["id_number", "address"], [[0, 10]])
    me = acts.enter_citizen(subject="me", registry="people", entity=shared.person.pk, at=shared.now)
    taken = file("with-it", ["id_number", "person_name"], [[0, 10]])
    acts.correct(doubt(shared), by=shared.carl, at=shared.now)

    assert {notice.client.code for notice in Notice.objects.all()} == {"means_check", "market_files"}
    assert [look.kind for look in acts.looks(me, at=shared.now) if look.number == taken.entry] == [
        "exchange.export.made"
    ] * 2
    grant.row_filter = [{"column": "person_name", "op": "eq", "value": "别人"}]
    grant.save()
    assert whole_files.with_person(shared.person) == []
