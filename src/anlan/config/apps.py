"""What is connected when Django starts: events to jobs, messages to translations, keys to seals."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Connects the kernel, which knows no Django, to this installation."""

    name = "anlan.config"
    label = "config"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the kernel."""
        from django.conf import settings
        from django.utils.translation import gettext

        from anlan.config import env, organisations, secret, wiring
        from anlan.config.database import pools
        from anlan.config.jobs import defer, describe
        from anlan.config.operating import counts
        from anlan.kernel import codes, counting, errors, events, seal
        from anlan.kernel.keyring import KeyRing
        from anlan.people.adapters import ask
        from anlan.people.queries import connect_organisations

        events.connect(reactions=wiring.REACTIONS, describe=describe, defer=defer)
        counting.connect(counts.count)
        counts.connect_pool(pools.look)
        errors.set_translator(gettext)
        key_file = env.get_secret_key_file()
        key = secret.get_key(key_file)
        seal.use_ring(KeyRing(key_file, key))
        codes.set_keys(key)
        connect_organisations(organisations.read(), ask=ask)
        settings.ANLAN_HOME.mkdir(parents=True, exist_ok=True)
