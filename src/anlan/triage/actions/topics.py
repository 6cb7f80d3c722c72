"""Finding the hot topics anew: a figure over signals, like the roll-up; no matter is changed by it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from anlan.cases.queries import get_catalogue
from anlan.kernel import permits
from anlan.triage.actions.turns import Turn, wait_for
from anlan.triage.models import Topic, TopicMember
from anlan.triage.queries.topics import WINDOWS_DAYS, list_heard
from anlan.triage.rules.topics import find_topics

ROWS_AT_ONCE = 5000


@permits.inside
@transaction.atomic
def refresh_topics(*, at: datetime) -> int:
    """Find the topics of the longest window and the one before it, in every jurisdiction; how many.

    at: UTC; later signals are not heard. What was found before is replaced as a whole.
    """
    wait_for(Turn.TOPICS)
    since = at - 2 * timedelta(days=max(WINDOWS_DAYS))
    count = 0
    for jurisdiction in sorted({matter.jurisdiction for matter in get_catalogue().offered}):
        heard = [
            row for row in list_heard(jurisdiction=jurisdiction, since=since) if row[0].at <= at
        ]
        of = {one.id: (signal_id, case_id, one.at) for one, signal_id, case_id in heard}
        topics = find_topics([one for one, _, _ in heard])
        Topic.objects.filter(jurisdiction_id=jurisdiction).delete()
        rows = Topic.objects.bulk_create(
            Topic(
                jurisdiction_id=jurisdiction, key=UUID(topic.key), family=topic.family,
                phrases=list(topic.phrases), found_at=at,
            )
            for topic in topics
        )  # fmt: skip
        TopicMember.objects.bulk_create(
            (
                TopicMember(
                    topic=row, signal_id=of[member][0], case_id=of[member][1], at=of[member][2]
                )
                for row, topic in zip(rows, topics, strict=True)
                for member in topic.members
            ),
            batch_size=ROWS_AT_ONCE,
        )
        count += len(topics)
    return count
