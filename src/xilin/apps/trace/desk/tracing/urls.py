"""Addresses of the pages of traces and recalls."""

from django.urls import URLPattern, path, re_path

from xilin.apps.trace.desk.tracing import views

app_name = "tracing"
urlpatterns: list[URLPattern] = [
    path("", views.trace, name="trace"),
    path("recalls/", views.listed, name="recalls"),
    path("recalls/new/", views.propose, name="propose"),
    path("recalls/<slug:number>/", views.recall, name="recall"),
    path("recalls/<slug:number>/list.csv", views.sheet, name="sheet"),
    path("recalls/<slug:number>/close/", views.close, name="close"),
    path("recalls/<slug:number>/clear/", views.clear, name="clear"),
    re_path(r"^recalls/(?P<number>[-\w]+)/(?P<what>open|look|withdraw)/$", views.act, name="act"),
    path("notices/", views.notices, name="notices"),
    path("notices/<int:pk>/", views.notice, name="notice"),
]
