"""One lawful look-up, as two departments live it: asked, approved, called, receipted, verified."""

import hashlib
import json
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from xilin.kernel.accounts.models import User
from xilin.kernel.audit import queries as audit
from xilin.kernel.audit import verifier
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.collect import queries as collect
from xilin.kernel.exchange import actions
from xilin.kernel.exchange.models import Client, Grant, Request

SYSTEM, SYSTEM_NAME = "mzj_hedui", "社会救助家庭经济状况核对系统"
WANTED = "household_registration"
# A village beside a surname singles most people out, which the league's floor refuses: the county is enough to check by.
COARSER = {"area_code": "area_county"}
ITEMS = ("id_number", "person_name", "household_no", "household_relation", "area_code", "address")
PURPOSE = "social_assistance_check"
CONSENT = "用途明确，信息项与用途相符，同意以脱敏方式提供。"
IN_FORCE = 1.0  # seconds within which every gateway knows a grant
SCENARIO = "受理低保申请时核对申请人的户籍与家庭成员关系，免于申请人提交户口簿复印件。"


@dataclass(frozen=True)
class Told:
    """What came of the look-up: fields as answered, the receipt's file, and whether its proof holds."""

    request: str
    grant: str
    fields: dict[str, Any]
    receipt: Path
    entry: int
    log_size: int
    holds: bool
    log_holds: bool


def system_of(user: User, home: Path, at: datetime) -> tuple[Client, str]:
    """Civil affairs' system and its key; the key is kept for the demo's next start, unless it was revoked."""
    client = Client.objects.filter(code=SYSTEM).first() or actions.register_client(
        code=SYSTEM, name=SYSTEM_NAME, by=user, at=at
    )
    file = home / "demo" / "key"
    kept = file.read_text("utf-8").strip() if file.exists() else ""
    if client.keys.filter(digest=hashlib.sha256(kept.encode()).hexdigest(), revoked_at=None).exists():
        return client, kept
    key = actions.issue_key(client, by=user, at=at)
    file.touch(mode=0o600)
    file.write_text(key + "\n", "utf-8")
    return client, key


def granted(client: Client, *, by: User, approver: User, at: datetime) -> Grant:
    """The grant in force for the look-up: asked for by civil affairs and approved by the police."""
    resource = catalog.resource(WANTED)
    today = timezone.localdate(at)
    held = Grant.objects.filter(
        client=client, resource=resource, purpose=PURPOSE, revoked_at=None, valid_until__gt=at
    )
    if grant := held.first():
        return grant
    request = Request.objects.filter(
        client=client, resource=resource, purpose=PURPOSE, state=Request.State.PENDING
    ).first() or actions.ask(
        resource=resource,
        client=client,
        items=list(ITEMS),
        purpose=PURPOSE,
        scenario=SCENARIO,
        valid_until=today + timedelta(days=180),
        by=by,
        at=at,
    )
    grant = actions.approve(request, by=approver, at=at, reason=CONSENT, masks=COARSER)
    time.sleep(IN_FORCE)
    return grant


def applicant(con: Any) -> str:
    """The ID number of someone whom civil affairs knows and the police have registered.

    Raises LookupError where there is nobody: nothing was collected.
    """
    mine, theirs = collect.current(con, "civil_affairs"), collect.current(con, WANTED)
    if mine is None or theirs is None:
        raise LookupError("nothing was collected")
    known = mine.filter(mine.id_number.notnull()).semi_join(theirs, "id_number")
    found = con.to_pyarrow(known.order_by("id_number").limit(1).select("id_number")).to_pylist()
    if not found:
        raise LookupError("nobody whom civil affairs know is registered")
    return str(found[0]["id_number"])


def look_up(gateway: str, key: str, number: str, case: str) -> dict[str, Any]:
    """What the gateway answers the system: fields and receipt. Raises RuntimeError with its words where it refuses."""
    body = {"purpose": PURPOSE, "case_number": case, "by": {"id_number": number}}
    request = urllib.request.Request(  # noqa: S310 - our own loopback address
        f"{gateway}v1/resources/{WANTED}/lookup",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"{error.code}: {error.read().decode()[:500]}") from None


def tell(home: Path, gateway: str, con: Any, *, asker: User, approver: User, at: datetime) -> Told:
    """Carry the look-up out against a running gateway, keep its receipt, verify receipt and log.

    Raises LookupError where there is nobody to look up, RuntimeError where the gateway refuses.
    """
    number = applicant(con)
    client, key = system_of(asker, home, at)
    grant = granted(client, by=asker, approver=approver, at=at)
    answer = look_up(gateway, key, number, f"MZ{at:%Y%m%d}-{secrets.token_hex(3)}")
    file = home / "demo" / "receipt.json"
    file.write_text(json.dumps(answer["receipt"], ensure_ascii=False, indent=2), "utf-8")
    return Told(
        request=grant.request.number,
        grant=grant.number,
        fields={
            item: value for item in ITEMS if (value := answer["answer"]["rows"][0].get(item)) is not None
        },
        receipt=file,
        entry=answer["receipt"]["index"],
        log_size=audit.size(),
        holds=_verified(file),
        log_holds=not audit.verify_log(),
    )


def _verified(receipt: Path) -> bool:
    """What the stand-alone verifier says, run alone as anyone would."""
    program = [sys.executable, "-I", str(verifier.__file__), str(receipt), "--key", audit.key()]
    return subprocess.run(program, capture_output=True, check=False).returncode == 0
