"""Each of several reporters of a case rates each closing."""

from django.db import migrations, models


class Migration(migrations.Migration):
    # The running version asks for one rating a closing, and goes on doing so.
    expands = True
    dependencies = [("ratings", "0002_row_level_security")]
    operations = [
        migrations.AddConstraint(
            "rating",
            models.UniqueConstraint(
                fields=["case", "round", "signal"], name="ratings_once_a_closing_each"
            ),
        ),
        migrations.RemoveConstraint("rating", "ratings_once_a_closing"),
    ]
