"""Every public page in a browser, in every language, on a desk and on a telephone, in the light and in the dark."""

import pytest
from every_page import anew, look, public_pages, told

import seen_pages
from xilin.web.browser import missing
from xilin.web.languages import BY_CODE

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {missing()}")


@pytest.fixture
def site(window, transactional_db, hub):
    hub.ask()
    anew(window)
    return window


def test_nothing_is_wrong_with_a_public_page(site):
    wrong = {}
    for code in BY_CODE:
        rules = () if code == "zh-hans" else seen_pages.OF_WORDS
        anew(site)
        wrong |= {f"{code} {page}": found for page, found in look(site, public_pages(), code, rules).items()}

    faults = told(wrong)
    assert not faults, faults
