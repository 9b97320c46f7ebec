"""Identifiers and their check digits: on one value, and as expressions over columns."""

from xilin.kernel.standards.identifiers.columns import (
    area_code_valid,
    citizen_id_birth,
    citizen_id_born_on,
    citizen_id_disagrees,
    citizen_id_sex,
    citizen_id_valid,
    mobile_valid,
    organisation_code_valid,
    upgrade_15,
    uscc_valid,
)
from xilin.kernel.standards.identifiers.values import (
    citizen_check_digit,
    citizen_repairs,
    citizen_upgrade,
    is_area_code,
    is_citizen_id,
    is_mobile,
    is_organisation_code,
    is_uscc,
    organisation_check_digit,
    uscc_check_digit,
)

__all__ = [
    "area_code_valid",
    "citizen_check_digit",
    "citizen_id_birth",
    "citizen_id_born_on",
    "citizen_id_disagrees",
    "citizen_id_sex",
    "citizen_id_valid",
    "citizen_repairs",
    "citizen_upgrade",
    "is_area_code",
    "is_citizen_id",
    "is_mobile",
    "is_organisation_code",
    "is_uscc",
    "mobile_valid",
    "organisation_check_digit",
    "organisation_code_valid",
    "upgrade_15",
    "uscc_check_digit",
    "uscc_valid",
]
