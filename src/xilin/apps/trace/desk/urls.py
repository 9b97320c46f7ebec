"""Addresses of the desk of goods."""

from django.urls import path

from xilin.apps.trace.desk import views

app_name = "goods"
urlpatterns = [
    path("", views.goods, name="goods"),
    path("alerts/<int:pk>/close/", views.close, name="close"),
]
