"""How fast codes are issued, chips' messages checked and accepted, and signed codes made and checked.

python benchmarks/codes.py [codes to issue, default 1000000] [messages of chips, default 5000]

Codes of each printed kind go into PostgreSQL with their Merkle root signed; then print files are written, and single codes are
proven. Messages are
of two hundred chips, AES and LRP, each with keys of its own, read from the hexadecimal of their links: `check` is the
cryptography end to end (hexadecimal in, keys derived, MAC compared), `accept` the statement that decides who was first
as well. Everything runs in one process and over one connection.
"""

import atexit
import os
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

GTIN, SITE = "09520123456788", "https://id.example.org"
AT = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
CHIPS = 200


def timed(what: str, count: int, work: Callable[[], object]) -> None:
    """Say how many a second, by the clock and by the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    print(f"{what:34} {count / clock:12,.0f}/s {count / processor:12,.0f}/s of processor {clock:8.1f} s")


def main(codes: int, messages: int) -> None:
    """Measure everything."""
    os.environ["XILIN_HOME"] = home = tempfile.mkdtemp(prefix="xilin-bench-")
    Path(home).chmod(0o755)
    atexit.register(shutil.rmtree, home, ignore_errors=True)  # after the server that is stopped at exit too
    from xilin.config import start

    start.django()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from xilin.apps.trace.codes import chips, issuing, printing, queries
    from xilin.apps.trace.models.codes import Code
    from xilin.apps.trace.proof import claims, keys, sun

    def order(kind: str, count: int):
        return issuing.order(GTIN, count, request=uuid.uuid4(), kind=kind, site=SITE, at=AT, lot="L1")

    for kind, count in (("link", codes), ("scratch", codes // 5)):
        batch = order(kind, count)
        timed(f"issue {kind}", count, lambda batch=batch: issuing.issue(batch, at=AT))
        timed(
            f"CSV {kind}",
            count,
            lambda batch=batch: sum(
                map(len, printing.as_csv(batch.__class__.objects.get(pk=batch.pk), at=AT))
            ),
        )
        sheets = min(count, 100_000)
        timed(
            f"PDF {kind}",
            sheets,
            lambda batch=batch, sheets=sheets: sum(
                map(len, printing.as_pdf(batch.__class__.objects.get(pk=batch.pk), at=AT, count=sheets))
            ),
        )
        picked = [
            Code.objects.select_related("batch").get(pk=batch.first_id + place * (count // 500))
            for place in range(500)
        ]
        timed("proof of a code", 500, lambda picked=picked: [queries.proof(code) for code in picked])
    signed = issuing.issue(order("signed", 20_000), at=AT)
    timed("CSV signed", 20_000, lambda: sum(map(len, printing.as_csv(signed, at=AT))))
    timed("PDF signed", 20_000, lambda: sum(map(len, printing.as_pdf(signed, at=AT))))

    carriers = issuing.issue(order("chip", 2 * CHIPS), at=AT)
    made = {"aes": [], "lrp": []}
    for place, code in enumerate(Code.objects.filter(batch_id=carriers.pk).select_related("batch")):
        mode = "lrp" if place % 2 else "aes"
        chip = chips.bind(f"04{place:012X}", code, mode=mode, at=AT)
        secret = chips.keys_for(chip)
        for counter in range(messages // CHIPS):
            picc, _, mac = sun.write(
                sun.Mode(mode), sun.Picc(bytes.fromhex(chip.uid), counter), noise=os.urandom(8),
                meta_key=secret["reading"], file_key=secret["file"],
            )  # fmt: skip
            made[mode].append((picc.hex(), mac.hex()))
    for mode, given in made.items():
        timed(f"check {mode}", len(given), lambda given=given: [chips.read(*one) for one in given])
        timed(
            f"check and accept {mode}",
            len(given),
            lambda given=given: [chips.accept(chips.read(*one), session="bench", at=AT) for one in given],
        )

    for algorithm, count in ((keys.ED25519, 20_000), (keys.SM2, 500)):
        key = keys.generate(algorithm)
        known = [key.public]
        paths = [f"/01/{GTIN}/10/L1/21/{number:016}" for number in range(count)]
        texts: list[str] = []

        def sign(key=key, paths=paths, texts=texts) -> None:
            texts.extend(claims.text(key, path) for path in paths)

        def check(known=known, texts=texts) -> None:
            for text in texts:
                claims.check_text(text, known)

        timed(f"CWT {algorithm} issued", count, sign)
        timed(f"CWT {algorithm} checked", count, check)


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, int(sys.argv[2]) if len(sys.argv) > 2 else 5_000
    )
