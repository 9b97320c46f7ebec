"""The desk's forms: what they do, and how a refusal is shown with what to do about it."""

from datetime import timedelta

from xilin.kernel.audit import queries as audit


def asked(hub, **changed):
    usual = {
        "client": hub.client.pk,
        "items": ["id_number", "address"],
        "purpose": "assistance",
        "scenario": "低保申请核对",
        "shape": "",
        "quota_per_day": 100,
        "valid_until": (hub.now.date() + timedelta(days=365)).isoformat(),
    }
    return usual | changed


def soon():
    from django.utils import timezone

    return (timezone.localdate() + timedelta(days=30)).isoformat()


def test_asking_leads_to_the_request_with_its_clock(client, hub):
    client.force_login(hub.ann)
    response = client.post("/desk/ask/households/", asked(hub, valid_until=soon()), follow=True)
    text = response.content.decode()

    request = hub.ann.requests_made.get()
    assert response.redirect_chain == [(f"/desk/requests/{request.number}/", 302)]
    assert request.items == ["id_number", "address"]
    assert "办理期限" in text
    assert "已是最小方式" in text


def test_what_the_law_grants_at_once_is_said_to_be_granted(client, hub):
    client.force_login(hub.ann)
    response = client.post("/desk/ask/entities/", asked(hub, items=["uscc"], valid_until=soon()), follow=True)

    assert hub.ann.requests_made.get().state == "approved"
    assert "生效中" in response.content.decode()


def test_a_term_beyond_the_purposes_is_refused_with_the_days_allowed(client, hub):
    client.force_login(hub.ann)
    response = client.post("/desk/ask/households/", asked(hub, valid_until="2039-01-01"))
    text = response.content.decode()

    assert 'role="alert"' in text
    assert "2039-01-01" in text
    assert not hub.ann.requests_made.exists()
    assert "低保申请核对" in text, "what was written is still there"


def test_a_field_left_out_is_named_above_and_marked_below(client, hub):
    client.force_login(hub.ann)
    text = client.post("/desk/ask/households/", asked(hub, scenario="")).content.decode()

    assert 'href="#id_scenario"' in text
    assert 'class="field has-wrong"' in text


def test_the_weakest_shape_is_proposed_while_the_form_is_filled_in(client, hub):
    client.force_login(hub.ann)
    path = "/desk/ask/households/shape/"

    masked = client.get(path, {"purpose": "assistance", "items": ["id_number"]}).content.decode()
    verified = client.get(path, {"purpose": "identity", "items": ["id_number"]}).content.decode()
    nothing = client.get(path).content.decode()

    assert "脱敏字段" in masked
    assert "核验" in verified
    assert "脱敏字段" not in nothing
    assert "核验" not in nothing


def test_approving_less_than_was_asked_for(client, hub):
    request = hub.ask(valid_until=hub.now.date() + timedelta(days=360))
    client.force_login(hub.bob)
    form = {
        "items": ["id_number"], "shape": "verify", "quota_per_day": 50, "hour_from": 8, "hour_to": 18,
        "valid_until": soon(), "reason": "",
    }  # fmt: skip
    response = client.post(f"/desk/requests/{request.number}/approve/", form, follow=True)

    grant = hub.client.grants.get()
    assert grant.number in response.content.decode()
    assert [item.column for item in grant.items.all()] == ["id_number"]
    assert (grant.shape, grant.quota_per_day, grant.hour_from, grant.hour_to) == ("verify", 50, 8, 18)


def test_approving_nothing_shows_what_is_missing(client, hub):
    request = hub.ask()
    client.force_login(hub.bob)
    response = client.post(f"/desk/requests/{request.number}/approve/", {"shape": "masked"})

    assert response.status_code == 409
    assert 'class="field has-wrong"' in response.content.decode()
    assert not hub.client.grants.exists()


def test_a_refusal_without_its_legal_basis_is_not_taken(client, hub):
    request = hub.ask()
    client.force_login(hub.bob)
    response = client.post(f"/desk/requests/{request.number}/refuse/", {"reason": "不行"})
    request.refresh_from_db()

    assert response.status_code == 409
    assert 'href="#refuse_legal_basis"' in response.content.decode()
    assert request.state == "pending"


def test_a_refusal_with_basis_and_reason_ends_the_request(client, hub):
    request = hub.ask()
    client.force_login(hub.bob)
    form = {"legal_basis": "《个人信息保护法》第六条", "reason": "超出用途"}
    text = client.post(f"/desk/requests/{request.number}/refuse/", form, follow=True).content.decode()

    assert "超出用途" in text
    assert "《个人信息保护法》第六条" in text


def test_a_steward_who_decides_is_told_who_may(client, hub):
    request = hub.ask()
    client.force_login(hub.ann)
    form = {"legal_basis": "x", "reason": "y"}
    text = client.post(f"/desk/requests/{request.number}/refuse/", form).content.decode()
    request.refresh_from_db()

    assert request.state == "pending"
    assert "审批人" in text or "审核" in text


def test_withdrawing_ones_own_request(client, hub):
    request = hub.ask()
    client.force_login(hub.ann)
    client.post(f"/desk/requests/{request.number}/withdraw/")
    request.refresh_from_db()

    assert request.state == "withdrawn"


def test_a_grant_is_ended_with_a_reason_and_never_without(client, hub):
    client.force_login(hub.ann)
    client.post("/desk/ask/entities/", asked(hub, items=["uscc"], valid_until=soon()))
    grant = hub.client.grants.get()
    client.force_login(hub.dora)

    without = client.post(f"/desk/grants/{grant.number}/revoke/", {"reason": ""})
    grant.refresh_from_db()
    assert without.status_code == 422
    assert "理由" in without.content.decode()
    assert grant.revoked_at is None

    client.post(f"/desk/grants/{grant.number}/revoke/", {"reason": "任务结束"})
    grant.refresh_from_db()
    assert grant.revoked_at is not None


def test_a_key_is_shown_once_and_kept_by_no_cache(client, hub):
    client.force_login(hub.ann)
    response = client.post("/desk/systems/means_check/key/")
    key = hub.client.keys.get()

    assert "no-store" in response.headers["Cache-Control"].split(", ")
    assert key.prefix in response.content.decode()
    assert response.context["key"] not in client.get("/desk/systems/").content.decode()


def test_ending_a_key_and_retiring_a_system(client, hub):
    client.force_login(hub.ann)
    client.post("/desk/systems/means_check/key/")
    key = hub.client.keys.get()

    client.post(f"/desk/systems/means_check/key/{key.pk}/end/")
    key.refresh_from_db()
    assert key.revoked_at is not None

    client.post("/desk/systems/means_check/retire/", follow=True)
    assert "means_check" not in client.get("/desk/systems/").content.decode()


def test_a_code_that_is_taken_is_refused_with_advice(client, hub):
    client.force_login(hub.ann)
    text = client.post("/desk/systems/", {"code": "means_check", "name": "又一个"}).content.decode()

    assert 'role="alert"' in text
    assert "means_check" in text


def test_rows_are_narrowed_by_source_and_by_rule(client, hub):
    client.force_login(hub.bob)
    every = client.get("/desk/quarantine/?source=hukou").content.decode()
    one = client.get("/desk/quarantine/?reason=id_number.check_digit").content.decode()
    none = client.get("/desk/quarantine/?source=relief").content.decode()

    assert every.count("/desk/quarantine/") > one.count("/desk/quarantine/")
    assert f"/desk/quarantine/{hub.row.pk}/" in one
    assert f"/desk/quarantine/{hub.row.pk}/" not in none


def test_a_held_row_shows_the_reason_beside_the_column_as_found(client, hub):
    client.force_login(hub.bob)
    text = client.get(f"/desk/quarantine/{hub.row.pk}/").content.decode()
    row = text[text.index("GMSFHM") :]

    assert "公民身份号码的校验码不对。" in row[: row.index("</tr>")]
    assert "某7" in text


def test_a_correction_is_asked_once_and_answered_by_the_provider(client, hub):
    client.force_login(hub.bob)
    path = f"/desk/quarantine/{hub.row.pk}/ask/"
    client.post(path, {"doubt": "请核对身份证复印件"})
    number = hub.bob.corrections_asked.get().case.number

    again = client.post(path, {"doubt": ""})
    assert again.status_code == 409
    assert number in again.content.decode()
    assert number in client.get("/desk/").content.decode(), "it is a duty with a clock"

    client.post(f"/desk/corrections/{number}/", {"outcome": "corrected", "remark": "已改"})
    assert hub.bob.corrections_asked.get().outcome == "corrected"
    assert "已改" in client.get(f"/desk/corrections/{number}/").content.decode()
    assert audit.entries(kind="quality.correction.answered").count() == 1
