"""Promises about the shape of the code that no linter keeps."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

from xilin.config import start
from xilin.lib.errors import Refusal

REPO = Path(__file__).parents[2]
PACKAGE = REPO / "src/xilin"
OURS = [model for model in apps.get_models() if model.__module__.startswith("xilin.")]


def test_importing_start_needs_no_database():
    assert callable(start.django)


@pytest.mark.django_db
def test_models_and_migrations_agree():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_a_model_says_what_it_is_and_has_an_order(model):
    assert model.__doc__
    assert not model.__doc__.startswith(f"{model.__name__}("), "Django wrote that docstring"
    assert model._meta.ordering, "rows need one order"


def family(cls):
    return [found for child in cls.__subclasses__() for found in (child, *family(child))]


@pytest.mark.parametrize("refusal", family(Refusal), ids=lambda refusal: refusal.__name__)
def test_a_refusal_says_what_happened_and_what_to_do(refusal):
    assert str(refusal.message) != str(Refusal.message)
    assert str(refusal.remedy) != str(Refusal.remedy)


@pytest.mark.parametrize(
    "catalogue", sorted(PACKAGE.rglob("*.po")), ids=lambda po: str(po.relative_to(PACKAGE))
)
def test_every_message_has_its_translation(catalogue):
    from babel.messages.pofile import read_po

    with catalogue.open("rb") as text:
        untranslated = [message.id for message in read_po(text) if message.id and not message.string]

    assert untranslated == []


def test_no_message_of_the_code_is_left_without_chinese():
    from django.utils import translation

    found = [
        (path.relative_to(PACKAGE), ast.literal_eval(f'"{message}"'))
        for path in sorted(PACKAGE.rglob("*.py"))
        for message in re.findall(r'\b_\(\s*"((?:[^"\\]|\\.)+)"\s*\)', path.read_text(encoding="utf-8"))
    ]
    with translation.override("zh-hans"):
        missing = [f"{path}: {message}" for path, message in found if translation.gettext(message) == message]

    assert missing == []


def test_nothing_about_a_league_is_in_the_code():
    names = re.compile(r"锡林|xilingol|1525\d\d", re.IGNORECASE)
    kernel = [path for part in ("kernel", "web", "lib", "apps") for path in (PACKAGE / part).rglob("*.py")]

    assert [str(path) for path in kernel if names.search(path.read_text(encoding="utf-8"))] == []
