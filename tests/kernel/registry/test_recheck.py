"""A key that its source gave to somebody else: what was decided about the former holder is not applied to the new one."""

import msgspec
import pytest

import two_rosters
from xilin.kernel.audit.models import Entry
from xilin.kernel.registry import decisions, marks, review
from xilin.kernel.registry.declarations import Registry
from xilin.kernel.registry.models import Decision, DecisionPair, Entity, EntityRecord, ReviewPair

NOW = two_rosters.NOW
NUMBER, OTHER = "99" + "7" * 16, "99" + "3" * 16


@pytest.fixture
def office(settings, tmp_path, db):
    """Two rosters, linked: A1 and B1 are two entities, and a pair of them waits."""
    made = two_rosters.office(settings, tmp_path)
    run = made.link()
    made.rita, made.rolf = two_rosters.reviewer("rita"), two_rosters.reviewer("rolf")
    made.pair = ReviewPair.objects.update_or_create(
        registry="people", source_a="one", key_a="A1", source_b="two", key_b="B1",
        defaults={"why": "below", "weight": 1.0, "probability": 0.6, "levels": {}, "run": run.pk},
    )[0]  # fmt: skip
    return made


def entity_of(source, key):
    return EntityRecord.objects.get(source=source, key=key).entity_id


def joined():
    return entity_of("one", "A1") == entity_of("two", "B1")


def test_what_was_judged_same_holds_through_runs_while_the_record_is_whose_it_was(office):
    made = review.judge(office.pair, "same", by=office.rita, at=NOW)
    office.link()
    assert joined()
    office.put("two", "B1", NUMBER, "琪琪格（改名）", "19800204")
    office.link()

    assert joined()
    made.refresh_from_db()
    assert made.state == "in_force"


def test_a_key_given_to_somebody_else_ends_the_decision_and_asks_again_in_words(client, office):
    made = review.judge(office.pair, "same", by=office.rita, at=NOW)
    office.link()
    office.put("two", "B1", OTHER, "王芳", "19991231")
    run = office.link()

    assert not joined()
    made.refresh_from_db()
    office.pair.refresh_from_db()
    assert (made.state, office.pair.decision, office.pair.why) == ("lapsed", None, "reused")
    pair = made.pairs.get()
    assert pair.changed == {"b": ["id_number", "person_name", "born"]}
    assert decisions.decisions_in_force("people") == []
    entry = Entry.objects.get(kind="registry.decision.lapsed", subject=str(made.pk))
    assert entry.detail["changed"] == ["born", "id_number", "person_name"]
    assert "王芳" not in entry.text
    assert OTHER not in entry.text
    assert run.counts["records"] == 2

    client.force_login(office.rolf)
    client.cookies["django_language"] = "zh-hans"
    text = client.get(f"/desk/review/{office.pair.pk}/").content.decode()
    assert "乙系统" in text
    assert "公民身份号码、姓名、出生日期" in text
    client.cookies["django_language"] = "en"
    assert (
        "Citizen ID number, Name, Date of birth"
        in client.get(f"/desk/review/{office.pair.pk}/").content.decode()
    )
    client.cookies["django_language"] = "zh-hans"
    assert "失效" in client.get("/desk/decisions/").content.decode()

    office.link()
    assert ReviewPair.objects.get(pk=office.pair.pk).why == "reused"
    again = review.judge(office.pair, "different", by=office.rolf, at=NOW)
    office.link()
    assert [one.decision for one in decisions.decisions_in_force("people")] == [again.pk]


@pytest.fixture
def apart_then_joined(office):
    """A1 and B1 were told apart; both are one other person's now, and a linking joined them."""
    made = review.judge(office.pair, "different", by=office.rita, at=NOW)
    office.link()
    assert not joined()
    office.put("one", "A1", OTHER, "王芳", "19991231")
    office.put("two", "B1", OTHER, "王芳", "19991231")
    office.link()
    assert joined(), "what was told apart is not held against the next holder of the key"
    made.refresh_from_db()
    assert made.state == "lapsed"
    return office


def test_a_reviewer_sees_that_a_linking_joined_what_was_told_apart_and_confirms_it(client, apart_then_joined):
    office = apart_then_joined
    assert review.joined_since(office.rolf, "people") == 1
    client.force_login(office.rolf)
    client.cookies["django_language"] = "en"
    told = client.get("/desk/review/?registry=people").content.decode()
    assert "<b>1</b> pair that a reviewer had told apart" in told
    assert "A linking has joined them since" in told
    assert "joined by a linking" in told
    assert (
        f"/desk/registries/people/{entity_of('one', 'A1')}/"
        in told.split('data-key="n"')[0].rsplit("<a ", 1)[1]
    )

    office.link()
    assert ReviewPair.objects.get(pk=office.pair.pk).decision is None, "it waits until somebody has looked"
    with pytest.raises(decisions.errors.AlreadyDecided):
        review.judge(office.pair, "different", by=office.rolf, at=NOW)
    client.post(f"/desk/review/{office.pair.pk}/answer/", {"verdict": "same"})
    made = Decision.objects.first()
    assert (made.state, made.entity_b, made.made_by) == ("in_force", None, office.rolf)
    assert review.joined_since(office.rolf, "people") == 0
    assert "had told apart" not in client.get("/desk/review/?registry=people").content.decode()
    office.link()
    assert joined()


def test_what_two_people_take_apart_again_leaves_the_queue(apart_then_joined):
    office = apart_then_joined
    entity = Entity.objects.get(pk=entity_of("one", "A1"))
    record = EntityRecord.objects.get(source="two", key="B1")
    split = decisions.propose_split(entity, [record.pk], by=office.rita, at=NOW, reason="两个人")
    decisions.approve(split, by=office.rolf, at=NOW)
    office.link()

    assert not joined()
    assert not ReviewPair.objects.exists()


def test_a_number_put_right_or_a_name_changed_leaves_the_record_whose_it_was():
    found = declaration_like()
    then = {"id_number": "x", "person_name": "n", "born": "b"}

    assert marks.changed(found, then, then | {"id_number": "y"}) == []
    assert marks.changed(found, then, then | {"person_name": "m", "born": "c"}) == []
    assert marks.changed(found, then, {"person_name": "n"}) == []
    assert marks.changed(found, then, {"id_number": "y", "person_name": "m", "born": "b"}) == [
        "id_number",
        "person_name",
    ]
    assert marks.changed(found, {"person_name": "n"}, {"person_name": "m"}) == ["person_name"]
    assert marks.changed(found, then, {"id_number": "y"}) == ["id_number"]
    assert marks.changed(found, {"person_name": "n"}, {"born": "b"}) == ["born", "person_name"]
    assert marks.changed(found, {}, {}) == []


def declaration_like():
    return msgspec.convert(
        {
            "code": "people", "name": {"zh": "人", "en": "People"},
            "attribute": [{"code": one, "element": one} for one in ("id_number", "person_name", "born")],
            "identifier": [{"attribute": "id_number"}], "search": {"name": "person_name", "born": "born"},
        },
        Registry,
    )  # fmt: skip


def test_marks_say_nothing_of_anybody_and_know_a_value_however_it_is_written(office):
    made = review.judge(office.pair, "same", by=office.rita, at=NOW)
    pair = made.pairs.get()
    kept = str(pair.marks_a) + str(pair.marks_b)

    assert set(pair.marks_b) == {"id_number", "person_name", "born"}
    assert NUMBER not in kept
    assert "琪琪格" not in kept
    office.put("two", "B1", NUMBER, "琪琪 格", "19800204")
    office.link()
    assert marks.known("people", [("two", "B1")]) == {("two", "B1"): pair.marks_b}


def test_without_the_state_of_a_run_marks_are_of_what_is_in_force(office, settings):
    with_state = marks.known("people", [("one", "A1"), ("two", "B1"), ("two", "nobody")])
    (settings.HOME / "registry" / "people" / "state.duckdb").unlink()

    assert marks.known("people", [("one", "A1"), ("two", "B1"), ("two", "nobody")]) == with_state
    assert set(with_state) == {("one", "A1"), ("two", "B1")}
    assert marks.known("nothing", [("one", "A1")]) == {}


def test_a_decision_of_before_marks_were_kept_gets_those_of_the_run_before(office):
    made = review.judge(office.pair, "same", by=office.rita, at=NOW)
    made.pairs.update(marks_a=None, marks_b=None)
    office.put("two", "B1", OTHER, "王芳", "19991231")
    office.link()

    made.refresh_from_db()
    assert made.state == "lapsed"
    assert not joined()


def test_a_proposal_about_somebody_else_by_now_can_not_be_approved(office):
    one, two = (Entity.objects.get(pk=entity_of(*record)) for record in (("one", "A1"), ("two", "B1")))
    made = decisions.propose_merge(one, two, by=office.rita, at=NOW, reason="同一人")
    office.put("two", "B1", OTHER, "王芳", "19991231")
    office.link()
    made.refresh_from_db()

    assert made.state == "lapsed"
    with pytest.raises(decisions.errors.NotOpen):
        decisions.approve(made, by=office.rolf, at=NOW)
    assert DecisionPair.objects.get().changed == {"b": ["id_number", "person_name", "born"]}
    assert Decision.objects.count() == 1


def test_a_record_that_is_gone_ends_nothing_until_another_has_its_key(office):
    made = review.judge(office.pair, "same", by=office.rita, at=NOW)
    office.link()
    office.database.execute("DELETE FROM two WHERE BH = 'B1'")
    office.put("two", "B2", OTHER, "李四", "19700101")
    office.link()
    made.refresh_from_db()
    assert made.state == "in_force"
    office.put("two", "B1", "99" + "1" * 16, "王芳", "19991231")
    office.link()
    made.refresh_from_db()

    assert made.state == "lapsed"


def test_of_an_increment_it_is_noticed_too(settings, tmp_path, db):
    office = two_rosters.office(settings, tmp_path, mode='mode = "incremental"\ncursor = "XH"')
    for n in range(30):
        office.put("one", f"C{n}", f"99{n:016}", f"某人{chr(0x4E00 + 97 * n)}", f"19{50 + n}0101")
    run = office.link()
    pair = ReviewPair.objects.update_or_create(
        registry="people", source_a="one", key_a="A1", source_b="two", key_b="B1",
        defaults={"why": "below", "run": run.pk},
    )[0]  # fmt: skip
    made = review.judge(pair, "same", by=two_rosters.reviewer("rita"), at=NOW)
    second = office.link()
    assert joined()
    assert "arrived" in second.counts
    office.put("two", "B1", OTHER, "王芳", "19991231")
    third = office.link()

    assert third.counts["arrived"] == 1
    assert not joined()
    made.refresh_from_db()
    assert made.state == "lapsed"
