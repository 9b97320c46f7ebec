"""Addresses of the portal."""

from django.urls import path

from xilin.apps.portal.views import audit, catalogue, cockpit, indicators, public, quality, registries, report
from xilin.apps.portal.views.desk import (
    corrections,
    duties,
    grants,
    holdings,
    quarantine,
    requests,
    systems,
    usage,
)

app_name = "portal"
urlpatterns = [
    path("", public.home, name="home"),
    path("about/", public.about, name="about"),
    path("departments/", public.departments, name="departments"),
    path("catalogue/", catalogue.search, name="catalogue"),
    path("catalogue.jsonld", catalogue.dcat_catalogue, name="dcat"),
    path("catalogue/<slug:code>/", catalogue.resource, name="resource"),
    path("indicators/", indicators.every, name="indicators"),
    path("indicators/<slug:code>/", indicators.one, name="indicator"),
    path("registries/", registries.every, name="registries"),
    path("quality/", quality.every, name="quality"),
    path("quality/<slug:code>/", quality.one, name="quality_of"),
    path("cockpit/", cockpit.cockpit, name="cockpit"),
    path("cockpit/batches/<int:pk>/", cockpit.batch, name="batch"),
    path("audit/", audit.page, name="audit"),
    path("audit/checkpoint", audit.checkpoint, name="checkpoint"),
    path("audit/key", audit.key, name="audit_key"),
    path("report/", report.page, name="report"),
    path("report/report.html", report.as_html, name="report_html"),
    path("report/report.docx", report.as_word, name="report_docx"),
    path("desk/", duties.duties, name="desk"),
    path("desk/requests/", requests.every, name="requests"),
    path("desk/requests/<slug:number>/", requests.one, name="request"),
    path("desk/requests/<slug:number>/approve/", requests.approve, name="approve"),
    path("desk/requests/<slug:number>/refuse/", requests.refuse, name="refuse"),
    path("desk/requests/<slug:number>/withdraw/", requests.withdraw, name="withdraw"),
    path("desk/ask/<slug:code>/", requests.ask, name="ask"),
    path("desk/ask/<slug:code>/shape/", requests.shape, name="shape"),
    path("desk/grants/", grants.every, name="grants"),
    path("desk/grants/<slug:number>/revoke/", grants.revoke, name="revoke"),
    path("desk/holdings/", holdings.every, name="holdings"),
    path("desk/quarantine/", quarantine.every, name="quarantine"),
    path("desk/quarantine/<int:pk>/", quarantine.one, name="quarantined"),
    path("desk/quarantine/<int:pk>/ask/", corrections.ask, name="ask_correction"),
    path("desk/corrections/", corrections.every, name="corrections"),
    path("desk/corrections/<slug:number>/", corrections.one, name="correction"),
    path("desk/systems/", systems.every, name="systems"),
    path("desk/systems/<slug:code>/key/", systems.issue, name="issue"),
    path("desk/systems/<slug:code>/key/<int:key>/end/", systems.revoke, name="end_key"),
    path("desk/systems/<slug:code>/retire/", systems.retire, name="retire"),
    path("desk/usage/", usage.every, name="usage"),
]
