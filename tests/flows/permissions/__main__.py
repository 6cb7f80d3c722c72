"""Write the page of permissions to the output and the number of cells to the error output."""

import os
import sys
import tempfile

if __name__ == "__main__":
    os.environ.setdefault("ANLAN_HOME", tempfile.mkdtemp(prefix="anlan-page-"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anlan.config.settings")
    import django

    django.setup()
    from tests.flows.permissions.page import as_markdown

    page = as_markdown()
    sys.stdout.write(page)
    sys.stderr.write(next(line for line in page.splitlines() if " cells: " in line) + "\n")
