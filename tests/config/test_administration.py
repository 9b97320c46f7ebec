"""Who may enter the administrators' tools, and what they don't hold."""

import os
import subprocess
import sys

import pytest
from django.contrib import admin

from xilin.kernel.accounts.models import User


@pytest.fixture
def person(db):
    def make(role, **rights):
        return User.objects.create(username="someone", role=role, **rights)

    return make


def test_a_system_administrator_enters(client, person):
    client.force_login(person(User.Role.SYSTEM, is_staff=True))

    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    ("role", "rights"),
    [
        (User.Role.SYSTEM, {}),
        (User.Role.STEWARD, {"is_staff": True}),
        (User.Role.AUDIT, {"is_staff": True, "is_superuser": True}),
        (User.Role.SECURITY, {"is_staff": True, "is_superuser": True}),
    ],
)
def test_nobody_else_enters_whatever_else_they_may(client, person, role, rights):
    client.force_login(person(role, **rights))

    assert client.get("/admin/", follow=True).status_code == 403
    assert client.get("/admin/auth/group/", follow=True).status_code == 403


def test_there_is_one_sign_in_the_one_that_counts_failures(client, db):
    answer = client.post("/admin/login/", {"username": "someone", "password": "x"})

    assert answer.headers["Location"] == "/login/?next=/admin/"
    assert client.get("/admin/nowhere/", follow=True).redirect_chain[-1][0].startswith("/login/")


def test_no_row_of_data_is_registered():
    apps = {model._meta.app_label for model in admin.site._registry}

    assert apps <= {"auth", "procrastinate"}


SAYS = """
import django
from django.test import Client
django.setup()
answer = Client().get("/static/web/mark.svg", headers={"x-forwarded-proto": "https", "host": "localhost"})
print(answer.headers.get("Strict-Transport-Security"))
"""


@pytest.mark.parametrize(("https", "said"), [("yes", "max-age=31536000"), ("", "None")])
def test_browsers_are_held_to_https_where_it_is_there(tmp_path, https, said):
    known = {name: value for name, value in os.environ.items() if not name.startswith("XILIN_")}
    env = known | {
        "XILIN_HTTPS": https, "XILIN_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "xilin.config.settings",
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", SAYS], env=env, capture_output=True, text=True, check=False)

    assert done.stdout.strip() == said, done.stderr
    assert (tmp_path / "keys").stat().st_mode & 0o077 == 0
    assert (tmp_path / "keys" / "django").stat().st_mode & 0o077 == 0
