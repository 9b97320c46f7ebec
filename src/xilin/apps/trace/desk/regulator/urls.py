"""Addresses of the regulator's desk."""

from django.urls import URLPattern, path

from xilin.apps.trace.desk.regulator import views

app_name = "regulator"
urlpatterns: list[URLPattern] = [
    path("", views.chains, name="chains"),
    path("open/", views.open_chains, name="open"),
    path("quotas/", views.quotas, name="quotas"),
    path("quotas/<int:pk>/", views.household, name="household"),
    path("balances/", views.balances, name="balances"),
    path("balances/<int:pk>/", views.process, name="process"),
    path("cases/<slug:number>/", views.case, name="case"),
    path("alarms/", views.alarms, name="alarms"),
    path("alarms/<slug:source>/<int:pk>/", views.alarm, name="alarm"),
    path("alarms/<slug:source>/<int:pk>/take/", views.take, name="take"),
]
