"""Words in the reader's language, without Django: what declarations and pipelines say."""

from collections.abc import Mapping

import msgspec


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The same words in the platform's languages; Chinese is always there.

    `mn` is Traditional Mongolian (mn-Mong). A language that is missing falls back to
    English for English readers' neighbours, then to Chinese.
    """

    zh: str
    en: str = ""
    mn: str = ""

    def of(self, language: str) -> str:
        """The words for a language tag such as `zh-hans`, `en` or `mn-Mong`.

        >>> Text(zh="性别", en="Sex").of("en-gb"), Text(zh="性别", en="Sex").of("mn-Mong")
        ('Sex', '性别')
        """
        wanted = language.lower().split("-")[0]
        if wanted == "en" and self.en:
            return self.en
        if wanted == "mn" and self.mn:
            return self.mn
        return self.zh

    def filled(self, facts: Mapping[str, object]) -> "Text":
        """The same words with `{names}` replaced by facts."""
        return Text(zh=self.zh.format_map(facts), en=self.en.format_map(facts), mn=self.mn.format_map(facts))

    def __str__(self) -> str:
        return self.zh
