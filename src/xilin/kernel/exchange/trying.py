"""试调用 Trying a call by hand: how little a trial may be, whatever it is signed with.

A signature with the tag `TAG` says that somebody tries the call. As it is signed, nobody on the way can add it or
take it away; the log keeps it as `trial`.
"""

from datetime import timedelta

TAG = "xilin-trial"
# A trial key: so long, so many calls; so many keys an hour for one person.
LIFE = timedelta(minutes=15)
CALLS = 20
KEYS_AN_HOUR = 12
# Records in one call: as many as somebody reads.
RECORDS = 20
