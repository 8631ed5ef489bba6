"""Three invented audit records, as Microsoft writes them; the fixtures wrap these same three in every format."""

from __future__ import annotations

from typing import Any

BIND: dict[str, Any] = {
    "CreationTime": "2026-03-02T09:15:22",
    "Id": "aaaa1111-0000-4000-8000-000000000001",
    "Operation": "MailItemsAccessed",
    "OrganizationId": "11111111-1111-4111-8111-111111111111",
    "RecordType": 50,
    "ResultStatus": "Succeeded",
    "UserKey": "1003200000000001",
    "UserType": 0,
    "Version": 1,
    "Workload": "Exchange",
    "UserId": "ana@contoso.test",
    "AppId": "00000003-0000-0000-c000-000000000000",
    "ClientAppId": "22222222-2222-4222-8222-222222222222",
    "ClientIPAddress": "203.0.113.5",
    "ClientInfoString": "Client=REST;;",
    "ExternalAccess": False,
    "InternalLogonType": 0,
    "LogonType": 0,
    "LogonUserSid": "S-1-5-21-1-2-3-4",
    "MailboxGuid": "33333333-3333-4333-8333-333333333333",
    "MailboxOwnerSid": "S-1-5-21-1-2-3-4",
    "MailboxOwnerUPN": "ana@contoso.test",
    "OrganizationName": "contoso.test",
    "OriginatingServer": "AM0PR00MB0001 (15.20.4200.000)\r\n",
    "AppAccessContext": {
        "AADSessionId": "44444444-4444-4444-8444-444444444444",
        "IssuedAtTime": "2026-03-02T09:00:00",
        "UniqueTokenId": "AAECAwQFBgcICQoLDA0ODw",
    },
    "OperationProperties": [{"Name": "MailAccessType", "Value": "Bind"}, {"Name": "IsThrottled", "Value": "False"}],
    "OperationCount": 2,
    "Folders": [
        {
            "Id": "LgAAAA1",
            "Path": "\\Posteingang Müller",
            "FolderItems": [
                {"InternetMessageId": "<m1@contoso.test>", "SizeInBytes": 1024, "Id": "RgAAAA1"},
                {"InternetMessageId": "<m2@contoso.test>", "SizeInBytes": 2048, "Id": "RgAAAA2"},
            ],
        }
    ],
}

SYNC: dict[str, Any] = {
    "CreationTime": "2026-03-02T09:20:00",
    "Id": "aaaa1111-0000-4000-8000-000000000002",
    "Operation": "MailItemsAccessed",
    "OrganizationId": "11111111-1111-4111-8111-111111111111",
    "RecordType": 2,
    "ResultStatus": "Succeeded",
    "UserKey": "1003200000000001",
    "UserType": 0,
    "Version": 1,
    "Workload": "Exchange",
    "UserId": "ana@contoso.test",
    "ClientIP": "2001:db8::5",
    "ClientIPAddress": "2001:db8::5",
    "ClientInfoString": "Client=MSExchangeRPC",
    "ClientProcessName": "OUTLOOK.EXE",
    "ClientVersion": "16.0.4266.1001",
    "ExternalAccess": False,
    "LogonType": 0,
    "MailboxGuid": "33333333-3333-4333-8333-333333333333",
    "MailboxOwnerUPN": "ana@contoso.test",
    "SessionId": "55555555-5555-4555-8555-555555555555",
    "Item": {"Id": "LgAAAA1", "ParentFolder": {"Id": "LgAAAA1", "Name": "Inbox", "Path": "Not Available"}},
    "OperationProperties": [{"Name": "MailAccessType", "Value": "Sync"}, {"Name": "IsThrottled", "Value": "False"}],
}

RULE: dict[str, Any] = {
    "CreationTime": "2026-03-02T09:31:07",
    "Id": "aaaa1111-0000-4000-8000-000000000003",
    "Operation": "New-InboxRule",
    "OrganizationId": "11111111-1111-4111-8111-111111111111",
    "RecordType": 1,
    "ResultStatus": "True",
    "UserKey": "1003200000000001",
    "UserType": 2,
    "Version": 1,
    "Workload": "Exchange",
    "UserId": "ana@contoso.test",
    "ClientIP": "[2001:db8::5]:36185",
    "ObjectId": 'EURP0.test/contoso.test/ana\\=HYPERLINK("http://example.org")',
    "ExternalAccess": False,
    "Parameters": [
        {"Name": "Name", "Value": "=cmd|' /C calc'!A0"},
        {"Name": "ForwardTo", "Value": "out@example.org"},
        {"Name": "DeleteMessage", "Value": "True"},
    ],
}

RECORDS = (BIND, SYNC, RULE)
