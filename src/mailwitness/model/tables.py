"""The tables of a case: every name, column, type and meaning that others may rely on.

Vendor columns are Microsoft's names in snake_case. Null always means unknown, never false. Times are UTC without a zone.
``event`` tables hold distinct vendor records (or their parts) and are merged from sightings; ``built`` tables are computed
from event tables when a case settles; ``register`` tables come from the ledger; ``answer`` tables hold findings.

Where two sources name one thing differently, the column keeps the first and its note names the other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

Type = Literal["text", "time", "int", "float", "bool"]
Kind = Literal["event", "built", "register", "answer"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``note`` says what it holds where the name does not, and when it is null."""

    name: str
    type: Type
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: ``row`` says what one row is.

    ``extends`` names a table whose columns this one has too, and whose rows these are as well: a mail access is an audit event.
    Its files lie in both folders and are written once.
    """

    name: str
    kind: Kind
    row: str
    columns: tuple[Column, ...]
    extends: str | None = None

    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def _columns(text: str) -> tuple[Column, ...]:
    """Columns from lines ``name type note``; the form is a table, so it is written as one."""
    made = []
    for line in text.strip().splitlines():
        name, type_, *note = line.split(None, 2)
        if type_ not in ("text", "time", "int", "float", "bool"):
            raise ValueError(f"tables.py: column {name!r} has type {type_!r}; known: text, time, int, float, bool")
        made.append(Column(name, type_, note[0] if note else ""))  # type: ignore[arg-type]
    return tuple(made)


COMMON = _columns("""
row_id       text  the row's own key, from the vendor's record id where there is one
evidence_id  text  the evidence item of the sighting shown
locator      text  bytes=<offset>+<length> in that item
sightings    int   how many times the evidence holds this record
""")

_AUDIT = _columns("""
time                 time  CreationTime: when the record was made, usually seconds after the act
id                   text  Id, as written
record_type          int   RecordType; null when only an unknown name was given
record_type_name     text  the name, from the record or the published list
operation            text
workload             text
user_id              text  UserId as written
user_key             text
user_type            int   0 regular, 2 admin, 3 datacentre, 4 system, 5 application, 6 service principal …
organization_id      text
client_ip            text  the address without port, brackets or mapped prefix (ClientIP, else ClientIPAddress, else ActorIpAddress)
client_port          int
client_ip_raw        text  the address as written
object_id            text
result_status        text  not to be used to tell success of a logon (vendor's warning)
session_id           text  SessionId, or DeviceProperties[SessionId] of a logon
aad_session_id       text  AppAccessContext.AADSessionId
unique_token_id      text  AppAccessContext.UniqueTokenId, case-sensitive
issuing_signin_id    text  the sign-in id decoded from unique_token_id; an inference to be confirmed on a tenant
issued_at            time  AppAccessContext.IssuedAtTime
app_id               text  AppId
client_app_id        text  ClientAppId, else AppAccessContext.ClientAppId
api_id               text  AppAccessContext.APIId
client_info_string   text
client_process_name  text
client_version       text
logon_type           int   0 owner, 1 admin, 2 delegated … ; app-only access also says 0
external_access      bool
mailbox_guid         text
mailbox_owner_upn    text
mailbox_owner_sid    text
logon_user_sid       text
token_object_id      text
token_tenant_id      text
device_id            text
actor_info_string    text
user_agent           text  ExtendedProperties[UserAgent] of a logon
inter_systems_id     text
error_number         int   ErrorNumber (documented as ErrorCode) of a logon
logon_error          text
parameters           text  Parameters of a cmdlet, as JSON
""")

_ITEM = _columns("""
access_id            text  row_id of the mail access
time                 time  of the access
mailbox              text
folder_path          text  as recorded; null when the record names no folder
internet_message_id  text  with angle brackets; null for drafts and attachments
item_id              text  Id, changes when the message moves
message_item_id      text  of an attachment: the Id of the message it belongs to; null for messages
immutable_id         text
size_bytes           int
subject              text  null unless the record itself says it
""")

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table("audit_events", "event", "one distinct unified-audit record", _AUDIT + COMMON),
        Table(
            "mail_accesses",
            "event",
            "one distinct mail-access record (MailItemsAccessed, AttachmentAccess, MessageBind)",
            _AUDIT
            + _columns("""
mailbox              text  the mailbox's UPN, lower case; its GUID where no UPN is recorded
mail_access_type     text  Bind or Sync; null when the record does not say
is_throttled         bool  null when the record does not say, which is not false
operation_count      int
items_listed         int   items the record itself lists
folder_path          text  Sync: the folder; null: unknown, or Bind
client               text  client parsed from client_info_string: outlook_desktop, owa, outlook_mobile, ews, rest, imap, pop, eas, powershell, service, other
accessed_as          text  owner, delegate, admin, application, service; null when the record cannot tell
""")
            + COMMON,
            extends="audit_events",
        ),
        Table("mail_access_items", "event", "one item of one mail access", _ITEM + COMMON),
        Table(
            "signins",
            "event",
            "one distinct sign-in (four Entra streams; logons of the unified log with stream unified_audit_log)",
            _columns("""
time                                 time  createdDateTime (not Log Analytics' TimeGenerated, which is ingestion)
id                                   text
stream                               text  interactive, non_interactive, service_principal, managed_identity, unified_audit_log; null when the export does not say
user_principal_name                  text
user_id                              text
user_display_name                    text
user_type                            text
error_code                           int   status.errorCode; 0 is success of the request, not of mail access
failure_reason                       text
client_app_used                      text
authentication_protocol              text
authentication_requirement           text
authentication_details               text  JSON
ip_address                           text
client_port                          int
ip_address_raw                       text
ip_address_from_resource_provider    text
asn                                  int   autonomousSystemNumber
country                              text
city                                 text
app_id                               text
app_display_name                     text
resource_id                          text
resource_display_name                text
session_id                           text
unique_token_identifier              text  as written
unique_token_signin_id               text  the sign-in id decoded from it
incoming_token_type                  text
original_transfer_method             text
token_issuer_type                    text
conditional_access_status            text
applied_conditional_access_policies  text  JSON; null when the export withheld it
device_id                            text
user_agent                           text
correlation_id                       text
service_principal_id                 text
service_principal_name               text
resource_tenant_id                   text
home_tenant_id                       text
cross_tenant_access_type             text
is_interactive                       bool
ingested_at                          time  TimeGenerated or the blob's time, where the export has it
sign_ins_grouped                     int   rows the portal merged into this one; null when it does not say
""")
            + COMMON,
        ),
        Table(
            "directory_audits",
            "event",
            "one distinct Entra directory audit",
            _columns("""
time               time  activityDateTime
id                 text
activity           text  activityDisplayName
category           text
result             text
result_reason      text
operation_type     text
logged_by_service  text
correlation_id     text
initiated_by_user  text  userPrincipalName, else id
initiated_by_name  text  displayName beside that user: a service's own name where it acted for them
initiated_by_app   text  displayName, else appId, else servicePrincipalId
initiated_by_ip    text
target_resources   text  JSON
additional_details text  JSON
""")
            + COMMON,
        ),
        Table(
            "graph_activity",
            "event",
            "one request to Microsoft Graph (MicrosoftGraphActivityLogs)",
            _columns("""
time                 time
id                   text  requestId
app_id               text
user_id              text
service_principal_id text
ip_address           text
request_method       text
request_uri          text
response_status_code int
response_size_bytes  int
session_id           text
sign_in_activity_id  text
unique_token_signin_id text  the sign-in id decoded from sign_in_activity_id
token_issued_at      time
scopes               text
roles                text
user_agent           text
""")
            + COMMON,
        ),
        Table(
            "message_traces",
            "event",
            "one message to one recipient (message trace, EmailEvents)",
            _columns("""
time                 time
internet_message_id  text
sender               text
recipient            text
subject              text
size_bytes           int
status               text
from_ip              text
to_ip                text
""")
            + COMMON,
        ),
        Table(
            "message_mentions",
            "event",
            "one record that names a message with its subject or folder (Send, Create, Move, delete records; message traces; inventories)",
            _columns("""
time                 time
mailbox              text
internet_message_id  text
subject              text
sender               text
folder_path          text
operation            text
""")
            + COMMON,
        ),
        Table(
            "inbox_rules",
            "event",
            "one inbox rule as an export or an audit record shows it",
            _columns("""
time          time  null for an export without times
mailbox       text
operation     text  New-InboxRule, Set-InboxRule, UpdateInboxRules …; snapshot for an export
rule_name     text
rule_id       text
enabled       bool
conditions    text  JSON
actions       text  JSON
forwards_to   text
deletes       bool
moves_to      text
client_ip     text
user_id       text
""")
            + COMMON,
        ),
        Table(
            "setting_observations",
            "event",
            "one value of one setting seen at one moment",
            _columns("""
time          time  the moment of the change or snapshot; null when the export has no time
subject_kind  text  mailbox, tenant or user
subject       text  as written; empty for the tenant
setting       text  the vendor's name in snake_case
value         text  as JSON: true, false, null, number, text or list
how           text  snapshot or change
learned_from  text  cmdlet, audit operation or export
time_from     text  where the time comes from: record, file_name, file_time, none
""")
            + COMMON,
        ),
        Table(
            "licence_observations",
            "event",
            "one service plan of one user seen at one moment",
            _columns("""
time                 time
user_principal_name  text
service_plan_id      text
service_plan         text
state                text  Enabled, Disabled …, as written
how                  text  snapshot or change
""")
            + COMMON,
        ),
        Table(
            "identity_mentions",
            "event",
            "one record that ties two names of one person or mailbox together",
            _columns("""
time     time
kind_a   text  upn, object_id, mailbox_guid, smtp, alias, name, sid
value_a  text
kind_b   text
value_b  text
""")
            + COMMON,
        ),
        Table(
            "conditional_access_policies",
            "event",
            "one Conditional Access policy as an export shows it",
            _columns("""
time         time
id           text
name         text
state        text
conditions   text  JSON
grant_controls text  JSON
session_controls text  JSON
modified_at  time
""")
            + COMMON,
        ),
        Table(
            "signing_keys",
            "event",
            "one public key of a token issuer as one of its key lists shows it",
            _columns("""
kid               text  the key's id, as a token's header names it
issuer            text  whose tokens it may sign; {tenantid} stands for any tenant; null: the list does not say
kty               text  RSA …
n                 text  modulus, base64url
e                 text  exponent, base64url
x5t               text  SHA-1 of the certificate, base64url, as the list says
certificate_sha1  text  SHA-1 of the certificate that the list holds, hex
made_from         time  the certificate's notBefore
made_to           time  the certificate's notAfter
seen_on           time  when the list was fetched; null when it does not say
list_url          text  where
""")
            + COMMON,
        ),
        Table(
            "collection_windows",
            "event",
            "what an export or a collector says it asked for, and got",
            _columns("""
feed         text
window_from  time
window_to    time
expected     int   records the source said there are
received     int
complete     bool  null when nothing says so
statement    text  the sentence or figure that says it
""")
            + COMMON,
        ),
        Table(
            "derived_hints",
            "event",
            "one row of another tool's derived output; a hint, never evidence for a verdict",
            _columns("""
time                 time
kind                 text
user_id              text
session_id           text
client_ip            text
internet_message_id  text
folder_path          text
detail               text  JSON of the row
""")
            + COMMON,
        ),
        Table(
            "other_records",
            "event",
            "one well-read record of a kind that no table holds; whole in the raw record",
            _columns("""
time    time
id      text
kind    text
actor   text
detail  text  JSON, cut to 4,000 characters
""")
            + COMMON,
        ),
        Table(
            "mailbox_settings",
            "built",
            "one mailbox and validity interval in which all that is known of its settings stayed the same",
            _columns("""
row_id                               text
mailbox                              text
valid_from                           time
valid_to                             time  9999-12-31 when no later change is known
imap_enabled                         bool
pop_enabled                          bool
smtp_client_authentication_disabled  bool  null also when the tenant's value applies
audit_enabled                        bool
default_audit_set                    text
audit_owner                          text
audit_delegate                       text
audit_admin                          text
audit_bypass                         bool  of this account as an actor
recipient_type                       text
learned_from                         text
"""),
        ),
        Table(
            "tenant_settings",
            "built",
            "one tenant switch and validity interval",
            _columns("""
row_id        text
setting       text
value         text
valid_from    time
valid_to      time
learned_from  text
"""),
        ),
        Table(
            "licences",
            "built",
            "one user, service plan and interval",
            _columns("""
row_id               text
user_principal_name  text
service_plan_id      text
service_plan         text
valid_from           time
valid_to             time
"""),
        ),
        Table(
            "identities",
            "built",
            "one name of one person or mailbox",
            _columns("""
person  text  the same for all names of one; its UPN last seen where there is one
kind    text
value   text  lower case
"""),
        ),
        Table(
            "evidence",
            "register",
            "one evidence item",
            _columns("""
evidence_id  text
name         text
sha256       text
size_bytes   int
reader       text  null when no reader knows the format
origin       text  the path, or the archive item it came out of
acquired_at  time  when it was added
scope_from   time  the earliest record time in it
scope_to     time  the latest
records      int   rows + duplicates + rejects + skips
rows         int   records that are the sighting shown of their event
duplicates   int   records seen in another place too, shown from there
rejects      int
skips        int
kept         text  copied or referenced
modified_at  time  the file's own time
notes        text  JSON object: what is odd in it, a sentence by its code
"""),
        ),
        Table(
            "rejects",
            "register",
            "one record that could not be read whole",
            _columns("""
evidence_id  text
locator      text
reason       text
detail       text
id           text
time         time
operation    text
user_id      text
object_id    text
"""),
        ),
        Table(
            "skips",
            "register",
            "one reason for which records of one item were left out on purpose",
            _columns("""
evidence_id  text
reason       text
detail       text
records      int
locator      text  of the first
"""),
        ),
        Table(
            "faults",
            "register",
            "one value of a kept record that had not the expected type and was read with care",
            _columns("""
evidence_id  text
locator      text
row_id       text
path         text
found        text
"""),
        ),
        Table(
            "sightings",
            "register",
            "one place in the evidence where a record lies",
            _columns("""
table_name   text
row_id       text
evidence_id  text
locator      text
"""),
        ),
        Table(
            "conflicts",
            "register",
            "one column of one event on which its sightings disagree",
            _columns("""
table_name   text
row_id       text
column_name  text
values_seen  text  JSON list
"""),
        ),
        Table(
            "findings",
            "answer",
            "one claim about one subject, judged",
            _columns("""
finding_id   text
claim        text
pillar       text
subject_kind text
subject      text
mailbox      text
actor        text
actor_kind   text  session, user, app, service; address for an address or network that was asked for
accessed_as  text  owner, delegate, admin, application, service; null when unknown
time_from    time
time_to      time
verdict      text  supported, contradicted, undecidable
basis        text  record, configuration, absence, none
state        text
bounds       text  exact, at_least, unbounded
severity     text
title        text
would_decide text  what evidence would decide an undecidable
"""),
        ),
        Table(
            "reasons",
            "answer",
            "one reason of one finding",
            _columns("""
finding_id  text
code        text
stance      text  for, against, open
sentence    text
"""),
        ),
        Table(
            "refs",
            "answer",
            "one row that a reason rests on",
            _columns("""
finding_id  text
table_name  text
row_id      text
role        text
"""),
        ),
    )
}


def table(name: str) -> Table:
    """The table of that name; KeyError names the ones there are."""
    try:
        return TABLES[name]
    except KeyError:
        raise KeyError(f"no table {name!r}; known: {', '.join(sorted(TABLES))}") from None


@cache
def columns_fingerprint() -> str:
    """A short hash of the columns that evidence is written into; a case made with others cannot be read together with it."""
    written = [
        [t.name, [[c.name, c.type] for c in t.columns]] for t in TABLES.values() if t.kind in ("event", "register")
    ]
    return hashlib.sha256(json.dumps(written).encode()).hexdigest()[:16]
