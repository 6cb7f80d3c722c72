"""What the doctor finds: each a class whose docstring says what is wrong and how to mend it.

A `Fault` must be mended before the installation does what it promises; `Advice` can wait.
"""

from __future__ import annotations

from anlan.kernel.errors import AnlanError


class Fault(AnlanError):
    """Something is wrong with this installation."""


class Advice(AnlanError):
    """Something could be better with this installation."""


class VariableUnknown(Fault):
    """{name} is set but means nothing to anlan. {guess} `anlan settings` lists every variable."""


class KeyMissing(Fault):
    """There is a database but no instance key in {file}: sealed data cannot be read, and a new key would not help. Restore the key file from your backup, or correct ANLAN_SECRET_KEY_FILE."""


class FileReadableByOthers(Fault):
    """{file} holds secrets, and other users of this machine may read it (mode {mode}). Mend: chmod 600 {file}"""


class HomeNotWritable(Fault):
    """The state folder {home} cannot be written by the user {user}. Mend: chown it to that user, or set ANLAN_HOME to another folder."""


class DiskAlmostFull(Fault):
    """{free_mb} MB are free for {home}; less than {least_mb} MB is too little, and PostgreSQL stops when nothing is left. Free some space, or move ANLAN_HOME to a larger disk."""


class PortTakenByAnother(Fault):
    """Another program listens on {host}:{port}. Stop it, or set ANLAN_PORT to a free port."""


class DebugOn(Fault):
    """ANLAN_DEBUG is on: error pages show source code and settings to everybody. Mend: unset ANLAN_DEBUG"""


class PublicAddressLocal(Fault):
    """anlan is reached from elsewhere, but links in notices and QR codes lead to {url}, which is only this machine. Mend: ANLAN_PUBLIC_URL=https://your.host"""


class PublicAddressPlain(Fault):
    """{url} is not https: passwords and reports cross the network readable. Put a proxy with TLS in front, then set ANLAN_PUBLIC_URL=https://… and ANLAN_BEHIND_HTTPS=yes"""


class HttpsNotTold(Fault):
    """ANLAN_PUBLIC_URL is https but ANLAN_BEHIND_HTTPS is off: cookies are not secure-only, and every visitor counts as the proxy. Mend: ANLAN_BEHIND_HTTPS=yes"""


class ProxyCanBePassedBy(Advice):
    """ANLAN_BEHIND_HTTPS trusts the proxy's headers, but the port is open on {host}: whoever reaches it can make those headers up. Mend: ANLAN_HOST=127.0.0.1, or have the firewall let only the proxy in."""


class EmailMissing(Advice):
    """No mail server is set, so notices reach people only inside the app. Mend: ANLAN_EMAIL_HOST=… (and USER, PASSWORD, FROM)"""


class FontsMissing(Advice):
    """No Chinese font was found, so the monthly reports cannot be printed. Debian: apt install fonts-noto-cjk; elsewhere: pip install 'anlan[fonts]'."""


class TimeZoneUnknown(Fault):
    """The time zone {zone} of {jurisdiction} is not known on this machine. Install the package tzdata, or correct the jurisdiction."""


class ClockOff(Fault):
    """The clock of this machine is {seconds} s away from the database's: deadlines would be told wrong. Have both follow a time server (timedatectl set-ntp true)."""


class ClockBehindLedger(Fault):
    """The clock says {now}, but the ledger has an entry of {newest}: the clock is wrong now or was then. Have the machine follow a time server (timedatectl set-ntp true)."""


class DatabaseNotMade(Advice):
    """There is no database in {home} yet. Start anlan once (anlan run), or set ANLAN_HOME or ANLAN_DATABASE_URL to where it is."""


class TablesBehind(Fault):
    """{count} steps of the tables are missing, the first is {first}. Mend: anlan migrate"""


class TablesAhead(Fault):
    """The database has the step {name} that this version does not know: it was made by a newer one. Install that version; an older one cannot work on its tables."""


class DatabaseLinkOpen(Advice):
    """The database is on another machine ({host}), and ANLAN_DATABASE_URL says sslmode={mode}: somebody on the way can read everything, or be the database. Mend: add sslmode=verify-full and sslrootcert=FILE, unless the network between is yours alone."""


class RoleTooMighty(Fault):
    """The role {role} of ANLAN_DATABASE_URL is a superuser of the database server: it passes every wall of the database. Mend: ALTER ROLE {role} NOSUPERUSER;"""


class DatabaseLogTells(Fault):
    """The database server would write what residents wrote into its log ({name} = {value}). Mend, as its superuser: ALTER DATABASE {database} SET {name} = {wanted};"""


class ConnectionsTooFew(Fault):
    """Web processes on this host may open {wanted} connections, but the database server takes {limit} from all. Raise max_connections there, or lower ANLAN_WEB_PROCESSES or ANLAN_DATABASE_POOL."""


class JurisdictionMissing(Fault):
    """No jurisdiction is loaded, so no report finds a place. Mend: anlan places load FOLDER"""


class GridsMissing(Fault):
    """No place has grids yet, so a pin on the map leads to nobody. Mend: anlan places grids COUNTY"""


class UnitsMissing(Fault):
    """{place} has grids but no unit to send its cases to. Mend: anlan places grids {code}"""


class DesksUnstaffed(Advice):
    """Nobody holds a duty at a desk ({count} desks), so nobody is told of new cases. Mend: anlan people add LOGIN --role TOWN_DESK --place {code} --name …"""


class HolidaysUnknown(Advice):
    """The holidays of {year} are not known; its working days are counted Monday to Friday. Mend: pip install --upgrade chinesecalendar (a new release follows the State Council's notice in November)"""


class DemoAccountsInUse(Fault):
    """This installation is open at {url}, and the demo accounts with their written-down passwords still work ({file}). Mend: anlan people close LOGIN for each, then delete the file."""


class TranslationsStale(Advice):
    """Chinese texts are not compiled, or older than the program's: pages would show English. Mend: restart anlan, or run any command that uses the database (anlan migrate)"""


class StaticFilesMissing(Advice):
    """The static files (styles, scripts) are not collected in {folder}: pages would come bare. Mend: start `anlan run` or `anlan web` once"""


class KeyOfAnother(Fault):
    """Contacts in the database do not open with the key in {file}: it belongs to another installation, or hosts have different keys. Give all hosts the same key file and ring."""


class LedgerKeyOfAnother(Fault):
    """The newest checkpoint of the ledger was not signed with {file}: hosts have different ledger keys. Copy the file from the host that signed."""


class WorkerMissing(Fault):
    """No worker has given a sign of life for a minute: nobody is told of anything, and deadlines do not turn. Start `anlan run`, or `anlan worker` on at least one host."""


class JobsLate(Fault):
    """{waiting} background jobs wait, the oldest for {minutes} minutes. Start another worker, or look into the worker's log."""


class JobsStalled(Fault):
    """{count} background jobs were left by a worker that is gone. A running worker takes them up within a minute; start one."""


class JobsFailed(Advice):
    """{count} background jobs failed for good ({tasks}). The worker's log tells why, under the job's number."""


class BackupsOff(Advice):
    """No backup is made at night. Set ANLAN_BACKUP_FOLDER to a folder on another disk; docs/how-to/back-up-and-return.md."""


class BackupNeverProven(Fault):
    """{folder} holds no backup that was restored for proof. Run `anlan backup` once and read what it says."""


class LedgerNotIntact(Fault):
    """The ledger did not agree with itself on {at}: {count} findings ({kinds}). Change nothing, copy the database, then see what `anlan ledger verify --checkpoint FILE` names (docs/how-to/alerts.md)."""


class BackupOld(Fault):
    """The last proven backup is of {made_at}, {hours} hours ago. Is a worker running? Run `anlan backup` and read what it says."""


class NoticesFailed(Advice):
    """{count} notices could not be delivered and were given up, the newest at {newest}: {reason}."""
