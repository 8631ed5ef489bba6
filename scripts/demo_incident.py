"""The demo's invented incident: who did what in March 2026, as records in the vendor's shapes. docs/demo.md tells it in words.

People, companies, messages and addresses are invented (documentation names and networks only). Everything comes from one seed.
"""

from __future__ import annotations

import base64
import random
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

Record = dict[str, Any]

chance = random.Random(20260310)  # one seed, so that every run gives the same bytes


def new_guid() -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def at(text: str) -> datetime:
    """``10 08:41:12`` is that moment of March 2026, UTC."""
    return datetime.strptime(f"2026-03-{text}", "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007


def iso(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S")


TENANT = new_guid()
EXCHANGE = "00000002-0000-0ff1-ce00-000000000000"
GRAPH = "00000003-0000-0000-c000-000000000000"
SUBSTRATE = "98db8bd6-0cc0-4e67-9de5-f187f1cd1b41"
OUTLOOK_WEB = "9199bf20-a13f-4107-85dc-02114787ef48"
OUTLOOK_DESKTOP = "d3590ed6-52b3-4102-aeff-aad2292ab01c"
OUTLOOK_MOBILE = "27922004-5251-4030-b22d-91ecd9a37ea4"
OFFICE_HOME = "4765445b-32c6-49b0-83e6-1d93765276ca"
BACKUP_APP, BACKUP_PRINCIPAL = new_guid(), new_guid()
APP_NAMES = {
    OUTLOOK_WEB: "One Outlook Web", OUTLOOK_DESKTOP: "Microsoft Office", OUTLOOK_MOBILE: "Outlook Mobile",
    OFFICE_HOME: "OfficeHome", EXCHANGE: "Office 365 Exchange Online", BACKUP_APP: "Northwind Mail Backup",
}  # fmt: skip
BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/145.0.0.0 Safari/537.36"
)
OWA = "Client=OWA;Action=ViaProxy"
OUTLOOK = "Client=MSExchangeRPC"
MOBILE = "Client=OutlookService;Outlook-iOS/2.0;"
SERVICE = "Client=REST;Client=RESTSystem;;"
APPS = "Mobile Apps and Desktop clients"
ATTACKER_ADDRESS = "198.51.100.77"
SPRAY_ADDRESS = "198.51.100.201"


@dataclass(frozen=True)
class Mailbox:
    name: str
    display: str
    kind: str = "UserMailbox"
    guid: str = field(default_factory=new_guid)
    object_id: str = field(default_factory=new_guid)
    sid: str = field(default_factory=lambda: f"S-1-5-21-{chance.getrandbits(31)}-{chance.getrandbits(31)}")

    @property
    def upn(self) -> str:
        return f"{self.name}@contoso.test"


DANA, ERIK, MIRA = Mailbox("dana", "Dana Peeters"), Mailbox("erik", "Erik Lund"), Mailbox("mira", "Mira Okafor")
FINANCE = Mailbox("finance", "Finance", "SharedMailbox")
MAILBOXES = (DANA, ERIK, MIRA, FINANCE)


@dataclass(frozen=True)
class Message:
    mailbox: Mailbox
    folder: str
    time: datetime
    sender: str
    subject: str
    size: int = field(default_factory=lambda: chance.randrange(8_000, 900_000))
    id: str = field(default_factory=lambda: f"<{new_guid().replace('-', '')[:20]}@mail.example.org>")
    item: str = field(default_factory=lambda: f"RgAAAAC{base64.b64encode(chance.randbytes(24)).decode()}AAAJ")


COMPANIES = ("Fabrikam", "Northwind", "Tailspin", "Adatum", "Litware", "Proseware")
TOPICS = (
    "Invoice {n} from {c}", "Re: Invoice {n}, {c}", "Payment terms {c}", "Purchase order {n} for {c}", "Statement of account {c}",
    "Minutes of the call with {c}", "Delivery note {n}, {c}", "Contract draft {c}, version {v}", "Re: Bank details of {c}",
    "Question about order {n}",
)  # fmt: skip


def letters(mailbox: Mailbox, count: int, folders: Sequence[str]) -> list[Message]:
    """Messages of four weeks before the incident, oldest first; those older than ten days are in no message trace."""
    times = sorted(at("10 06:00:00") - timedelta(minutes=chance.randrange(60, 28 * 1440)) for _ in range(count))
    made = []
    for time in times:
        company = chance.choice(COMPANIES)
        subject = chance.choice(TOPICS).format(n=chance.randrange(2000, 9999), c=company, v=chance.randrange(1, 6))
        person = chance.choice(("lena", "omar", "piet", "ruth"))
        made.append(Message(mailbox, chance.choice(folders), time, f"{person}@{company.lower()}.example", subject))
    return made


@dataclass(frozen=True)
class Session:
    """Somebody at one address with one cookie; ``tokens`` are the ids of the sign-ins that issued them, by app."""

    who: Mailbox
    address: str
    id: str = field(default_factory=new_guid)
    tokens: dict[str, tuple[str, datetime]] = field(default_factory=dict)


audit: list[Record] = []
signins: list[Record] = []


def token_of(signin_id: str) -> str:
    """A unique token identifier as it is written since 2024: the sign-in id, little-endian, base64url."""
    return base64.urlsafe_b64encode(uuid.UUID(signin_id).bytes_le).decode().rstrip("=")


def record(time: datetime, kind: int, operation: str, user: str, workload: str = "Exchange", **rest: Any) -> Record:
    made: Record = {
        "CreationTime": iso(time), "Id": new_guid(), "Operation": operation, "OrganizationId": TENANT, "RecordType": kind,
        "ResultStatus": "Succeeded", "UserKey": user, "UserType": 0, "Version": 1, "Workload": workload, "UserId": user, **rest,
    }  # fmt: skip
    audit.append(made)
    return made


def place(mailbox: Mailbox) -> Record:
    return {"MailboxGuid": mailbox.guid, "MailboxOwnerUPN": mailbox.upn, "MailboxOwnerSid": mailbox.sid}


def listed(messages: Iterable[Message]) -> list[Record]:
    folders: dict[str, list[Record]] = {}
    for m in messages:
        item = {"Id": m.item, "InternetMessageId": m.id, "SizeInBytes": m.size}
        folders.setdefault(m.folder, []).append(item)
    return [
        {"Id": f"LgAAAA{path.encode().hex()}", "Path": path, "FolderItems": items} for path, items in folders.items()
    ]


def context(session: Session, app: str) -> Record:
    signin_id, issued = session.tokens[app]
    return {"AADSessionId": session.id, "IssuedAtTime": iso(issued), "UniqueTokenId": token_of(signin_id)}


def person(session: Session, mailbox: Mailbox, client: str, app: str) -> Record:
    """What a record says of a person at a mailbox: as owner, or as delegate."""
    return {
        "ClientIPAddress": session.address, "ClientInfoString": client, "AppId": EXCHANGE if app == OUTLOOK_WEB else app,
        "ExternalAccess": False, "InternalLogonType": 0, "LogonType": 0 if mailbox is session.who else 2,
        "LogonUserSid": session.who.sid, **place(mailbox), "AppAccessContext": context(session, app),
    }  # fmt: skip


def bind(
    time: datetime,
    session: Session,
    messages: Sequence[Message],
    client: str,
    app: str,
    throttled: str | None = "False",
) -> None:
    said = [{"Name": "MailAccessType", "Value": "Bind"}]
    if throttled is not None:
        said.append({"Name": "IsThrottled", "Value": throttled})
    record(
        time, 50, "MailItemsAccessed", session.who.upn, **person(session, messages[0].mailbox, client, app),
        OperationProperties=said, OperationCount=len(messages), Folders=listed(messages),
    )  # fmt: skip


def sync(time: datetime, session: Session, mailbox: Mailbox, folder: str) -> None:
    folder_id = f"LgAAAA{folder.encode().hex()}"
    said = [{"Name": "MailAccessType", "Value": "Sync"}, {"Name": "IsThrottled", "Value": "False"}]
    record(
        time, 2, "MailItemsAccessed", session.who.upn, ClientIP=session.address, SessionId=session.id,
        ClientProcessName="OUTLOOK.EXE", ClientVersion="16.0.18025.20104", **person(session, mailbox, OUTLOOK, OUTLOOK_DESKTOP),
        Item={"Id": folder_id, "ParentFolder": {"Id": folder_id, "Name": folder.rsplit("\\", 1)[1], "Path": folder}},
        OperationProperties=said,
    )  # fmt: skip


def signin(
    time: datetime, session: Session, app: str, stream: str = "nonInteractiveUser", *, error: int = 0, client: str = "Browser",
    protocol: str = "none",
) -> None:  # fmt: skip
    """One sign-in; a successful one issues the token that the session uses for that app from then on."""
    signin_id = new_guid()
    if error == 0:
        session.tokens[app] = (signin_id, time)
    who = session.who
    attacker = session.address.startswith("198.51.100.")
    signins.append({
        "id": signin_id, "createdDateTime": iso(time) + "Z", "userDisplayName": who.display, "userPrincipalName": who.upn,
        "userId": who.object_id, "userType": "member", "appId": app, "appDisplayName": APP_NAMES[app], "ipAddress": session.address,
        "clientAppUsed": client, "authenticationProtocol": protocol, "correlationId": new_guid(), "conditionalAccessStatus": "notApplied",
        "isInteractive": stream == "interactiveUser", "resourceDisplayName": APP_NAMES[EXCHANGE], "resourceId": EXCHANGE,
        "sessionId": session.id, "uniqueTokenIdentifier": token_of(signin_id), "autonomousSystemNumber": 64511 if attacker else 64496,
        "incomingTokenType": "none" if stream == "interactiveUser" else "refreshToken", "signInEventTypes": [stream],
        "authenticationRequirement": "singleFactorAuthentication" if client == "IMAP4" else "multiFactorAuthentication",
        "tokenIssuerType": "AzureAD",
        "status": {"errorCode": error, "failureReason": "Invalid username or password." if error else None},
        "userAgent": BROWSER if client == "Browser" else "", "deviceDetail": {"deviceId": "", "browser": "", "operatingSystem": ""},
        "location": {"city": "Riga" if attacker else "Ghent", "state": "", "countryOrRegion": "LV" if attacker else "BE"},
        "resourceTenantId": TENANT, "homeTenantId": TENANT,
    })  # fmt: skip
    if stream == "interactiveUser" and client == "Browser":
        logged = record(
            time + timedelta(seconds=1), 15, "UserLoggedIn", who.upn, "AzureActiveDirectory", ClientIP=session.address,
            ObjectId=EXCHANGE, ApplicationId=app, ErrorNumber=str(error), ActorIpAddress=session.address,
            ExtendedProperties=[{"Name": "UserAgent", "Value": BROWSER}],
            DeviceProperties=[{"Name": "SessionId", "Value": session.id}],
        )  # fmt: skip
        logged["Id"], logged["UserKey"] = signin_id, who.object_id


def attack(inbox: Sequence[Message], finance: Sequence[Message]) -> None:
    """Dana's session stolen through a proxied sign-in page: 47 messages, a rule, a sync, a shared mailbox, an attachment."""
    s = Session(DANA, ATTACKER_ADDRESS)
    signin(at("10 08:41:12"), s, OFFICE_HOME, "interactiveUser")
    signin(at("10 08:42:40"), s, OUTLOOK_WEB)
    time, left = at("10 08:44:03"), list(inbox)
    for size in (1, 2, 1, 3, 1, 1, 2, 2, 1, 3, 2, 1, 1, 2, 3, 1, 2, 1, 1, 2, 3, 2, 1, 1, 2, 1, 2, 2):
        bind(time, s, [left.pop(0) for _ in range(size)], OWA, OUTLOOK_WEB)
        time += timedelta(seconds=chance.randrange(35, 150))
    rule(at("10 09:12:31"), s)
    left = list(finance)
    for n, size in enumerate((1, 2, 1, 1, 2, 1, 1)):  # nine messages of the shared mailbox, none of them twice
        bind(at("10 09:46:20") + timedelta(minutes=2 * n), s, [left.pop(0) for _ in range(size)], OWA, OUTLOOK_WEB)
    attachment(at("10 09:51:02"), s, inbox[11])
    signin(at("10 10:16:48"), s, OUTLOOK_DESKTOP, client=APPS)
    sync(at("10 10:19:05"), s, DANA, "\\Inbox")
    for n in range(12):  # twelve messages a second time, two of these a third time
        bind(at("10 10:31:10") + timedelta(minutes=3 * n), s, [inbox[n * 3]], OWA, OUTLOOK_WEB)
    bind(at("10 11:48:33"), s, [inbox[0], inbox[3]], OWA, OUTLOOK_WEB)
    send(at("10 11:40:12"), s, "Re: Bank details of Fabrikam", "lena@fabrikam.example")
    for text in ("10 18:04:12", "10 18:05:47"):  # what came before lies in the window that was not captured
        bind(at(text), s, [inbox[6]], OWA, OUTLOOK_WEB, throttled="True")


def rule(time: datetime, session: Session) -> None:
    record(
        time, 1, "New-InboxRule", DANA.upn, ClientIP=f"{session.address}:49822", ExternalAccess=False, UserType=2, SessionId=session.id,
        ObjectId="EURPR07A001.prod.outlook.com/Microsoft Exchange Hosted Organizations/contoso.test/dana\\.",
        AppAccessContext=context(session, OUTLOOK_WEB),
        Parameters=[
            {"Name": "Name", "Value": "."}, {"Name": "SubjectOrBodyContainsWords", "Value": "invoice;bank details;payment"},
            {"Name": "MoveToFolder", "Value": "RSS Feeds"}, {"Name": "MarkAsRead", "Value": "True"},
            {"Name": "StopProcessingRules", "Value": "True"},
        ],
    )  # fmt: skip


def attachment(time: datetime, session: Session, message: Message) -> None:
    items = [{"Id": f"{message.item}BEgAQ", "SizeInBytes": message.size}]
    record(
        time, 50, "AttachmentAccess", DANA.upn, **person(session, DANA, OWA, OUTLOOK_WEB), OperationCount=1,
        OperationProperties=[{"Name": "AttachmentAccessType", "Value": "Bind"}],
        Messages=[{"Id": message.item, "Path": "Messages", "MessageItems": items}],
    )  # fmt: skip


def send(time: datetime, session: Session, subject: str, _to: str) -> None:
    said = Message(session.who, "\\Drafts", time, session.who.upn, subject)
    item = {
        "Id": said.item, "InternetMessageId": said.id, "ParentFolder": {"Id": "LgAAAA01", "Path": "\\Drafts"},
        "SizeInBytes": said.size, "Subject": subject,
    }  # fmt: skip
    record(time, 2, "Send", session.who.upn, **person(session, session.who, OWA, OUTLOOK_WEB), Item=item)


def everyday(mail: Mapping[str, list[Message]], phish: Message) -> None:
    """What the company's own people, services and backup did in the same days."""
    dana = Session(DANA, "203.0.113.10")
    for day in ("09", "10"):
        signin(at(f"{day} 07:02:11"), dana, OUTLOOK_WEB, "interactiveUser")
        for n in range(18):
            bind(
                at(f"{day} 07:10:00") + timedelta(minutes=11 * n),
                dana,
                mail["dana"][-1 - n : -3 - n : -1],
                OWA,
                OUTLOOK_WEB,
            )
    bind(at("10 08:33:20"), dana, [phish], OWA, OUTLOOK_WEB)
    send(at("09 09:02:00"), dana, "Re: Delivery note, Adatum", "piet@adatum.example")

    erik = Session(ERIK, "203.0.113.11")
    for day in ("09", "10", "11"):
        signin(at(f"{day} 06:58:40"), erik, OUTLOOK_DESKTOP, client=APPS)
        for n, folder in enumerate(("\\Inbox", "\\Sent Items")):
            sync(at(f"{day} 07:00:10") + timedelta(hours=2 * n), erik, ERIK, folder)
        for n in range(9):  # newer records may not say whether they were throttled
            bind(
                at(f"{day} 07:05:30") + timedelta(minutes=17 * n),
                erik,
                [mail["erik"][n]],
                OUTLOOK,
                OUTLOOK_DESKTOP,
                None,
            )

    mira = Session(MIRA, "2001:db8:40::1a")
    for day in ("09", "10", "11"):
        signin(at(f"{day} 06:40:05"), mira, OUTLOOK_MOBILE, client=APPS)
        for n in range(10):
            bind(at(f"{day} 06:45:00") + timedelta(minutes=23 * n), mira, [mail["mira"][n]], MOBILE, OUTLOOK_MOBILE)
    desk = Session(MIRA, "203.0.113.12")
    signin(at("11 08:00:30"), desk, OUTLOOK_WEB, "interactiveUser")
    for n in range(8):  # she has the right to the shared mailbox
        bind(at("11 08:05:00") + timedelta(minutes=6 * n), desk, mail["finance"][2 * n : 2 * n + 2], OWA, OUTLOOK_WEB)
    for n in range(5):
        bind(at("11 09:00:00") + timedelta(minutes=6 * n), desk, [mail["mira"][20 + n]], OWA, OUTLOOK_WEB)

    for n in range(18):
        background(at("09 03:12:40") + timedelta(hours=1, minutes=7) * n, mail[("dana", "mira", "finance")[n % 3]][n])
    backup(mail["erik"])

    for who, app, client in (
        (dana, OUTLOOK_WEB, "Browser"),
        (erik, OUTLOOK_DESKTOP, APPS),
        (mira, OUTLOOK_MOBILE, APPS),
    ):
        for hour in range(24):  # tokens renewed without anybody being asked
            signin(at(f"{9 + hour // 10:02} {7 + hour % 10:02}:28:{hour:02}"), who, app, client=client)

    admin = Session(ERIK, "203.0.113.11")
    for minute, act in enumerate(("Reset user password.", "Update StsRefreshTokenValidFrom Timestamp.")):
        record(
            at("11 08:15:00") + timedelta(minutes=minute), 8, act, ERIK.upn, "AzureActiveDirectory", ObjectId=DANA.upn,
            ClientIP=admin.address,
        )  # fmt: skip


def background(time: datetime, message: Message) -> None:
    """A service of Microsoft at work in a mailbox: the owner's name, no session, the service's client and address."""
    said = [{"Name": "MailAccessType", "Value": "Bind"}, {"Name": "IsThrottled", "Value": "False"}]
    owner = message.mailbox
    record(
        time, 50, "MailItemsAccessed", owner.upn, ClientIPAddress="2603:10a6:20b:2c1::14", ClientInfoString=SERVICE, AppId=SUBSTRATE,
        ClientAppId=SUBSTRATE, ExternalAccess=False, InternalLogonType=0, LogonType=0, LogonUserSid=owner.sid, **place(owner),
        OperationProperties=said, OperationCount=1, Folders=listed([message]),
    )  # fmt: skip


def backup(messages: Sequence[Message]) -> None:
    """The backup application, with its own credential and nobody signed in."""
    for night, text in enumerate(("10 01:30:00", "11 01:30:00")):
        signin_id = new_guid()
        signins.append({
            "id": signin_id, "createdDateTime": iso(at(text)) + "Z", "appId": BACKUP_APP, "appDisplayName": APP_NAMES[BACKUP_APP],
            "servicePrincipalId": BACKUP_PRINCIPAL, "servicePrincipalName": APP_NAMES[BACKUP_APP], "ipAddress": "203.0.113.200",
            "resourceDisplayName": "Microsoft Graph", "resourceId": GRAPH, "uniqueTokenIdentifier": token_of(signin_id),
            "signInEventTypes": ["servicePrincipal"], "status": {"errorCode": 0}, "correlationId": new_guid(), "resourceTenantId": TENANT,
            "homeTenantId": TENANT, "autonomousSystemNumber": 64496,
        })  # fmt: skip
        for n in range(6):
            said = [{"Name": "MailAccessType", "Value": "Bind"}, {"Name": "IsThrottled", "Value": "False"}]
            record(
                at(text) + timedelta(minutes=2 + 3 * n), 50, "MailItemsAccessed", f"ServicePrincipal_{BACKUP_PRINCIPAL}", UserType=6,
                ClientIPAddress="203.0.113.200", ClientInfoString="Client=REST;;", AppId=GRAPH, ClientAppId=BACKUP_APP,
                ExternalAccess=False, InternalLogonType=0, LogonType=0, **place(ERIK), OperationProperties=said, OperationCount=2,
                AppAccessContext={"IssuedAtTime": iso(at(text)), "UniqueTokenId": token_of(signin_id), "ClientAppId": BACKUP_APP},
                Folders=listed(messages[30 + 12 * night + 2 * n :][:2]),
            )  # fmt: skip


def imap_success() -> None:
    """Guessed passwords against Erik, then a success over IMAP, which is off for his mailbox."""
    s = Session(ERIK, SPRAY_ADDRESS)
    for n in range(6):
        signin(
            at("09 22:10:00") + timedelta(minutes=3 * n),
            s,
            EXCHANGE,
            "interactiveUser",
            error=50126,
            client="IMAP4",
            protocol="ropc",
        )
    signin(at("09 22:31:45"), s, EXCHANGE, "interactiveUser", client="IMAP4", protocol="ropc")


def after_the_window() -> None:
    """The night after: an export of these records broke off while it was written."""
    s = Session(MIRA, "2001:db8:40::1a")
    signin(at("11 23:58:00"), s, OUTLOOK_MOBILE, client=APPS)
    mail = letters(MIRA, 9, ("\\Inbox",))
    for n, message in enumerate(mail):
        bind(at("12 00:04:00") + timedelta(minutes=7 * n), s, [message], MOBILE, OUTLOOK_MOBILE)
    d = Session(DANA, "198.51.100.78", tokens={OUTLOOK_WEB: (new_guid(), at("12 01:10:00"))})
    bind(at("12 01:14:09"), d, letters(DANA, 2, ("\\Inbox",)), OWA, OUTLOOK_WEB)


def tell() -> tuple[dict[str, list[Message]], Message]:
    """The whole story into `audit` and `signins`, in order of time; the mailboxes' messages and the phishing mail."""
    mail = {
        "dana": letters(DANA, 90, ("\\Inbox", "\\Inbox", "\\Inbox", "\\Inbox\\Suppliers")),
        "erik": letters(ERIK, 60, ("\\Inbox", "\\Archive")),
        "mira": letters(MIRA, 40, ("\\Inbox",)),
        "finance": letters(FINANCE, 40, ("\\Inbox", "\\Inbox\\Paid")),
    }
    phish = Message(
        DANA, "\\Inbox", at("10 08:31:50"), "no-reply@docs.example.net", "Dana, a document was shared with you"
    )
    everyday(mail, phish)
    imap_success()
    attack(mail["dana"][20:67], mail["finance"][24:])
    after_the_window()
    audit.sort(key=lambda r: (r["CreationTime"], r["Id"]))
    signins.sort(key=lambda s: (s["createdDateTime"], s["id"]))
    return mail, phish
