"""Pictures: every page there is has one, and what depends on data is found."""

from django.urls import get_resolver, resolve

from xilin.apps.portal.pictures import found

# Answers that are no pages, pages that only an act leads to, and those of what this league has not: releases of open data,
# joint questions and disputes have theirs where there are some (test_opening_pages, test_joint_pages).
NO_PICTURE = {
    "cockpit_events", "metrics", "dcat", "news_atom", "indicator_csv", "indicator_json", "checkpoint", "witnessed", "audit_key", "report_html", "report_docx", "report_pdf", "shape", "approve", "act", "withdraw", "mend", "withdraw_mend", "revoke",
    "ask_correction", "issue", "end_key", "retire", "correction", "review_pair", "judge", "undo", "approve_decision",
    "withdraw_decision", "amend_entry", "withdraw_entry",
    "compilation", "compilation_toml", "edit_compilation", "submit_compilation", "pass_compilation", "return_compilation",
    "take_back_compilation", "abandon_compilation", "decide_source", "end_source", "catalogue_sheet",
    "catalogue_reports", "catalogue_report_again", "merge", "split", "dataflow", "logs", "log_checkpoint", "log_entries", "log_tile", "acknowledge", "dispute", "dispute_new", "citizen_out", "citizen_ask",
    "approve_address", "end_address", "resume_delivery", "close_alarm", "sign", "end_signing",
    "map_layers", "map_search", "map_values", "places_ground",
    "open_data", "open_schema", "open_index", "open_key", "open_rows", "open_signature", "opening",
    "try", "console", "console_key", "console_send",
    "question", "question_choose", "question_new", "question_refuse", "question_sign", "question_state",
}  # fmt: skip

# Parts with pages of their own among the pictures.
OTHERS = ("consumer", "goods", "handheld", "problems", "problems_desk", "web")


def test_every_page_of_the_portal_has_a_picture(hub):
    hub.ask()
    pages = [*found("bob"), *found("rita")]
    matches = [resolve(page.path.split("?")[0]) for page in pages if page.name != "not-found"]
    names = {one.url_name for one in matches if one.namespace.split(":")[0] not in ("places", *OTHERS)}
    portal = next(one for one in get_resolver().url_patterns if getattr(one, "namespace", "") == "portal")

    assert {pattern.name for pattern in portal.url_patterns} - NO_PICTURE == names - {"login"}


def test_pages_of_the_desk_are_those_of_the_person_who_signs_in(hub):
    request = hub.ask()

    assert any(request.number in page.path for page in found("bob"))
    assert not any(request.number in page.path for page in found("dora"))
    assert not any(request.number in page.path for page in found())
    assert {page.name for page in found("rita")} - {page.name for page in found("bob")} == {
        "desk-review",
        "desk-decisions",
        "desk-entity",
        "desk-lookup",
        "desk-review-rows",
        "desk-why",
    }
