"""Every page, in both languages, with nothing in the database and with a small league in it."""

import io

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from reading import faults, foreign

from xilin.kernel.standards.queries import declared

PUBLIC = (
    "/", "/catalogue/", "/catalogue/?q=%E8%BA%AB%E4%BB%BD", "/indicators/", "/registries/", "/places/", "/quality/", "/cockpit/", "/economy/",
    "/herders/", "/visitors/", "/news/", "/news/?kind=catalogue", "/approvals/", "/audit/", "/report/", "/departments/", "/about/", "/login/",
)  # fmt: skip
FULL = (
    *PUBLIC, "/catalogue/households/", "/catalogue/entities/", "/indicators/registered/", "/quality/households/",
    "/quality/entities/", "/catalogue/?department=police", "/cockpit/?page=9",
)  # fmt: skip
DESK = (
    "/desk/", "/desk/requests/", "/desk/requests/?box=out", "/desk/grants/", "/desk/holdings/", "/desk/quarantine/",
    "/desk/quarantine/?source=hukou&reason=id_number.check_digit", "/desk/corrections/", "/desk/systems/", "/desk/usage/",
    "/desk/ask/households/", "/desk/password/",
)  # fmt: skip
LANGUAGES = ("zh-hans", "en")


def read(client, path, language):
    client.cookies["django_language"] = language
    response = client.get(path)
    assert response.status_code == 200, (path, response.status_code)
    return response.content.decode()


def check(text, language):
    assert f'<html lang="{"zh-Hans" if language == "zh-hans" else "en"}"' in text
    assert faults(text) == []
    if language == "zh-hans":
        assert foreign(text) - {"test"} == set()  # where the small league has its deadlines from


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_page_is_good_with_nothing_in_the_database(client, path, language):
    check(read(client, path, language), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_public_page_shows_what_there_is(client, hub, language):
    for path in (*FULL, f"/cockpit/batches/{hub.hukou.pk}/", f"/cockpit/batches/{hub.refused.pk}/"):
        check(read(client, path, language), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("who", ["ann", "bob", "dora"])
def test_every_page_of_the_desk_is_good_for_people_of_a_department(client, hub, who, language):
    request = hub.ask()
    client.force_login(getattr(hub, who))
    for path in DESK:
        check(read(client, path, language), language)
    if who != "dora":
        check(read(client, f"/desk/requests/{request.number}/", language), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("who", ["auditor", "engineer"])
def test_people_without_a_department_see_what_fits_them(client, hub, who, language):
    hub.ask()
    client.force_login(getattr(hub, who))
    text = read(client, "/desk/", language)
    check(text, language)
    assert ("文件损坏。" if language == "zh-hans" else "The file is broken.") in text
    assert "/desk/holdings/" not in text
    assert ("/desk/requests/" in text) == (who == "auditor")
    check(read(client, "/desk/quarantine/", language), language)


def test_the_home_page_tells_what_the_centre_holds(client, hub):
    text = read(client, "/", "zh-hans")

    assert "人口库" in text
    assert "990" in text
    assert "公安局 1,000" in text, "a department with the rows of its sources, in the drawing of the flow"
    assert "1,489" in text, "rows accepted of the newest batch done of each source"
    assert "账平" in text


def test_a_search_while_typing_gets_the_results_alone(client, hub):
    part = client.get("/catalogue/?q=救助", headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in part
    assert "社会救助发放信息" in part
    assert "市场主体" not in part


def test_a_resource_that_is_never_shared_is_hidden_from_the_public_on_every_page(client, hub):
    for path in ("/", "/catalogue/", "/quality/", "/departments/"):
        assert "社区矫正对象信息" not in read(client, path, "zh-hans")
    for path in ("/catalogue/corrections/", "/quality/corrections/"):
        assert client.get(path).status_code == 404


def test_quality_shows_each_rule_with_its_source_and_the_worst_resource_first(client, hub):
    overview = read(client, "/quality/", "zh-hans")
    detail = read(client, "/quality/benefits/", "zh-hans")

    assert overview.index("社会救助发放信息") < overview.index("户籍人口基本信息")
    assert "GB 11643-1999" in detail
    assert "80.0%" in detail


def test_a_registry_shows_counts_and_never_rounds_a_measure_up_to_perfect(client, hub):
    text = read(client, "/registries/", "zh-hans")

    assert "0.9999" in text
    assert "1.0000" not in text
    assert "救助名册" in text


def test_a_batch_says_why_it_was_refused_in_the_readers_language(client, hub):
    client.force_login(hub.ann)

    assert "文件损坏。" in read(client, f"/cockpit/batches/{hub.refused.pk}/", "zh-hans")
    assert "The file is broken." in read(client, f"/cockpit/batches/{hub.refused.pk}/", "en")


def test_a_drivers_own_words_stand_beside_for_those_who_operate(client, hub):
    hub.refused.error |= {"detail": "Connection refused"}
    hub.refused.save()
    path = f"/cockpit/batches/{hub.refused.pk}/"

    assert "Connection refused" not in read(client, path, "zh-hans")
    client.force_login(hub.ann)
    assert "Connection refused" not in read(client, path, "zh-hans")
    client.force_login(hub.engineer)
    page = read(client, path, "zh-hans")
    assert '技术细节: <span class="code" lang="en">Connection refused</span>' in page
    assert faults(page) == []


@pytest.mark.parametrize("path", ["/cockpit/", "/cockpit/batches/{batch}/"])
def test_visitors_read_that_a_batch_was_refused_and_not_the_sources_own_words(client, hub, path):
    text = read(client, path.format(batch=hub.refused.pk), "zh-hans")

    assert "未能读取该数据源，登录后可查看原因。" in text
    assert "文件损坏。" not in text
    assert client.get(path.format(batch=hub.refused.pk)).status_code == 200


def test_the_report_shows_live_figures_with_their_source(client, hub):
    text = read(client, "/report/", "zh-hans")

    assert "990" in text
    assert "户籍人口基本信息" in text


def test_the_report_is_given_as_a_word_document(client, hub):
    from docx import Document

    response = client.get("/report/report.docx")
    document = Document(io.BytesIO(response.content))

    assert any("990" in paragraph.text for paragraph in document.paragraphs)
    assert ".docx" in response.headers["Content-Disposition"]


def test_the_report_as_one_file_carries_its_own_policy_and_no_script(client, hub):
    response = client.get("/report/report.html")

    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "script-src" not in response.headers["Content-Security-Policy"]
    assert "<script" not in response.content.decode()


def test_every_page_forbids_scripts_and_styles_from_elsewhere(client, hub):
    policy = client.get("/").headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/nothing-here/", "/catalogue/nothing/", "/indicators/nothing/", "/cockpit/batches/9/"]
)
def test_what_is_not_there_says_what_to_do(client, path):
    client.cookies["django_language"] = "zh-hans"
    response = client.get(path)
    text = response.content.decode()

    assert response.status_code == 404
    assert "怎么办" in text or "可以这样做" in text or "处理办法" in text
    assert faults(text) == []


@pytest.mark.django_db
@pytest.mark.parametrize("template", ["400.html", "403.html", "403_csrf.html", "404.html"])
def test_an_error_page_is_a_page_like_any_other(template, rf: RequestFactory):
    assert faults(render_to_string(template, request=rf.get("/"))) == []


def test_the_page_of_a_defect_needs_no_database():
    assert "500" in render_to_string("500.html")


def test_the_indicator_page_names_its_resource_and_draws_its_course(client, hub):
    text = read(client, "/indicators/registered/", "zh-hans")

    assert declared("resource")["households"].name.zh in text
    assert 'class="plot plot-line' in text


def test_the_catalogue_is_offered_to_machines(client, hub):
    response = client.get("/catalogue.jsonld")

    assert response.headers["Content-Type"] == "application/ld+json"
    assert "households" in response.content.decode()


def test_the_sample_call_of_a_resource_is_one_the_gateway_reads(client, hub):
    import html
    import re

    import msgspec

    from xilin.kernel.exchange.gateway.calls import Call

    text = html.unescape(read(client, "/catalogue/households/", "en"))
    sample = re.search(r"application/json\n\n(\{.*?\})</pre>", text, re.DOTALL)
    call = msgspec.json.decode(sample[1], type=Call)

    assert call.purpose == "assistance"
    assert list(call.by) == ["id_number"]
    assert call.items == ["person_name", "address"]


@pytest.mark.parametrize(("role", "led"), [("system", True), ("engineer", False)])
def test_a_system_administrator_alone_is_led_to_the_administration(client, hub, role, led):
    hub.engineer.role, hub.engineer.is_staff = role, True
    hub.engineer.save()
    client.force_login(hub.engineer)

    assert ('href="/admin/"' in read(client, "/desk/", "zh-hans")) is led
