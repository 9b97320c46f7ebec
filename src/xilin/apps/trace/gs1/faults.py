"""Words for faults in GS1 data: for each name of a fault what is wrong, in both languages."""

from xilin.apps.trace.gs1.errors import Malformed

_WORDS: dict[str, tuple[str, str]] = {
    "non_digit_character": ("只能是数字。", "Only digits may stand here."),
    "invalid_cset82_character": ("有 GS1 82 字符集以外的字符。", "A character isn't of GS1's set of 82."),
    "invalid_cset39_character": ("有 GS1 39 字符集以外的字符。", "A character isn't of GS1's set of 39."),
    "invalid_cset64_character": ("有 base64url 以外的字符。", "A character isn't of base64url."),
    "invalid_cset64_padding": (
        "填充用的等号个数不对。",
        "There are too many or too few equals signs at the end.",
    ),
    "too_short_for_check_digit": ("太短，没有校验位。", "It is too short to have a check digit."),
    "incorrect_check_digit": ("校验位不对。", "The check digit is wrong."),
    "too_short_for_check_pair": ("太短，没有两位校验字符。", "It is too short to have two check characters."),
    "too_long_for_check_pair_implementation": ("太长，无法校验。", "It is too long for check characters."),
    "incorrect_check_pair": ("校验字符不对。", "The check characters are wrong."),
    "too_short_for_gcp": ("太短，没有厂商识别代码。", "It is too short to hold a company prefix."),
    "invalid_gcp_prefix": ("厂商识别代码不存在。", "There is no such company prefix."),
    "gcp_datasource_offline": ("厂商识别代码暂时无法核对。", "The company prefix can't be looked up now."),
    "date_too_short": ("日期位数不够。", "The date has too few digits."),
    "date_too_long": ("日期位数过多。", "The date has too many digits."),
    "illegal_month": ("没有这个月份。", "There is no such month."),
    "illegal_day": ("没有这一天。", "There is no such day."),
    "hour_too_short": ("小时位数不够。", "The hour has too few digits."),
    "hour_too_long": ("小时位数过多。", "The hour has too many digits."),
    "illegal_hour": ("没有这个小时。", "There is no such hour."),
    "minute_too_short": ("分钟位数不够。", "The minute has too few digits."),
    "minute_too_long": ("分钟位数过多。", "The minute has too many digits."),
    "illegal_minute": ("没有这一分钟。", "There is no such minute."),
    "second_too_short": ("秒位数不够。", "The second has too few digits."),
    "second_too_long": ("秒位数过多。", "The second has too many digits."),
    "illegal_second": ("没有这一秒。", "There is no such second."),
    "hour_with_minute_too_short": ("时分位数不够。", "Hour and minute have too few digits."),
    "hour_with_minute_too_long": ("时分位数过多。", "Hour and minute have too many digits."),
    "not_iso3166": ("不是国家数字代码。", "It is no country's number."),
    "not_iso3166_or_999": ("既不是国家数字代码，也不是 999。", "It is no country's number and not 999."),
    "not_iso3166_alpha2": ("不是国家字母代码。", "It is no country's letters."),
    "not_iso4217": ("不是货币数字代码。", "It is no currency's number."),
    "invalid_biological_sex_code": ("不是性别代码。", "It is no code of a sex."),
    "invalid_package_type": ("不是包装种类代码。", "It is no kind of package."),
    "invalid_media_type": ("不是识别介质代码。", "It is no kind of medium."),
    "not_zero_or_one": ("只能是 0 或 1。", "It must be 0 or 1."),
    "not_zero": ("只能是 0。", "It must be 0."),
    "invalid_winding_direction": ("不是卷绕方向代码。", "It is no direction of winding."),
    "not_hyphen": ("只能是连字符。", "It must be a hyphen."),
    "invalid_import_idx_character": (
        "不是允许的进口商索引字符。",
        "It is no character of an importer's index.",
    ),
    "illegal_zero_value": ("不能为零。", "It can't be nought."),
    "illegal_zero_prefix": ("不能以 0 开头。", "It can't begin with 0."),
    "requires_non_digit_character": (
        "至少要有一个非数字字符。",
        "Something other than a digit must stand in it.",
    ),
    "latitude_invalid_length": ("纬度应为 10 位。", "A latitude has ten digits."),
    "invalid_latitude": ("没有这个纬度。", "There is no such latitude."),
    "longitude_invalid_length": ("经度应为 10 位。", "A longitude has ten digits."),
    "invalid_longitude": ("没有这个经度。", "There is no such longitude."),
    "invalid_percent_sequence": (
        "百分号后应有两位十六进制数字。",
        "Two hexadecimal digits must follow a percent sign.",
    ),
    "invalid_length_for_piece_of_total": (
        "件号与总件数位数应相等。",
        "Piece and total must have as many digits each.",
    ),
    "zero_piece_number": ("件号不能为零。", "There is no piece nought."),
    "zero_total_pieces": ("总件数不能为零。", "A total can't be nought."),
    "piece_number_exceeds_total": ("件号大于总件数。", "There are fewer pieces than that."),
    "position_in_sequence_malformed": (
        "应写成“位次/总数”。",
        "It must be a position, a slash and the last one.",
    ),
    "position_exceeds_end": ("位次大于总数。", "The position lies beyond the last one."),
    "iban_too_short": ("银行账号太短。", "The account number is too short."),
    "iban_too_long": ("银行账号太长。", "The account number is too long."),
    "invalid_iban_character": (
        "银行账号只能是大写字母和数字。",
        "An account number has capitals and digits only.",
    ),
    "illegal_iban_country_code": ("银行账号开头不是国家代码。", "The account number begins with no country."),
    "incorrect_iban_checksum": ("银行账号校验位不对。", "The account number's check digits are wrong."),
    "coupon_excess_data": ("优惠券码后有多余数字。", "There are digits after the end of the coupon code."),
    "coupon_expiration_before_start": ("优惠券的截止日期早于开始日期。", "The coupon ends before it begins."),
}
_COUPON = {
    "missing": ("优惠券码在此处缺少一段（{name}）。", "The coupon code lacks a part here ({name})."),
    "invalid": (
        "优惠券码此处的数字不允许（{name}）。",
        "The coupon code can't have this digit here ({name}).",
    ),
    "truncated": ("优惠券码的一段不完整（{name}）。", "A part of the coupon code is cut off ({name})."),
    "too": ("优惠券码的日期不完整（{name}）。", "A date of the coupon code is cut off ({name})."),
}


def fault(code: str, start: int, length: int) -> Malformed:
    """A fault by its name, with the characters it lies in."""
    words = _WORDS.get(code)
    if words is None:
        _, how, *rest = code.split("_")
        name = " ".join(rest)
        zh, en = _COUPON[how]
        words = (zh.format(name=name), en.format(name=name))
    return Malformed(code, *words, start=start, length=length)
