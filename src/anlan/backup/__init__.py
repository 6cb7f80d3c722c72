"""Backup and return: everything an instance is, kept elsewhere, proven to come back.

Nouns: backup (one folder on the shelf), archive (the encrypted file in it), backup key, key
files, log (archived write-ahead log), shelf (ANLAN_BACKUP_FOLDER).
Scene: the machine of a county centre burns on a Sunday; on Monday the desk works on another one,
with every case, photo and contact, and whoever kept a ledger checkpoint can prove it is the same.

A DUMP (pg_dump) is small, comes from any PostgreSQL and goes into any; a BASE (pg_basebackup, of
the bundled server only) is what the archived log is replayed onto, up to any instant. Files:
`making` and `restoring` are the two ways; `archive` is the form (tar in age, in pieces); `keys`,
`shelf`, `log`, `programs`, `checking` serve both; what is decided stands in `rules`.
The room stands on the roof: it knows the bundled server, and every table.
"""
