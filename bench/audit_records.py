"""Writes synthetic audit records for the benchmarks: the mix and shapes of a busy tenant, seeded, of any size.

    python bench/audit_records.py OUT.jsonl --megabytes 1000 [--form purview] [--seed 1]

Of a hundred records about 60 are mail accesses (Bind with one to five messages, a few Sync), 15 logons, 10 other mailbox
operations, 15 SharePoint. Names, ids and addresses are invented.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

ORGANISATION = "0f5a3c1e-7b42-4a6e-9d10-2c4a6b8e0f12"
START = datetime(2026, 3, 1)
CLIENTS = (
    ("Client=OWA;Action=ViaProxy", "00000002-0000-0ff1-ce00-000000000000"),
    ("Client=MSExchangeRPC", "d3590ed6-52b3-4102-aeff-aad2292ab01c"),
    ("Client=OutlookService;Outlook-iOS/2.0;", "27922004-5251-4030-b22d-91ecd9a37ea4"),
    ("Client=REST;Client=RESTSystem;;", "13937bba-652e-4c46-b222-3003f4d1ff97"),
    ("Client=WebServices;ExchangeServicesClient/15.00", "c9a559d2-7aab-4f13-a6ed-e7e9c52aec87"),
)


class Tenant:
    """People with mailboxes, sessions and habits enough for realistic records."""

    def __init__(self, seed: int, people: int = 500) -> None:
        self.random = random.Random(seed)
        self.people = [
            (f"user{n:04d}@contoso.test", self.guid(), f"S-1-5-21-1001-2002-3003-{5000 + n}", f"10032000{n:08X}")
            for n in range(people)
        ]
        self.clock = START
        self.sessions: dict[str, tuple[str, str, datetime]] = {}

    def guid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def token(self) -> str:
        return base64.urlsafe_b64encode(self.random.randbytes(16)).decode().rstrip("=")

    def session(self) -> tuple[str, str, datetime]:
        """(session, token, issued at) of the person at hand; a token lasts about an hour, a session a day."""
        session, token, issued = self.sessions.get(self.who[0], ("", "", START - timedelta(days=1)))
        if self.clock - issued > timedelta(minutes=65):
            session = self.guid() if not session or self.random.random() < 0.05 else session
            token, issued = self.token(), self.clock
            self.sessions[self.who[0]] = (session, token, issued)
        return session, token, issued

    def records(self) -> Iterator[dict[str, Any]]:
        while True:
            self.clock += timedelta(milliseconds=self.random.randrange(900))
            draw = self.random.random()
            if draw < 0.56:
                yield self.bind()
            elif draw < 0.60:
                yield self.sync()
            elif draw < 0.75:
                yield self.logon()
            elif draw < 0.85:
                yield self.send()
            else:
                yield self.file()

    def common(self, operation: str, record_type: int, workload: str) -> dict[str, Any]:
        self.who = self.random.choice(self.people)
        return {
            "CreationTime": self.clock.strftime("%Y-%m-%dT%H:%M:%S"),
            "Id": self.guid(),
            "Operation": operation,
            "OrganizationId": ORGANISATION,
            "RecordType": record_type,
            "ResultStatus": "Succeeded",
            "UserKey": self.who[3],
            "UserType": 0,
            "Version": 1,
            "Workload": workload,
            "UserId": self.who[0],
        }

    def mailbox(self, record: dict[str, Any]) -> dict[str, Any]:
        client, app = self.random.choice(CLIENTS)
        upn, guid, sid, _ = self.who
        return record | {
            "AppId": app,
            "ClientAppId": app,
            "ClientIPAddress": f"203.0.113.{self.random.randrange(1, 255)}",
            "ClientInfoString": client,
            "ExternalAccess": False,
            "InternalLogonType": 0,
            "LogonType": 0,
            "LogonUserSid": sid,
            "MailboxGuid": guid,
            "MailboxOwnerSid": sid,
            "MailboxOwnerUPN": upn,
            "OrganizationName": "contoso.test",
            "OriginatingServer": "AM0PR01MB0001 (15.20.4200.000)\r\n",
            "SessionId": self.session()[0],
            "TokenTenantId": ORGANISATION,
            "AppAccessContext": {
                "AADSessionId": self.session()[0],
                "APIId": app,
                "IssuedAtTime": self.session()[2].strftime("%Y-%m-%dT%H:%M:%S"),
                "UniqueTokenId": self.session()[1],
            },
        }

    def message(self) -> dict[str, Any]:
        return {
            "Id": "RgAAAAD" + base64.b64encode(self.random.randbytes(46)).decode(),
            "ImmutableId": "LgAAAAC" + base64.b64encode(self.random.randbytes(40)).decode(),
            "InternetMessageId": f"<{self.random.getrandbits(80):020X}@mail.contoso.test>",
            "SizeInBytes": self.random.randrange(2_000, 2_000_000),
        }

    def bind(self) -> dict[str, Any]:
        record = self.mailbox(self.common("MailItemsAccessed", 50, "Exchange"))
        items = [self.message() for _ in range(self.random.choice((1, 1, 1, 2, 3, 5)))]
        folder = self.random.choice(("\\Inbox", "\\Sent Items", "\\Archive\\2025"))
        return record | {
            "OperationProperties": [
                {"Name": "MailAccessType", "Value": "Bind"},
                {"Name": "IsThrottled", "Value": "False"},
            ],
            "Folders": [
                {
                    "FolderItems": items,
                    "Id": "LgAAAAB" + base64.b64encode(self.random.randbytes(30)).decode(),
                    "Path": folder,
                }
            ],
            "OperationCount": len(items),
        }

    def sync(self) -> dict[str, Any]:
        record = self.mailbox(self.common("MailItemsAccessed", 2, "Exchange"))
        folder = {
            "Id": "LgAAAAB" + base64.b64encode(self.random.randbytes(30)).decode(),
            "Name": "Inbox",
            "Path": "Not Available",
        }
        return record | {
            "ClientIP": record["ClientIPAddress"],
            "ClientProcessName": "OUTLOOK.EXE",
            "ClientVersion": "16.0.17328.20000",
            "Item": {"Id": folder["Id"], "ParentFolder": folder},
            "OperationProperties": [
                {"Name": "MailAccessType", "Value": "Sync"},
                {"Name": "IsThrottled", "Value": "False"},
            ],
        }

    def logon(self) -> dict[str, Any]:
        record = self.common("UserLoggedIn", 15, "AzureActiveDirectory")
        address = f"203.0.113.{self.random.randrange(1, 255)}"
        agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36"
        return record | {
            "ActorIpAddress": address,
            "ClientIP": address,
            "ApplicationId": "00000002-0000-0ff1-ce00-000000000000",
            "ObjectId": "00000002-0000-0ff1-ce00-000000000000",
            "ErrorNumber": "0",
            "InterSystemsId": self.guid(),
            "IntraSystemId": record["Id"],
            "DeviceProperties": [
                {"Name": "OS", "Value": "Windows10"},
                {"Name": "BrowserType", "Value": "Chrome"},
                {"Name": "SessionId", "Value": self.guid()},
            ],
            "ExtendedProperties": [
                {"Name": "ResultStatusDetail", "Value": "Success"},
                {"Name": "UserAgent", "Value": agent},
                {"Name": "RequestType", "Value": "OAuth2:Authorize"},
            ],
        }

    def send(self) -> dict[str, Any]:
        record = self.mailbox(self.common("Send", 2, "Exchange"))
        item = self.message() | {
            "Subject": f"Minutes of meeting {self.random.randrange(10_000)}",
            "ParentFolder": {"Id": "LgAAAAB", "Path": "\\Drafts"},
        }
        return record | {"Item": item, "SaveToSentItems": True}

    def file(self) -> dict[str, Any]:
        record = self.common("FileAccessed", 6, "SharePoint")
        name = f"report-{self.random.randrange(100_000)}.docx"
        return record | {
            "ClientIP": f"203.0.113.{self.random.randrange(1, 255)}",
            "CorrelationId": self.guid(),
            "EventSource": "SharePoint",
            "ItemType": "File",
            "ListId": self.guid(),
            "ObjectId": f"https://contoso.sharepoint.test/sites/finance/Shared Documents/{name}",
            "SiteUrl": "https://contoso.sharepoint.test/sites/finance/",
            "SourceFileExtension": "docx",
            "SourceFileName": name,
            "SourceRelativeUrl": "Shared Documents",
            "UserAgent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
        }


def write(out: Path, megabytes: int, form: str, seed: int) -> int:
    """Write about that many megabytes; the number of records. ``form``: jsonl or purview."""
    records, written, limit = 0, 0, megabytes * 1_000_000
    with out.open("wb") as stream:
        if form == "purview":
            stream.write(
                b"\xef\xbb\xbfRecordId,CreationDate,RecordType,Operation,UserId,AuditData,AssociatedAdminUnits,AssociatedAdminUnitsNames\r\n"
            )
        for record in Tenant(seed).records():
            text = json.dumps(record, separators=(",", ":"))
            if form == "purview":
                cells = (
                    record["Id"],
                    record["CreationTime"] + ".0000000Z",
                    str(record["RecordType"]),
                    record["Operation"],
                    record["UserId"],
                )
                line = ",".join(cells) + ',"' + text.replace('"', '""') + '",,\r\n'
            else:
                line = text + "\n"
            written += stream.write(line.encode())
            records += 1
            if written >= limit:
                return records
    return records


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--form", choices=("jsonl", "purview"), default="jsonl")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(f"{write(given.out, given.megabytes, given.form, given.seed):,} records")
