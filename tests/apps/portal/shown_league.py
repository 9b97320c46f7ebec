"""The small league with sources, a registry, indicators and a report: what the portal's pages show."""

import small_league

MORE = {
    "deadlines.toml": small_league.DEADLINES
    + """
[[deadline]]
code = "correction_answer"
regime = "national"
case_kind = "correction"
step = "answer"
days = 10
unit = "working_day"
since = 2025-08-01
source = "测试"
confirmed = false
""",
    "sources/hukou.toml": """
code = "hukou"
resource = "households"
department = "police"
name = { zh = "户籍系统", en = "Register" }
connector = "csv"
connection = { path = "hukou.csv", encoding = "gb18030" }
[columns.id_number]
source = "GMSFHM"
[columns.person_name]
source = "XM"
[columns.address]
join = ["SHENG", "XIANG"]
""",
    "sources/relief.toml": """
code = "relief"
resource = "benefits"
department = "civil"
name = { zh = "救助名册", en = "Relief roster" }
connector = "xlsx"
connection = { path = "relief.xlsx" }
[columns.id_number]
source = "身份证"
""",
    "registries/people.toml": """
code = "people"
name = { zh = "人口库", en = "People" }
summary = { zh = "一人一条。", en = "One record each." }
blocks = [["person_name"], ["prefix(address,3)"]]
threshold = 0.9
margin = 3
[[attribute]]
code = "id_number"
element = "id_number"
[[attribute]]
code = "person_name"
element = "person_name"
choose = "frequent"
[[attribute]]
code = "address"
element = "address"
choose = "latest"
prefer = ["hukou"]
[[identifier]]
attribute = "id_number"
guard = ["person_name"]
[[comparison]]
attribute = "person_name"
term_frequency = true
level = [{ kind = "exact", m = 0.9, u = 0.001 }, { kind = "sounds_same", m = 0.05, u = 0.001 }, { kind = "else", m = 0.05, u = 0.998 }]
[[comparison]]
attribute = "address"
level = [{ kind = "exact", m = 0.7, u = 0.0001 }, { kind = "else", m = 0.3, u = 0.9999 }]
""",
    "indicators/main.toml": """
[[indicator]]
code = "registered"
name = { zh = "户籍人口", en = "Registered people" }
definition = { zh = "户籍登记的人数。", en = "People on the register." }
unit = { zh = "人", en = "people" }
formula = "count"
theme = { zh = "人口", en = "People" }
resource = "households"
""",
    "report/text.toml": """
[[section]]
code = "people"
order = 1
title = { zh = "（一）人口", en = "1. People" }
body = { zh = "户籍登记{registered}人。", en = "There are {registered} people on the register." }
""",
}


def apply(folder):
    feeds = small_league.HOUSEHOLDS.replace('key = ["id_number"]', 'registry = "people"\nkey = ["id_number"]')
    small_league.apply(folder, MORE, households=feeds)
