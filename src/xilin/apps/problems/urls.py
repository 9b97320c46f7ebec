"""Public addresses of problems."""

from django.urls import path

from xilin.apps.problems import views

app_name = "problems"
urlpatterns = [
    path("", views.report, name="report"),
    path("map-<slug:language>.svg", views.map_image, name="map"),
    path("sent/", views.made, name="made"),
    path("follow/", views.follow, name="follow"),
]
