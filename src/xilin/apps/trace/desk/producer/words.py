"""Words for what events say: business steps, dispositions, parts of things, in both languages."""

from xilin.lib.text import Text

STEPS = {
    "accepting": Text(zh="验收", en="accepted"),
    "arriving": Text(zh="到达", en="arrived"),
    "assembling": Text(zh="组装", en="assembled"),
    "collecting": Text(zh="收集", en="collected"),
    "commissioning": Text(zh="赋码启用", en="commissioned"),
    "consigning": Text(zh="托运", en="consigned"),
    "creating_class_instance": Text(zh="建立批次", en="batch created"),
    "cycle_counting": Text(zh="循环盘点", en="cycle-counted"),
    "decommissioning": Text(zh="注销", en="decommissioned"),
    "departing": Text(zh="离开", en="departed"),
    "destroying": Text(zh="销毁", en="destroyed"),
    "disassembling": Text(zh="拆解", en="taken apart"),
    "dispensing": Text(zh="分发", en="dispensed"),
    "encoding": Text(zh="写码", en="encoded"),
    "entering_exiting": Text(zh="进出", en="entered or left"),
    "holding": Text(zh="暂扣", en="held"),
    "inspecting": Text(zh="检验检疫", en="inspected"),
    "installing": Text(zh="安装", en="installed"),
    "killing": Text(zh="屠宰", en="slaughtered"),
    "loading": Text(zh="装车", en="loaded"),
    "other": Text(zh="其他", en="other"),
    "packing": Text(zh="装箱", en="packed"),
    "picking": Text(zh="拣货", en="picked"),
    "receiving": Text(zh="收货", en="received"),
    "removing": Text(zh="移除", en="removed"),
    "repackaging": Text(zh="改装", en="repackaged"),
    "repairing": Text(zh="修理", en="repaired"),
    "replacing": Text(zh="更换", en="replaced"),
    "reserving": Text(zh="预留", en="reserved"),
    "retail_selling": Text(zh="零售", en="sold at retail"),
    "sampling": Text(zh="抽样", en="sampled"),
    "sensor_reporting": Text(zh="传感器上报", en="reported by a sensor"),
    "shipping": Text(zh="发货", en="shipped"),
    "staging_outbound": Text(zh="出库备货", en="staged for shipping"),
    "stock_taking": Text(zh="盘点", en="stock taken"),
    "stocking": Text(zh="上架", en="stocked"),
    "storing": Text(zh="入库", en="stored"),
    "transporting": Text(zh="运输", en="transported"),
    "unloading": Text(zh="卸车", en="unloaded"),
    "unpacking": Text(zh="拆箱", en="unpacked"),
    "void_shipping": Text(zh="取消发货", en="shipping called off"),
}
DISPOSITIONS = {
    "active": Text(zh="有效", en="active"),
    "available": Text(zh="可用", en="available"),
    "conformant": Text(zh="合格", en="conformant"),
    "container_closed": Text(zh="容器已封", en="container closed"),
    "container_open": Text(zh="容器已开", en="container open"),
    "damaged": Text(zh="损坏", en="damaged"),
    "destroyed": Text(zh="已销毁", en="destroyed"),
    "disposed": Text(zh="已处置", en="disposed of"),
    "expired": Text(zh="过期", en="expired"),
    "in_progress": Text(zh="进行中", en="in progress"),
    "in_transit": Text(zh="在途", en="in transit"),
    "inactive": Text(zh="已停用", en="inactive"),
    "non_conformant": Text(zh="不合格", en="not conformant"),
    "non_sellable_other": Text(zh="不可销售", en="not for sale"),
    "recalled": Text(zh="已召回", en="recalled"),
    "reserved": Text(zh="已预留", en="reserved"),
    "retail_sold": Text(zh="已售出", en="sold"),
    "returned": Text(zh="已退回", en="returned"),
    "sellable_accessible": Text(zh="在售", en="on sale"),
    "sellable_not_accessible": Text(zh="可售未上架", en="to be sold, not on the shelf"),
    "stolen": Text(zh="被盗", en="stolen"),
    "unavailable": Text(zh="不可用", en="not available"),
    "unknown": Text(zh="不明", en="unknown"),
}
ACTIONS = {
    "ADD": Text(zh="新增", en="added"),
    "OBSERVE": Text(zh="观察", en="observed"),
    "DELETE": Text(zh="移除", en="removed"),
}
TYPES = {
    "ObjectEvent": Text(zh="物品", en="goods"),
    "AggregationEvent": Text(zh="包装", en="packing"),
    "TransactionEvent": Text(zh="交易", en="transaction"),
    "TransformationEvent": Text(zh="加工", en="processing"),
    "AssociationEvent": Text(zh="关联", en="association"),
}
ROLES = {
    "epc": Text(zh="物品", en="goods"),
    "parent": Text(zh="容器", en="container"),
    "child": Text(zh="内装", en="inside it"),
    "input": Text(zh="投入", en="used"),
    "output": Text(zh="产出", en="made"),
}
LINKS = {
    "bol": Text(zh="提单", en="bill of lading"),
    "cert": Text(zh="证书", en="certificate"),
    "desadv": Text(zh="发货通知", en="despatch advice"),
    "inv": Text(zh="发票", en="invoice"),
    "po": Text(zh="采购订单", en="purchase order"),
    "prodorder": Text(zh="生产单", en="production order"),
    "recadv": Text(zh="收货通知", en="receiving advice"),
    "testres": Text(zh="检测结果", en="test result"),
    "testprd": Text(zh="检测规程", en="test procedure"),
    "owning_party": Text(zh="货主", en="owner"),
    "possessing_party": Text(zh="持有方", en="holder"),
    "location": Text(zh="地点", en="place"),
}
UNITS = {
    "KGM": Text(zh="千克", en="kg"),
    "GRM": Text(zh="克", en="g"),
    "TNE": Text(zh="吨", en="t"),
    "LTR": Text(zh="升", en="l"),
    "MLT": Text(zh="毫升", en="ml"),
    "MTR": Text(zh="米", en="m"),
    "CEL": Text(zh="℃", en="°C"),
}


def said(table: dict[str, Text], word: str | None) -> Text:
    """A word of a table; what stands in none is said as it stands."""
    if not word:
        return Text(zh="")
    return table.get(word) or Text(zh=word.rsplit("/", 1)[-1].rsplit(":", 1)[-1])
