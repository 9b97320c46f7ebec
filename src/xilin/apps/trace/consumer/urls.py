"""Addresses of goods (GS1 Digital Link), and the pages around them."""

from django.urls import path

from xilin.apps.trace.consumer import views

app_name = "consumer"
urlpatterns = [
    path("01/<str:gtin>/10/<str:lot>/21/<str:serial>", views.item, name="item_of_lot"),
    path("01/<str:gtin>/21/<str:serial>", views.item, name="item"),
    path("01/<str:gtin>/10/<str:lot>", views.product, name="lot"),
    path("01/<str:gtin>", views.product, name="product"),
    path("check/", views.find, name="find"),
    path("check/rules/", views.rules, name="rules"),
    path("check/<str:gtin>/<str:serial>/report/", views.report, name="report"),
]
