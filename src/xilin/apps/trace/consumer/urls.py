"""Addresses of goods (GS1 Digital Link), and the pages around them."""

from django.urls import path, re_path

from xilin.apps.trace.consumer import proving, resolving, views
from xilin.apps.trace.consumer.resolving import resolving as resolved

app_name = "consumer"
urlpatterns = [
    path(
        "01/<str:gtin>/10/<str:lot>/21/<str:serial>",
        views.for_readers(resolved(views.item)),
        name="item_of_lot",
    ),
    path("01/<str:gtin>/21/<str:serial>", views.for_readers(resolved(views.item)), name="item"),
    path("01/<str:gtin>/10/<str:lot>", views.for_readers(resolved(views.product)), name="lot"),
    path("01/<str:gtin>", views.for_readers(resolved(views.product)), name="product"),
    path("check/", views.find, name="find"),
    path("check/rules/", views.rules, name="rules"),
    path("check/keys.json", proving.keys, name="keys"),
    path("check/<str:gtin>/<str:serial>/proof/", proving.proof, name="proof"),
    path("check/<str:gtin>/<str:serial>/report/", views.report, name="report"),
    path(".well-known/gs1resolver", resolving.description, name="resolver"),
    re_path(resolving.ANY, resolving.elsewhere, name="elsewhere"),
]
