"""Whose key it is: what services beside the gateway ask before they answer a call."""

import hashlib
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection

HOLDER = """
SELECT c.code, d.code FROM exchange_clientkey k
JOIN exchange_client c ON c.id = k.client_id JOIN accounts_department d ON d.id = c.department_id
WHERE k.digest = %s AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > %s) AND c.retired_at IS NULL
"""


class Holder(NamedTuple):
    """The system a key was issued to, and its department, by their codes."""

    client: str
    department: str


def holder(connection: Connection[Any], key: str, at: datetime) -> Holder | None:
    """The system that a bearer key speaks for at a moment, None where nobody's key in force is this one."""
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    row = connection.execute(HOLDER, [digest, at]).fetchone()
    return None if row is None else Holder(*row)
