"""Indexes of places hold no times: a place that ten thousand events name stands there once (decision 0208).

Events at a place are found in it and ordered by their own time; their times behind each place made most of the index's size.
"""

from django.db import migrations

SMALLER = """
DROP INDEX trace_event_at;
DROP INDEX trace_event_read_at;
CREATE INDEX trace_event_at ON trace_event (biz_location);
CREATE INDEX trace_event_read_at ON trace_event (read_point);
"""
BEFORE = """
DROP INDEX trace_event_at;
DROP INDEX trace_event_read_at;
CREATE INDEX trace_event_at ON trace_event (biz_location, event_time);
CREATE INDEX trace_event_read_at ON trace_event (read_point, event_time);
"""


class Migration(migrations.Migration):
    """Nothing of this is seen by the models."""

    dependencies = [("trace", "0022_sheets_kept_by_worker")]
    operations = [migrations.RunSQL(SMALLER, BEFORE)]
