"""Jurisdictions, the tree of places (ltree), shapes, departments and units."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.contrib.postgres.operations import CreateExtension
from django.db import migrations, models

import anlan.places.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        CreateExtension("ltree"),
        migrations.CreateModel(
            name="Jurisdiction",
            fields=[
                ("code", models.TextField(primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("name_en", models.TextField()),
                ("time_zone", models.TextField()),
                ("calendar", models.TextField()),
                ("locale", models.TextField()),
                ("source", models.TextField()),
                ("licence", models.TextField()),
                ("levels", models.JSONField(default=list)),
                ("padded_code_width", models.PositiveSmallIntegerField(default=0)),
                (
                    "version",
                    models.BigIntegerField(default=anlan.places.models.new_version),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Place",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("code", models.TextField(unique=True)),
                ("level", models.TextField()),
                ("depth", models.PositiveSmallIntegerField()),
                ("name", models.TextField()),
                ("name_en", models.TextField(blank=True, default="")),
                ("path", anlan.places.models.LtreeField(unique=True)),
                ("lon", models.FloatField(blank=True, null=True)),
                ("lat", models.FloatField(blank=True, null=True)),
                ("area_km2", models.FloatField(blank=True, null=True)),
                ("is_generated", models.BooleanField(default=False)),
                (
                    "jurisdiction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="places",
                        to="places.jurisdiction",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="places.place",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PlaceShape",
            fields=[
                (
                    "place",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="shape",
                        serialize=False,
                        to="places.place",
                    ),
                ),
                ("wkb", models.BinaryField()),
                ("is_generated", models.BooleanField()),
                ("source", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="Unit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("department", models.TextField()),
                ("name", models.TextField()),
                ("name_en", models.TextField(blank=True, default="")),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="units",
                        to="places.place",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Department",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("code", models.TextField()),
                ("name", models.TextField()),
                ("name_en", models.TextField()),
                ("seats", models.JSONField(default=list)),
                ("source", models.TextField(blank=True, default="")),
                ("confidence", models.FloatField(default=1.0)),
                (
                    "jurisdiction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="departments",
                        to="places.jurisdiction",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("jurisdiction", "code"), name="places_department_once"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="place",
            index=django.contrib.postgres.indexes.GistIndex(
                fields=["path"], name="places_place_path_gist"
            ),
        ),
        migrations.AddConstraint(
            model_name="unit",
            constraint=models.UniqueConstraint(
                fields=("place", "department"), name="places_unit_once"
            ),
        ),
    ]
