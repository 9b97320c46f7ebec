"""消费者举报 What consumers choose when they report something, as both desks say it."""

from xilin.lib.text import Text

REPORTED = {
    "looks": Text(zh="包装或印刷不一样", en="package or print look different"),
    "opened": Text(zh="买到时已开封", en="it was open when bought"),
    "taste": Text(zh="外观、气味或味道", en="taste, smell or look of the goods"),
    "price": Text(zh="价格或销售地点", en="price or place of sale"),
    "code": Text(zh="码有问题", en="something about the code"),
    "other": Text(zh="其他", en="something else"),
}
