"""Every page of the desks in a browser, in both languages, on a desk and on a telephone, in the light and in the dark."""

import pytest
from every_page import anew, desk_pages, look, sign_in, told

import seen_pages
from xilin.web.browser import missing
from xilin.web.languages import BY_CODE

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {missing()}")


@pytest.fixture
def site(window, transactional_db, hub):
    hub.ask()
    anew(window)
    window.people = {"bob": hub.bob, "rita": hub.rita}
    return window


def test_nothing_is_wrong_with_a_page_of_the_desk(site):
    wrong = {}
    for code in (one.code for one in BY_CODE.values() if one.desks):
        rules = () if code == "zh-hans" else seen_pages.OF_WORDS
        anew(site)
        for name, pages in desk_pages(*site.people):
            sign_in(site, site.people[name])
            wrong |= {f"{code} {page}": found for page, found in look(site, pages, code, rules).items()}

    faults = told(wrong)
    assert not faults, faults
