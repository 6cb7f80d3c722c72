"""The bundled server's settings, as anlan writes them at every start into `anlan.conf`."""

from anlan.config.database.layout import Layout

_CONFIGURATION = """\
# Written by anlan at every start; put changes of your own into own.conf beside this file.
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 256MB
effective_cache_size = 1GB
maintenance_work_mem = 128MB
work_mem = 8MB
random_page_cost = 1.1
max_wal_size = 2GB
checkpoint_timeout = 15min
wal_compression = on
fsync = {fsync}
synchronous_commit = {fsync}
full_page_writes = {fsync}
timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = on
log_directory = 'log'
log_filename = 'postgres-%a.log'
log_rotation_age = 1d
log_truncate_on_rotation = on
log_min_duration_statement = 2s
# The log holds no personal data: no values of statements, no details that quote rows, no
# statement that failed. Errors of sessions go to the session, see _keep_errors_out_of_the_log.
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_error_verbosity = terse
log_min_error_statement = panic
idle_in_transaction_session_timeout = 5min
include_if_exists = 'own.conf'
"""

# Written whole, flushed, then renamed: what lies in the spool under a segment's name is complete.
_ARCHIVING = """\
archive_mode = on
archive_timeout = 60s
archive_command = 'cp -f "%p" "{spool}/%f.part" && sync "{spool}/%f.part" && mv -f "{spool}/%f.part" "{spool}/%f"'
"""


def write(layout: Layout, *, fsync: bool, archives: bool) -> str:
    """Write the settings down; `archives`: finished log goes to the spool."""
    text = _CONFIGURATION.format(socket=layout.socket, fsync="on" if fsync else "off")
    if archives:
        text += _ARCHIVING.format(spool=str(layout.spool).replace("%", "%%").replace("'", "''"))
    return text
