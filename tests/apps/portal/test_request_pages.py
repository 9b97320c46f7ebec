"""The desk's pages of requests and grants beyond a plain yes or no, as each party reads and uses them."""

import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone

import small_league
from xilin.kernel.accounts.models import Department, User
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.exchange import actions
from xilin.kernel.exchange.models import Request

AUTHORITY = 'code = "catalogue"\ndepartment = "justice"\n'
DISPUTE = """
[[deadline]]
code = "dispute"
regime = "national"
case_kind = "sharing_dispute"
step = "decide"
days = 10
unit = "working_day"
since = 2025-08-01
source = "test"
confirmed = false
"""


@pytest.fixture
def above(tmp_path, db):
    """Civil affairs ask, the police provide, justice is the authority."""
    deadlines = small_league.DEADLINES.replace("days = 10\n", "days = 10\nextend = 10\n") + DISPUTE
    small_league.apply(tmp_path, {"catalogue/authority.toml": AUTHORITY}, deadlines=deadlines)
    people = {}
    for name, department, role in (
        ("ann", "civil", User.Role.STEWARD),
        ("bob", "police", User.Role.APPROVER),
        ("judy", "justice", User.Role.APPROVER),
        ("dora", "market", User.Role.APPROVER),
    ):
        department = Department.objects.get(code=department)
        people[name] = User.objects.create(username=name, department=department, role=role)
    people["now"] = timezone.now()
    people["system"] = actions.register_client(
        code="means_check", name="核对系统", by=people["ann"], at=people["now"]
    )
    return people


def ask(above, **changed):
    usual = {
        "resource": catalog.resource("households"),
        "client": above["system"],
        "items": ["id_number", "address"],
        "purpose": "assistance",
        "scenario": "低保申请核对",
        "valid_until": timezone.localdate() + timedelta(days=30),
        "by": above["ann"],
        "at": above["now"],
    }
    return actions.ask(**(usual | changed))


def page(browser, user, path, **data):
    browser.force_login(user)
    response = browser.post(path, data, follow=True) if data else browser.get(path)
    return response.content.decode()


def test_a_subscription_to_some_rows_is_asked_for_and_its_weakest_shape_proposed(client, above):
    form = {
        "client": above["system"].pk, "items": ["id_number", "address"], "purpose": "assistance",
        "scenario": "低保核对", "shape": "", "use": "kept", "records": "", "quota_per_day": 100,
        "valid_until": (timezone.localdate() + timedelta(days=30)).isoformat(),
        "where_1_column": "address", "where_1_op": "in", "where_1_value": "甲，乙",
    }  # fmt: skip
    text = page(client, above["ann"], "/desk/ask/households/", **form)

    request = Request.objects.get()
    assert (request.shape, request.delivery) == ("masked", "feed")
    assert request.row_filter == [{"column": "address", "op": "in", "value": ["乙", "甲"]}]
    assert "变更订阅" in text
    assert "住址为“乙”、“甲”之一" in text


def test_a_wrong_condition_is_told_beside_it_and_nothing_is_asked(client, above):
    form = {
        "client": above["system"].pk, "items": ["id_number"], "purpose": "assistance", "scenario": "x",
        "quota_per_day": 100, "valid_until": timezone.localdate().isoformat(),
        "where_1_column": "address", "where_1_op": "ge", "where_1_value": "甲",
    }  # fmt: skip
    text = page(client, above["ann"], "/desk/ask/households/", **form)

    assert "eq, in, prefix" in text
    assert not Request.objects.exists()


def test_the_proposal_follows_how_the_data_is_used(client, above):
    client.force_login(above["ann"])
    said = {}
    for use, records in (("case", ""), ("once", "80000"), ("once", "50"), ("kept", "abc")):
        data = {
            "purpose": "assistance",
            "items": ["id_number"],
            "use": use,
            "records": records,
            "quota_per_day": "100",
        }
        said[use, records] = client.get("/desk/ask/households/shape/", data).content.decode()

    assert "批量文件" in said["once", "80000"]
    assert "批量文件" not in said["once", "50"]
    assert "变更订阅" in said["kept", "abc"]
    assert "逐次调用即可" in said["case", ""]


def test_what_is_missing_is_told_brought_and_read_in_the_course(client, above):
    request = ask(above)
    path = f"/desk/requests/{request.number}/"

    told = page(client, above["bob"], f"{path}tell_missing/", missing="缺授权书")
    assert "中止计时" in told
    assert 'id="tell_missing_missing"' not in told, "there is no second notice"
    seen = page(client, above["ann"], path)
    assert "缺授权书" in seen
    brought = page(client, above["ann"], f"{path}complete/", said="授权书已附")
    assert "已补正" in brought
    assert "授权书已附" in page(client, above["bob"], path)


def test_more_time_is_asked_for_and_given_by_the_authority(client, above):
    request = ask(above)
    path = f"/desk/requests/{request.number}/"
    client.force_login(above["judy"])
    assert client.get(path).status_code == 404, "the authority has no part in it yet"

    asked = page(client, above["bob"], f"{path}ask_more_time/", days="5", reason="需核实")
    assert "申请延长 5 个工作日" in asked
    assert request.number in page(client, above["judy"], "/desk/")
    assert request.number in page(client, above["judy"], "/desk/requests/?box=above")
    given = page(client, above["judy"], f"{path}consent/", given="yes", reason="同意")
    assert "同意延长" in given
    assert "同意延长" in page(client, above["ann"], path), "the applicant is told"


def test_too_much_time_is_refused_in_words_and_the_form_stays(client, above):
    request = ask(above)

    text = page(
        client, above["bob"], f"/desk/requests/{request.number}/ask_more_time/", days="30", reason="需核实"
    )

    assert 'role="alert"' in text
    assert "需核实" in text


def test_a_refusal_is_disputed_and_provision_ordered_on_the_pages(client, above):
    request = ask(above)
    path = f"/desk/requests/{request.number}/"
    page(client, above["bob"], f"{path}refuse/", reason="不符", legal_basis="《户口登记条例》")
    page(client, above["ann"], f"{path}dispute/", grounds="依据不适用")

    assert "依据不适用" in page(client, above["judy"], path)
    assert page(client, above["judy"], "/desk/").count(f'href="{path}"') == 2, "the duty leads to the request"
    settled = page(client, above["judy"], f"{path}settle/", ordered="yes", reason="应予提供")
    assert "责令提供" in settled
    mine = page(client, above["bob"], path)
    assert 'id="decide"' in mine
    assert "refuse_reason" not in mine


def test_nobody_without_a_part_in_it_can_act_and_nothing_tells_it_is_there(client, above):
    request = ask(above)
    client.force_login(above["dora"])
    known = client.post(f"/desk/requests/{request.number}/refuse/", {"reason": "x", "legal_basis": "y"})
    unknown = client.post("/desk/requests/20200101-000001/refuse/", {"reason": "x", "legal_basis": "y"})

    assert (known.status_code, unknown.status_code) == (404, 404)
    client.force_login(above["bob"])
    assert client.post(f"/desk/requests/{request.number}/delete/", {}).status_code == 404


def test_an_approval_narrows_rows_and_puts_a_mask_on(client, above):
    request = ask(above, shape="full", listing=True)
    form = {
        "items": ["id_number", "address"], "shape": "full", "quota_per_day": 50, "hour_from": 8, "hour_to": 18,
        "valid_until": timezone.localdate().isoformat(), "listing": "on", "least": 25, "signed": "on",
        "where_1_column": "address", "where_1_op": "prefix", "where_1_value": "甲", "mask-address": "hidden",
        "reason": "同意",
    }  # fmt: skip
    text = page(client, above["bob"], f"/desk/requests/{request.number}/approve/", **form)

    grant = Request.objects.get().grant
    assert grant.row_filter == [{"column": "address", "op": "prefix", "value": "甲"}]
    assert (grant.listing, grant.least, grant.signed) == (True, 25, True)
    assert {item.column: item.mask for item in grant.items.all()} == {"id_number": "", "address": "hidden"}
    assert "住址以“甲”开头" in text
    assert "不少于25行" in text


def test_a_grant_near_its_end_is_renewed_with_what_it_covers(client, above):
    rows = [{"column": "address", "op": "prefix", "value": "甲"}]
    old = actions.approve(ask(above, row_filter=rows), by=above["bob"], at=above["now"])
    assert f"renews={old.number}" in page(client, above["ann"], "/desk/")
    assert f"renews={old.number}" in page(client, above["ann"], "/desk/grants/")
    form = page(client, above["ann"], f"/desk/ask/households/?renews={old.number}")
    assert "低保申请核对" in form
    assert "住址以“甲”开头" in form

    page(
        client, above["ann"], f"/desk/ask/households/?renews={old.number}", client=above["system"].pk,
        items=["id_number", "address"], purpose="assistance", scenario="续", quota_per_day=100, shape="masked",
        valid_until=(timezone.localdate() + timedelta(days=90)).isoformat(),
    )  # fmt: skip

    request = Request.objects.get(renews=old)
    assert request.row_filter == rows
    assert old.number in page(client, above["bob"], f"/desk/requests/{request.number}/")


def test_the_compliance_report_shows_ones_own_and_to_the_authority_everyones(client, above):
    ask(above)

    assert "小盟公安局" in page(client, above["judy"], "/desk/compliance/")
    assert "小盟公安局" in page(client, above["bob"], "/desk/compliance/")
    assert "小盟公安局" not in page(client, above["dora"], "/desk/compliance/?since=x&until=9999-99-99")
    client.force_login(above["judy"])
    book = client.get("/desk/compliance/?file=xlsx")
    assert "spreadsheetml" in book["Content-Type"]
    assert zipfile.ZipFile(BytesIO(book.content)).testzip() is None


def test_a_missing_holiday_table_is_told_on_the_page_of_duties(client, above, tmp_path):
    deadlines = small_league.DEADLINES.replace("days = 20", "days = 300")
    small_league.apply(tmp_path, deadlines=deadlines)

    assert f"缺少 {timezone.localdate().year + 1} 年节假日安排" in page(client, above["bob"], "/desk/")
