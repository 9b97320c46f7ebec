"""Words of the page in Traditional Mongolian, each as it is attested, and how well.

From the project's glossary of attested words: A two or more sources agree, B one official page, C one other source, D attested in another
wording, U from memory. No native reader has checked any; what isn't A or B carries a mark on the page. Where no word is
attested the page keeps Chinese, and whole sentences are never put together.
"""

from msgspec import Struct


class Word(Struct, frozen=True):
    """A word, its Chinese, and the letter that says how well it is attested."""

    mn: str
    zh: str
    status: str

    @property
    def sure(self) -> bool:
        """Whether several sources, or an official one, have it so."""
        return self.status in ("A", "B")


WORDS = {
    "check": Word("ᠪᠠᠢᠴᠠᠭᠠᠨ ᠦᠵᠡᠬᠦ", "查看", "A"),
    "genuine": Word("ᠬᠡᠪ ᠦᠨ", "正常", "A"),
    "caution": Word("ᠰᠡᠷᠡᠮᠵᠢᠯᠡᠭᠦᠯᠬᠦ", "警告", "C"),
    "fake": Word("ᠪᠤᠷᠤᠭᠤ", "错误", "C"),
    "unknown": Word("ᠰᠠᠨᠠᠭᠤᠯᠤᠮᠵᠢ", "提示", "A"),
    "name": Word("ᠨᠡᠷᠡᠢᠳᠦᠯ", "名称", "C"),
    "number": Word("ᠳ᠋ᠤᠭᠠᠷᠯᠠᠯ", "编号", "A"),
    "date": Word("ᠡᠳᠦᠷ ᠰᠠᠷ᠎ᠠ", "日期", "A"),
    "time": Word("ᠴᠠᠭ", "时间", "A"),
    "place": Word("ᠭᠠᠵᠠᠷ", "地点", "A"),
    "state": Word("ᠪᠠᠢᠳᠠᠯ", "状态", "A"),
    "count": Word("ᠲᠣᠭ᠎ᠠ", "数量", "A"),
    "enterprise": Word("ᠠᠵᠤ ᠠᠬᠤᠶᠢᠯᠠᠯ", "企业", "B"),
    "ranch": Word("ᠮᠠᠯᠴᠢᠨ", "牧民", "U"),
    "slaughter": Word("ᠬᠢᠵᠢᠭ ᠪᠠᠶᠢᠴᠠᠭᠠᠯᠲᠠ", "检疫", "B"),
    "plant": Word("ᠠᠵᠤ ᠠᠬᠤᠶᠢᠯᠠᠯ", "企业", "B"),
    "transport": Word("ᠵᠠᠮ ᠬᠠᠷᠢᠯᠴᠠᠭ᠎ᠠ ᠲᠡᠭᠡᠭᠡᠪᠦᠷᠢ", "交通运输", "B"),
    "shop": Word("ᠬᠤᠳᠠᠯᠳᠤᠭᠠᠨ ᠤ ᠶᠠᠪᠤᠳᠠᠯ", "商务", "B"),
    "sheep": Word("ᠬᠣᠨᠢ", "羊", "A"),
    "complaint": Word("ᠭᠣᠮᠤᠳᠠᠯ", "投诉", "U"),
    "details": Word("ᠨᠠᠷᠢᠨ ᠪᠠᠢᠳᠠᠯ ᠢ ᠪᠠᠢᠴᠠᠭᠠᠨ ᠦᠵᠡᠬᠦ", "查看详情", "C"),
    "language": Word("ᠬᠡᠯᠡ", "语言", "C"),
    "hint": Word("ᠰᠠᠨᠠᠭᠤᠯᠤᠮᠵᠢ", "提示", "A"),
    "content": Word("ᠠᠭᠤᠯᠭ᠎ᠠ", "内容", "A"),
}
