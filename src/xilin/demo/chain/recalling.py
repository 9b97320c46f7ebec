"""Recalls of the demo: one that is public, of an animal of the last weeks, and one that the meat company proposes."""

from datetime import datetime

from xilin.apps.trace.genealogy import queries, recalls, walks
from xilin.apps.trace.models import Recall
from xilin.demo.chain import keys
from xilin.demo.chain.season import PLANTS
from xilin.kernel.accounts.models import User

STEWARD, APPROVER, PRODUCER = "nmj_steward", "nmj_approver", "meat_producer"
# Animals that became something else, the last first: some of what they became is on shelves yet.
_ANIMALS = """
SELECT n.name FROM trace_lineagemark m JOIN trace_lineagename n ON n.id = m.node
WHERE m.role = 6 AND starts_with(n.name, %s) AND m.time <= %s ORDER BY m.time DESC, n.name LIMIT 400
"""
# Batches of packs that a party told of, the last first.
_BATCHES = """
SELECT t.uri FROM trace_event_thing t JOIN trace_party p ON p.id = t.party
WHERE p.code = 'plant-0' AND t.role = 15 AND t.uri LIKE %s ORDER BY t.event_time DESC, t.uri LIMIT 1
"""
_WITH_HOLDERS = 3


def make(*, at: datetime) -> int:
    """Propose and open what isn't there yet; how many recalls there are. None where there is no chain or nobody to do it."""
    people = {user.username: user for user in User.objects.filter(username__in=(STEWARD, APPROVER, PRODUCER))}
    if Recall.objects.exists() or not {STEWARD, APPROVER} <= people.keys():
        return Recall.objects.count()
    animals = [name for (name,) in walks.rows(_ANIMALS, [keys.EAR_TAG, at])]
    for animal in animals[:: max(1, len(animals) // 20)]:
        if _holders(animal) >= _WITH_HOLDERS:
            break
    else:
        return 0
    proposed = recalls.propose(
        [animal],
        reason="抽检发现兽药残留超标",
        risk="可能引起过敏等不适，请勿食用",
        level=1,
        at=at,
        by=people[STEWARD],
        returns=[keys.place(PLANTS)],
    )
    recalls.open_publicly(proposed, at=at, by=people[APPROVER])
    for (batch,) in walks.rows(_BATCHES, ["%/10/%"]) if PRODUCER in people else ():
        recalls.propose(
            [batch], reason="标签净含量标注有误", level=3, at=at, by=people[PRODUCER], department=people[STEWARD].department
        )  # fmt: skip
    return Recall.objects.count()


def _holders(animal: str) -> int:
    """How many holders still have something of an animal."""
    reach = queries.recall([animal])
    return len({one.holder for one in reach.held if one.state in recalls.WITH_HOLDERS})
