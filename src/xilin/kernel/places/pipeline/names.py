"""Names of areas in forms that can be compared: without the word of their kind, by sound."""

from functools import lru_cache

from pypinyin import lazy_pinyin

from xilin.kernel.places.declarations import NameRules


def plain(name: str, rules: NameRules) -> str:
    """A name without spaces and with the usual character in place of a variant."""
    name = "".join(name.split())
    for variant, usual in rules.variants.items():
        name = name.replace(variant, usual)
    return name


def bare(name: str, rules: NameRules) -> str:
    """A plain name without the word of its kind; whole where nothing of two characters would be left."""
    name = plain(name, rules)
    for suffix in rules.suffixes:
        if name.endswith(suffix) and len(name) - len(suffix) >= 2:
            return name.removesuffix(suffix)
    return name


@lru_cache(maxsize=20_000)
def sound(name: str) -> str:
    """The pinyin of a name without tones.

    >>> sound("满都呼") == sound("满都胡"), sound("宝绍岱") == sound("宝绍代")
    (True, True)
    """
    return " ".join(lazy_pinyin(name))


def one_apart(left: str, right: str) -> bool:
    """Whether two names differ in at most one character that is wrong, missing or too much.

    >>> one_apart("巴彦图嘎", "巴音图嘎"), one_apart("巴彦", "巴彦图嘎"), one_apart("洪格尔", "洪格")
    (True, False, True)
    """
    if abs(len(left) - len(right)) > 1:
        return False
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    longer, shorter = (left, right) if len(left) >= len(right) else (right, left)
    skip = 0 if len(left) == len(right) else 1
    return longer[start + 1 :] == shorter[start + 1 - skip :]
