"""Words of the page in Traditional Mongolian, each as it is attested, and how well.

From the project's glossary of attested words: A two or more sources agree, B one official page, C one other source, D attested in another
wording, U from memory; P is ours, put together of two such words that stand beside each other as a thing and what is said of
it, or as a word and what it belongs to: nothing is inflected. No native reader has checked any. What isn't A or B carries a mark on the
page, and beside each word stands the Chinese that is meant, which is checked.
"""

from msgspec import Struct

from xilin.lib.text import Text


class Word(Struct, frozen=True):
    """A word, the Chinese it is attested for, the letter that says how well, and the Chinese that is meant here ("" the same)."""

    mn: str
    zh: str
    status: str
    meant: str = ""

    @property
    def sure(self) -> bool:
        """Whether several sources, or an official one, have it so."""
        return self.status in ("A", "B")

    @property
    def told(self) -> str:
        """The Chinese that stands beside it."""
        return self.meant or self.zh


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
    "query": Word("ᠪᠠᠢᠴᠠᠭᠠᠨ ᠠᠰᠠᠭᠤᠬᠤ", "查询", "C"),
    "failed": Word("ᠢᠯᠠᠭᠳᠠᠬᠤ", "失败", "C"),
    "kind": Word("ᠲᠥᠷᠥᠯ ᠵᠦᠢᠯ", "类型", "A"),
    "begun": Word("ᠡᠬᠢᠯᠡᠭᠰᠡᠨ ᠴᠠᠭ", "开始时间", "C"),
    "ended": Word("ᠲᠡᠭᠦᠰᠦᠭᠰᠡᠨ ᠴᠠᠭ", "结束时间", "C"),
    "secret": Word("ᠨᠢᠭᠤᠴᠠ ᠺᠣᠳ᠋", "密码", "A"),
    "confirm": Word("ᠪᠠᠲᠤᠯᠠᠬᠤ", "确定", "C"),
    "submit": Word("ᠲᠤᠰᠢᠶᠠᠬᠤ", "提交", "C"),
    "choose": Word("ᠰᠣᠩᠭᠣᠬᠤ", "选择", "A"),
    "enter": Word("ᠣᠷᠣᠭᠤᠯᠬᠤ", "输入", "A"),
    "back": Word("ᠪᠤᠴᠠᠬᠤ", "返回", "C"),
    "remark": Word("ᠠᠩᠬᠠᠷᠠᠭᠤᠯᠬᠤ", "备注", "D"),
    "picture": Word("ᠵᠢᠷᠤᠭ", "图片", "A"),
    "telephone": Word("ᠤᠲᠠᠰᠤ", "电话", "A"),
    "information": Word("ᠮᠡᠳᠡᠭᠡ ᠵᠠᠩᠭᠢ", "信息", "C"),
}


def _beside(first: str, second: str, meant: str) -> Word:
    """Two attested words beside each other."""
    one, other = WORDS[first], WORDS[second]
    return Word(f"{one.mn} {other.mn}", f"{one.zh} {other.zh}", "P", meant)


def _as(name: str, meant: str) -> Word:
    """An attested word for something near: what is meant stands beside it."""
    one = WORDS[name]
    return Word(one.mn, one.zh, one.status, meant)


# 结论 What a verdict says in one glance.
SAID = {
    "genuine": _beside("number", "genuine", "正规发码，未发现异常"),
    "caution": _as("caution", "请注意"),
    "recalled": _as("caution", "正在召回，请勿食用"),
    "fake": _beside("number", "fake", "很可能是假的"),
    "unknown": _beside("query", "failed", "查不到这个码"),
    "blocked": _as("hint", "查询次数过多"),
}
LABELS = {
    "product": _as("name", "产品名称"), "producer": _as("enterprise", "生产企业"), "serial": _as("number", "单品编号"),
    "lot": _as("number", "批次"), "produced": _as("begun", "生产日期"), "expiry": _as("ended", "有效期至"),
    "state": _as("state", "状态"), "looks": _beside("check", "count", "查验次数"), "first": _beside("check", "time", "首次查验"),
    "region": _as("place", "销售区域"), "goods": _as("content", "商品"), "origin": _as("place", "产地与经过"), "map": _as("picture", "产地图"),
    "certificate": _beside("slaughter", "number", "检疫证号"), "sheep": _as("sheep", "羊"),
    "scratch": _as("secret", "涂层下的码"), "check": _as("confirm", "查验"), "report": _as("complaint", "举报"),
    "what": _as("choose", "哪里不对"), "words": _as("content", "详细情况"), "send": _as("submit", "提交"), "back": _as("back", "返回"),
    "hint": _as("hint", "提示"), "enter": _as("enter", "输入单品编号"), "nothing": _beside("information", "failed", "还没有人记录这件商品的经过"),
    "language": _as("language", "语言"),
}  # fmt: skip
STAGES = {
    "ranch": _as("ranch", "牧户"), "slaughter": _as("slaughter", "屠宰检疫"), "plant": _as("plant", "加工厂"),
    "transport": _as("transport", "运输储存"), "shop": _as("shop", "门店"), "other": _as("place", "其他"),
}  # fmt: skip
# Places whose names several sources have alike; of the others the league folder has one source or none.
_SURE_PLACES = {"内蒙古自治区", "二连浩特市"}


def named(place: Text) -> Word:
    """A place's name as a word."""
    return Word(place.mn, place.zh, "A" if place.zh in _SURE_PLACES else "U")
