"""Addresses of problems on the desk."""

from django.urls import path

from xilin.apps.problems import desk

app_name = "problems_desk"
urlpatterns = [
    path("", desk.every, name="every"),
    path("<slug:number>/", desk.one, name="one"),
    path("<slug:number>/take/", desk.take, name="take"),
    path("<slug:number>/pass/", desk.pass_on, name="pass"),
    path("<slug:number>/answer/", desk.answer, name="answer"),
    path("<slug:number>/photo/", desk.photo, name="photo"),
]
