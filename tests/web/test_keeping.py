"""Answers kept for some seconds: by language, by arguments, no longer than said."""

from django.utils import translation

from xilin.web import keeping
from xilin.web.keeping import kept


def counting():
    asked = []

    @kept
    def answer(name):
        asked.append(name)
        return len(asked)

    return answer


def test_an_answer_is_kept_by_argument_and_language(settings):
    settings.KEPT_SECONDS = 60
    answer = counting()

    with translation.override("en"):
        assert [answer("a"), answer("a"), answer("b")] == [1, 1, 2]
    with translation.override("zh-hans"):
        assert answer("a") == 3


def test_an_answer_is_made_anew_after_its_seconds(settings, monkeypatch):
    settings.KEPT_SECONDS = 60
    clock = [0.0]
    monkeypatch.setattr(keeping.time, "monotonic", lambda: clock[0])
    answer = counting()

    assert [answer("a"), answer("a")] == [1, 1]
    clock[0] = 61
    assert answer("a") == 2


def test_nothing_is_kept_where_the_setting_says_so(settings):
    settings.KEPT_SECONDS = 0
    answer = counting()

    assert [answer("a"), answer("a")] == [1, 2]
