"""The application may append to the ledger and read it, nothing else; the triggers say so, too."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("config", "0002_row_level_security"), ("ledger", "0002_append_only")]
    operations = [
        migrations.RunSQL(
            "REVOKE UPDATE, DELETE ON ledger_entry, ledger_leaf, ledger_node, ledger_checkpoint"
            " FROM anlan_app",
            migrations.RunSQL.noop,
        )
    ]
