"""A folder is opened to everyone in the organisation: a permission of the default user, set and later removed.

The change shows twice: as the administrator's command, and as the mailbox's own record, whose item names the member and the rights (public
records: https://github.com/invictus-ir/o365_dataset, ModifyFolderPermissions).
"""

from __future__ import annotations

from dataclasses import dataclass
from json import dumps
from typing import Literal

from mailwitness.simulate.acts import Cmdlet, MailboxAct
from mailwitness.simulate.staging.stage import Stage
from mailwitness.simulate.staging.values import People

READ = "ReadAny, Visible, FreeBusySimple, FreeBusyDetailed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The folder of these people is given to everyone (``rights: reviewer``), or taken back (``none``), by the first of ``by``."""

    mailboxes: People
    folder: str
    rights: Literal["reviewer", "none"]
    by: People

    def play(self, stage: Stage, at: int) -> None:
        actor = stage.people(self.by)[0]
        place = stage.own_place(actor, at)
        for mailbox in stage.mailboxes(self.mailboxes):
            name = self.folder.rpartition("\\")[2]
            folder_id = f"LgAAAAB{stage.tenant.chance.bits('folder', mailbox.guid, self.folder).hex().upper()}AAAB"
            item = {
                "Id": folder_id,
                "ParentFolder": {
                    "Id": folder_id,
                    "MemberRights": READ if self.rights == "reviewer" else "None",
                    "MemberSid": "S-1-1-0",
                    "MemberUpn": "Everyone",
                    "Name": name,
                    "Path": self.folder,
                },
            }
            stage.add(
                Cmdlet,
                at,
                operation="Set-MailboxFolderPermission",
                target=f"{mailbox.upn}:{self.folder}",
                parameters=(
                    ("Identity", f"{mailbox.upn}:{self.folder}"),
                    ("User", "Default"),
                    ("AccessRights", self.rights.capitalize()),
                ),
                actor=actor.number,
                place=place,
            )
            stage.add(
                MailboxAct,
                at + 700,
                mailbox=mailbox.guid,
                operation="ModifyFolderPermissions",
                logon="admin",
                client=stage.tenant.clients["powershell"],
                place=place,
                actor=actor.number,
                folder=self.folder,
                details=(("Item", dumps(item)),),
            )


STEP = Opening
