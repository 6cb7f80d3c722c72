"""Which organisations sign people in: a file of the operator's (ANLAN_OIDC_FILE), their secrets in files beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from anlan.config import env, secret_files
from anlan.people.rules import Organisation, OrganisationsUnreadable, read_organisations

VARIABLE = "ANLAN_OIDC_FILE"


def read() -> list[Organisation]:
    """Read the configured organisations; none without a file. Raises OrganisationsUnreadable, SecretUnusable."""
    given = env.get_text(VARIABLE)
    if not given:
        return []
    file = Path(given).expanduser().absolute()
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise OrganisationsUnreadable(file=file, problem=type(wrong).__name__) from wrong
    found = []
    for organisation, secret_file in read_organisations(text, file=str(file)):
        if secret_file:
            secret = secret_files.read_file(
                file.parent / secret_file, name=f"{organisation.code}: client_secret"
            )
            organisation = replace(organisation, client_secret=secret)
        found.append(organisation)
    return found
