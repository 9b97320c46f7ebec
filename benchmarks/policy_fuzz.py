"""The policy fuzz of the gateway: calls put together to get around grants, against a policy written apart from it.

python benchmarks/policy_fuzz.py [calls, default 100000] [seed]

Each ten thousand calls meet a fresh world: other grants, other keys. The application runs in this process over a real
database. Ends with 1 where any call was answered that the policy forbids, answered otherwise than it says, or refused
though it allows it.
"""

import atexit
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

REPO = Path(__file__).parents[1]
WORLD = 10_000


def main(count: int, seed: int) -> int:
    os.environ["XILIN_HOME"] = home = tempfile.mkdtemp(prefix="xilin-fuzz-")
    Path(home).chmod(0o755)
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    sys.path[:0] = [str(REPO / "tests"), str(REPO / "tests" / "kernel" / "exchange")]
    from xilin.config import start

    start.django()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    import policy_fuzz as fuzz

    from xilin.kernel.audit import queries as audit

    hub = fuzz.people(Path(home) / "league")
    draw, begun = random.Random(seed), time.perf_counter()
    calls, bypasses, wrong, statuses = 0, 0, 0, fuzz.Counter()
    while calls < count:
        one = draw.getrandbits(32)
        world = fuzz.build(hub, one, name=f"w{calls}")
        result = fuzz.run(world, min(WORLD, count - calls), one)
        calls += result.calls
        bypasses += len(result.bypasses)
        wrong += len(result.wrong)
        statuses += result.statuses
        for said in [*result.bypasses[:3], *result.wrong[:3]]:
            print(f"seed {one}: {said}"[:600])
        print(
            f"{calls} calls, {bypasses} bypasses, {wrong} wrong refusals, {calls / (time.perf_counter() - begun):.0f} calls/s",
            flush=True,
        )
    print(dict(statuses.most_common()))
    findings = audit.verify_log()
    print(f"the log of {audit.size()} entries {findings or 'verifies'}")
    return int(bool(bypasses or wrong or findings))


if __name__ == "__main__":
    sys.path.pop(0)  # this file's own folder, whose name for the module is the same
    sys.exit(
        main(
            int(sys.argv[1]) if sys.argv[1:] else 100_000,
            int(sys.argv[2]) if sys.argv[2:] else random.randrange(2**32),
        )
    )
