"""Which languages an answer speaks: those the header asks for, all where it asks for none."""

from collections.abc import Sequence

from xilin.lib.text import Text

ALL = ("zh", "en", "mn")


def asked(header: str) -> tuple[str, ...]:
    """The languages of an `Accept-Language` header, best first; all where none of ours is named.

    >>> asked("en-GB,zh;q=0.5"), asked("fr"), asked("mn-Mong, *;q=0.1")
    (('en', 'zh'), ('zh', 'en', 'mn'), ('mn', 'zh', 'en'))
    """
    weighed = list[tuple[float, int, str, bool]]()
    for part in header.split(","):
        tag, _, rest = part.strip().partition(";")
        try:
            weight = float(rest.strip().removeprefix("q=")) if rest else 1.0
        except ValueError:
            continue
        language = tag.strip().lower().split("-")[0]
        weighed.append((-weight, len(weighed), language, weight > 0))
    found = [language for _, _, language, wanted in sorted(weighed) if wanted]
    named = [language for language in dict.fromkeys(found) if language in ALL]
    if not named:
        return ALL
    return (*named, *(one for one in ALL if one not in named)) if "*" in found else tuple(named)


def spoken(text: Text, languages: Sequence[str]) -> list[tuple[str, str]]:
    """The words in the languages wanted that there are words in; Chinese where there are none.

    >>> spoken(Text(zh="地区", en="Area"), ("mn", "en")), spoken(Text(zh="地区"), ("en",))
    ([('en', 'Area')], [('zh', '地区')])
    """
    found = [(language, getattr(text, language)) for language in languages if getattr(text, language)]
    return found or [("zh", text.zh)]


def best(text: Text, languages: Sequence[str]) -> str:
    """The words in the best language there is."""
    return spoken(text, languages)[0][1]
