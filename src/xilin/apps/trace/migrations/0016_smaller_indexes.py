"""Indexes that hold no more than what is asked of them: equal values stand in them once.

Things are found by their address, marks by their event; times and places behind these served no question and made most of the
indexes' size.
"""

from django.db import migrations

SMALLER = """
DROP INDEX trace_thing_named;
CREATE INDEX trace_thing_named ON trace_event_thing (uri);
ALTER TABLE trace_lineagemark DROP CONSTRAINT trace_lineagemark_pkey;
CREATE INDEX trace_mark_event ON trace_lineagemark (event);
"""
BEFORE = """
DROP INDEX trace_thing_named;
CREATE INDEX trace_thing_named ON trace_event_thing (uri, event_time, event);
DROP INDEX trace_mark_event;
ALTER TABLE trace_lineagemark ADD CONSTRAINT trace_lineagemark_pkey PRIMARY KEY (event, place);
"""


class Migration(migrations.Migration):
    """Nothing of this is seen by the models."""

    dependencies = [("trace", "0015_assessed")]
    operations = [migrations.RunSQL(SMALLER, BEFORE)]
