"""Identifiers that are canonical already are told at sight, and as they would be by reading them."""

from hypothesis import given
from hypothesis import strategies as st

from xilin.apps.trace.epcis import keys

VALUE = st.text("aZ09_.-~%/'", min_size=1, max_size=6)
LINK = st.builds(
    lambda digits, key, value: f"https://id.gs1.org/01/{digits}/{key}/{value}",
    st.text("0123456789", min_size=13, max_size=15), st.sampled_from(["10", "21", "22"]), VALUE,
)  # fmt: skip
UNIT = st.builds("https://id.gs1.org/00/{}".format, st.text("0123456789\u0663", min_size=17, max_size=19))


@given(LINK | UNIT)
def test_a_canonical_link_is_known_as_it_is_read(uri):
    assert keys.canonical(uri) == keys._other.__wrapped__(uri)


def test_batches_are_classes_and_items_are_not():
    assert keys.canonical("https://id.gs1.org/01/09521141000014/10/A").is_class
    assert not keys.canonical("https://id.gs1.org/01/09521141000014/21/A").is_class
