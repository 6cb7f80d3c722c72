"""A test that wraps everything in one transaction cannot run the sequencer, and is told so."""

import pytest
from django.db import transaction

from anlan.ledger import actions, queries, rules
from tests.rooms.ledger.scene import NOW, write


@pytest.mark.django_db
def test_sequencer_refuses_a_transaction_that_has_written() -> None:
    with transaction.atomic():
        write("A", number=1)
    with pytest.raises(rules.SequencerNotAlone):
        actions.sequence(at=NOW)
    (entry,) = queries.list_entries(about_kind="case", about_id="A")
    assert (entry.what, entry.at, entry.leaf_index) == ("case.noted", NOW, None)
    assert queries.list_entries(about_kind="person", about_id="A") == []
