"""The way of an entry in pages: compile, submit, review, publish, amend, withdraw; versions; the one source."""

import tomllib

import msgspec
import pytest
import reading
from django.core.files.uploadedfile import SimpleUploadedFile

import small_catalogue
from small_catalogue import NOW, entry, published
from xilin.kernel.catalog import actions, queries
from xilin.kernel.catalog.declarations import Resource as Entry
from xilin.kernel.catalog.models import Compilation

pytestmark = pytest.mark.django_db


@pytest.fixture
def who(tmp_path):
    small_catalogue.apply(tmp_path)
    return small_catalogue.people()


def fields(**changed):
    usual = {
        "digits": "201001",
        "name": "临时救助审批信息",
        "summary": "临时救助的申请和审批结果。",
        "format": "database",
        "share_type": "conditional",
        "share_condition": "用于履行法定职责。",
        "share_mode": "service",
        "update_cycle": "daily",
        "items-TOTAL_FORMS": "3",
        "items-INITIAL_FORMS": "0",
        "items-0-element": "id_number",
        "items-0-key": "on",
        "items-0-lookup": "on",
        "items-0-mask": "id_front",
        "items-1-element": "benefit 救助金额",
        "items-1-name": "审批金额",
        "items-1-share_type": "denied",
        "items-1-share_basis": "《测试法》第一条",
        "items-2-element": "",
    }
    return usual | changed


def text(response):
    return response.content.decode()


def test_an_entry_goes_through_all_pages_into_the_catalogue(client, who):
    client.force_login(who["ann"])
    response = client.post("/desk/catalogue/new/", fields(), follow=True)
    made = Compilation.objects.get()
    address = f"/desk/catalogue/{made.number}/"
    assert response.redirect_chain == [(address, 302)]
    assert "审批金额" in text(response)
    assert "《测试法》第一条" in text(response)
    client.post(f"{address}submit/")
    client.force_login(who["bob"])
    assert made.number in text(client.get("/desk/catalogue/?box=waiting"))
    client.post(f"{address}pass/", {"reason": "属实"})
    client.force_login(who["cyd"])
    response = client.post(f"{address}pass/", {"reason": ""}, follow=True)

    assert "已发布" in text(response)
    resource = queries.resource("civil_201001_000001")
    item = resource.items.get(column="benefit")
    assert (item.name, item.share_type, item.basis) == ("审批金额", "denied", "《测试法》第一条")
    assert (resource.key, resource.lookup) == (["id_number"], ["id_number"])
    assert "临时救助审批信息" in text(client.get("/catalogue/?q=临时救助"))


def test_what_is_wrong_is_told_before_anything_is_submitted(client, who):
    client.force_login(who["ann"])
    page = text(client.post("/desk/catalogue/new/", fields(summary="", share_condition=""), follow=True))

    assert "缺少信息资源摘要" in page
    assert "必须写明共享条件" in page
    number = Compilation.objects.get().number
    response = client.post(f"/desk/catalogue/{number}/submit/")
    assert response.status_code == 409
    assert Compilation.objects.get().state == "draft"


def test_more_rows_keep_what_was_written(client, who):
    client.force_login(who["ann"])
    page = text(client.post("/desk/catalogue/new/", fields(more="1")))

    assert "审批金额" in page
    assert 'name="items-4-element"' in page
    assert not Compilation.objects.exists()


def test_a_return_shows_its_reasons_and_the_way_on(client, who):
    made = actions.submit(actions.begin(entry(), by=who["ann"], at=NOW), by=who["ann"], at=NOW)
    client.force_login(who["bob"])
    address = f"/desk/catalogue/{made.number}/"
    assert client.post(f"{address}return/", {"reason": ""}).status_code == 409
    client.post(f"{address}return/", {"reason": "请补充更新周期依据"})

    client.force_login(who["ann"])
    page = text(client.get(address))
    assert "请补充更新周期依据" in page
    assert f"{address}change/" in page
    assert "修改目录" in text(client.get("/desk/"))


@pytest.mark.parametrize(("name", "status"), [("ann", 200), ("bob", 200), ("dan", 404), ("cyd", 404)])
def test_an_entry_on_its_way_is_its_departments_until_it_comes_to_the_authority(client, who, name, status):
    made = actions.submit(actions.begin(entry(), by=who["ann"], at=NOW), by=who["ann"], at=NOW)
    client.force_login(who[name])

    assert client.get(f"/desk/catalogue/{made.number}/").status_code == status
    client.logout()
    assert client.get(f"/desk/catalogue/{made.number}/").status_code == 302


def test_a_published_entry_is_amended_and_withdrawn_from_its_page_by_its_department_only(client, who):
    resource = published(who).resource
    client.force_login(who["dan"])
    assert "amend" not in text(client.get(f"/catalogue/{resource.code}/"))
    assert client.post(f"/desk/catalogue/amend/{resource.code}/").status_code == 403
    client.force_login(who["ann"])
    assert f"/desk/catalogue/amend/{resource.code}/" in text(client.get(f"/catalogue/{resource.code}/"))

    response = client.post(f"/desk/catalogue/amend/{resource.code}/")

    made = Compilation.objects.get(state="draft")
    assert response.url == f"/desk/catalogue/{made.number}/change/"
    assert made.number in text(client.get(f"/catalogue/{resource.code}/"))
    client.post(f"/desk/catalogue/{made.number}/abandon/")
    response = client.post(f"/desk/catalogue/withdraw/{resource.code}/", {"reason": "业务取消"}, follow=True)
    assert "业务取消" in text(response)
    assert Compilation.objects.get(aim="withdraw").state == "department_review"


def test_versions_and_what_differs_are_open_to_everyone(client, who):
    import msgspec

    resource = published(who).resource
    value = queries.versions_of(resource).get().value
    published(who, msgspec.structs.replace(value, update_cycle="weekly"), resource=resource)

    page = text(client.get(f"/catalogue/{resource.code}/versions/"))

    assert "<del>每日</del>" in page
    assert "<ins>每周</ins>" in page
    assert client.get("/catalogue/corrections/versions/").status_code == 404


def test_the_report_of_repeated_collection_says_from_whom_to_take_what(client, who):
    page = text(client.get("/catalogue/one-source/"))

    assert "姓名" in page
    assert "社会救助发放信息" in page
    assert "desk/catalogue/source" not in page
    assert "矫正" not in text(client.get("/catalogue/one-source/?show=all")), "never shared, never shown"


def test_the_authority_decides_on_the_page(client, who):
    client.force_login(who["bob"])
    wanted = {"resource": "benefits", "reason": "会议纪要第三号"}
    assert client.post("/desk/catalogue/source/person_name/", wanted).status_code == 403
    client.force_login(who["cyd"])

    client.post("/desk/catalogue/source/person_name/", wanted)

    assert "会议纪要第三号" in text(client.get("/catalogue/one-source/"))
    assert queries.one_source("person_name").source.resource.code == "benefits"
    client.post("/desk/catalogue/source/person_name/end/")
    assert queries.one_source("person_name").source.resource.code == "households"


def test_a_written_sheet_is_taken_in_again_and_a_wrong_one_is_told_by_its_cells(client, who):
    client.force_login(who["ann"])
    written = client.get("/desk/catalogue/sheet/")
    assert written.headers["Content-Disposition"].endswith('catalogue.xlsx"')

    response = client.post(
        "/desk/catalogue/import/", {"file": SimpleUploadedFile("a.xlsx", written.content)}, follow=True
    )
    assert "与已发布一致 1 条" in text(response)
    empty = client.get("/desk/catalogue/sheet/?empty=1").content
    response = client.post("/desk/catalogue/import/", {"file": SimpleUploadedFile("b.xlsx", empty)})
    assert response.status_code == 409
    assert "工作表中没有信息资源" in text(response)
    assert reading.faults(text(response)) == []
    assert not Compilation.objects.exists()


def test_reports_to_the_upper_level_are_the_authoritys_to_see(client, who, settings):
    settings.UPWARD_URL = "http://127.0.0.1:1/"
    published(who)
    for name, status in (("ann", 404), ("eve", 200), ("cyd", 200)):
        client.force_login(who[name])
        assert client.get("/desk/catalogue/reports/").status_code == status
    page = text(client.get("/desk/catalogue/reports/"))
    assert "待上报" in page
    assert reading.faults(page) == []
    assert client.post("/desk/catalogue/reports/again/").status_code == 302
    client.force_login(who["eve"])
    assert client.post("/desk/catalogue/reports/again/").status_code == 404


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_read_well_in_both_languages(client, who, language):
    made = actions.submit(actions.begin(entry(), by=who["ann"], at=NOW), by=who["ann"], at=NOW)
    resource = queries.resource("benefits")
    client.cookies["django_language"] = language
    client.force_login(who["bob"])
    for address in (
        "/desk/catalogue/",
        "/desk/catalogue/?box=waiting",
        "/desk/catalogue/new/",
        "/desk/catalogue/import/",
        f"/desk/catalogue/{made.number}/",
        f"/catalogue/{resource.code}/versions/",
        "/catalogue/one-source/",
        "/catalogue/one-source/?show=undecided",
    ):
        response = client.get(address)
        assert response.status_code == 200, address
        assert reading.faults(text(response)) == [], address
        if language == "zh-hans":
            assert reading.foreign(text(response)) <= {"cyd", "dan"}, address


def test_an_entry_is_given_as_a_file_of_the_league_folder(client, who):
    made = published(who)
    client.force_login(who["ann"])
    place = f"/desk/catalogue/{made.number}/toml/"
    assert place in text(client.get(f"/desk/catalogue/{made.number}/"))

    answer = client.get(place)

    assert answer["Content-Type"].startswith("application/toml")
    assert f'filename="{made.value.code}.toml"' in answer["Content-Disposition"]
    assert msgspec.convert(tomllib.loads(answer.content.decode()), Entry) == made.value
    client.logout()
    assert client.get(place).status_code == 302
