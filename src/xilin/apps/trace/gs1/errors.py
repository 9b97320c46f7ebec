"""What is wrong with an identifier, in both languages, without Django."""

from xilin.lib.text import Text


class Malformed(ValueError):
    """A text isn't the identifier it is said to be; `code` names the rule for programs, `what` says it to people.

    `start` and `length` mark the characters at fault where the rule can tell (else both are None).
    """

    def __init__(
        self, code: str, zh: str, en: str, *, start: int | None = None, length: int | None = None
    ) -> None:
        self.code = code
        self.what = Text(zh=zh, en=en)
        self.start = start
        self.length = length
        super().__init__(en)
