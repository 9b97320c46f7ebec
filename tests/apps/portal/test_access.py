"""Who sees what on the desk: one's own department's, and nothing of anyone else's."""

import pytest
from django.urls import reverse

from xilin.kernel.audit import actions
from xilin.kernel.audit import queries as audit

DESK = (
    "desk",
    "requests",
    "grants",
    "holdings",
    "quarantine",
    "corrections",
    "systems",
    "usage",
    "review",
    "decisions",
    "password",
)


@pytest.mark.django_db
@pytest.mark.parametrize("name", DESK)
def test_the_desk_asks_a_stranger_to_sign_in(client, name):
    path = reverse(f"portal:{name}")
    response = client.get(path)

    assert response.status_code == 302
    assert response.headers["Location"] == f"/login/?next={path}"


def test_nobody_acts_without_signing_in(client, hub):
    number = hub.ask().number

    for path in (
        f"/desk/requests/{number}/approve/",
        f"/desk/requests/{number}/withdraw/",
        "/desk/systems/means_check/key/",
        f"/desk/quarantine/{hub.row.pk}/ask/",
    ):
        assert client.post(path).headers["Location"].startswith("/login/")
    assert hub.ann.requests_made.get().state == "pending"


def test_a_department_sees_its_own_held_rows_alone(client, hub):
    client.force_login(hub.bob)
    text = client.get("/desk/quarantine/").content.decode()

    assert f"/desk/quarantine/{hub.row.pk}/" in text
    assert f"/desk/quarantine/{hub.other_row.pk}/" not in text
    assert "救助名册" not in text
    assert client.get(f"/desk/quarantine/{hub.row.pk}/").status_code == 200
    assert client.get(f"/desk/quarantine/{hub.other_row.pk}/").status_code == 404


def test_a_foreign_row_cannot_be_asked_about(client, hub):
    client.force_login(hub.bob)

    assert client.post(f"/desk/quarantine/{hub.other_row.pk}/ask/").status_code == 404


def test_an_auditor_sees_how_many_rows_are_held_and_none_of_them(client, hub):
    client.force_login(hub.auditor)
    text = client.get("/desk/quarantine/").content.decode()

    assert "户籍系统" in text
    assert "救助名册" in text
    assert "校验码" not in text
    assert client.get(f"/desk/quarantine/{hub.row.pk}/").status_code == 404


def test_an_engineer_without_a_department_sees_no_row_and_no_count(client, hub):
    client.force_login(hub.engineer)

    assert "户籍系统" not in client.get("/desk/quarantine/").content.decode()


def test_a_row_shown_again_beside_a_refused_doubt_is_on_record_too(client, hub):
    client.force_login(hub.bob)

    answer = client.post(f"/desk/quarantine/{hub.row.pk}/ask/", {"doubt": "x" * 1001})

    assert answer.status_code == 409
    assert audit.entries(kind="quality.row.seen").count() == 1


def test_no_page_of_the_desk_is_kept_by_a_browser(client, hub):
    client.force_login(hub.bob)

    for path in ("/desk/", "/desk/quarantine/", f"/desk/quarantine/{hub.row.pk}/", "/desk/usage/"):
        assert "no-store" in client.get(path).headers["Cache-Control"], path


def test_looking_at_a_held_row_is_on_record_without_its_content(client, hub):
    client.force_login(hub.bob)
    client.get(f"/desk/quarantine/{hub.row.pk}/")
    entry = audit.entries(kind="quality.row.seen").get()

    assert (entry.by, entry.subject) == ("bob", "households")
    assert hub.row.key not in entry.text


def test_a_request_is_seen_by_its_two_parties_and_the_auditor_alone(client, hub):
    path = f"/desk/requests/{hub.ask().number}/"

    for person, status in (
        (hub.ann, 200),
        (hub.bob, 200),
        (hub.auditor, 200),
        (hub.dora, 404),
        (hub.engineer, 404),
    ):
        client.force_login(person)
        assert client.get(path).status_code == status, person


def test_only_an_approver_of_the_provider_is_offered_the_decision(client, hub):
    path = f"/desk/requests/{hub.ask().number}/"

    for person, offered in ((hub.bob, True), (hub.ann, False), (hub.auditor, False)):
        client.force_login(person)
        assert ('id="decide"' in client.get(path).content.decode()) is offered, person


def test_a_stranger_who_approves_is_told_there_is_no_such_request(client, hub):
    number = hub.ask().number
    client.force_login(hub.dora)

    assert client.post(f"/desk/requests/{number}/approve/", {"items": ["id_number"]}).status_code == 404


def test_a_grant_is_listed_for_holder_and_giver_and_not_for_others(client, hub):
    request = hub.ask(
        resource=hub.client.department.resources.model.objects.get(code="entities"), items=["uscc"]
    )
    grant = request.grant

    for person, seen in ((hub.ann, True), (hub.dora, True), (hub.bob, False), (hub.auditor, True)):
        client.force_login(person)
        assert (grant.number in client.get("/desk/grants/").content.decode()) is seen, person


def test_systems_and_keys_are_those_of_ones_own_department(client, hub):
    client.force_login(hub.bob)

    assert "means_check" not in client.get("/desk/systems/").content.decode()
    assert client.post("/desk/systems/means_check/key/").status_code == 404


def test_resources_of_the_desk_are_the_departments_own(client, hub):
    client.force_login(hub.bob)
    text = client.get("/desk/holdings/").content.decode()

    assert "户籍人口基本信息" in text
    assert "社会救助发放信息" not in text


def test_a_correction_is_seen_by_who_asked_and_who_answers(client, hub):
    client.force_login(hub.bob)
    client.post(f"/desk/quarantine/{hub.row.pk}/ask/", {"doubt": ""})
    number = hub.bob.corrections_asked.get().case.number

    for person, status in ((hub.bob, 200), (hub.auditor, 200), (hub.ann, 404)):
        client.force_login(person)
        assert client.get(f"/desk/corrections/{number}/").status_code == status, person


def test_the_use_of_ones_data_is_seen_on_the_desk_and_by_the_auditor_alone(client, hub):
    actions.record(
        "exchange.access",
        by="means_check",
        department="civil",
        provider="police",
        subject="households",
        detail={
            "purpose": "assistance", "case_number": "MZ-77", "found": True, "items": ["address"], "shape": "masked",
        },
        at=hub.now,
    )  # fmt: skip

    for path in ("/desk/", "/desk/usage/"):
        for person, seen in ((hub.bob, True), (hub.ann, False), (hub.dora, False)):
            client.force_login(person)
            assert ("MZ-77" in client.get(path).content.decode()) is seen, (path, person)
    client.force_login(hub.auditor)
    assert "MZ-77" in client.get("/desk/usage/").content.decode()


def test_who_reads_the_use_of_data_is_entered_in_the_log_before_it_is_shown(client, hub):
    actions.record(
        "exchange.access",
        by="means_check",
        department="civil",
        provider="police",
        subject="households",
        detail={
            "purpose": "assistance",
            "case_number": "MZ-77",
            "found": True,
            "items": [],
            "shape": "masked",
        },
        at=hub.now,
    )

    def read():
        rows = audit.entries(kind="audit.log.read")
        return [(row.by, row.department, row.provider, row.detail["what"]) for row in rows]

    for person in (hub.ann, hub.dora):
        client.force_login(person)
        for path in ("/desk/", "/desk/usage/"):
            client.get(path)
    assert read() == []
    client.force_login(hub.bob)
    client.get("/desk/")
    client.get("/desk/usage/")
    client.force_login(hub.auditor)
    client.get("/desk/usage/")

    assert read() == [
        (hub.auditor.username, "", "", "usage"),
        (hub.bob.username, "police", "police", "usage"),
        (hub.bob.username, "police", "police", "duties"),
    ]
    assert audit.entries(kind="audit.log.read").first().detail["entries"] == 1
