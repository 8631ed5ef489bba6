"""One inbox rule as an export shows it: PowerShell's object, a tool's table row, or Graph's messageRule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailwitness.model.evidence import RawRecord
from mailwitness.sources._companion_shapes import bare, value_of

_ACTIONS = frozenset(
    [
        "applycategory", "applysystemcategory", "copytofolder", "deletemessage", "deletesystemcategory",
        "forwardasattachmentto", "forwardto", "markasread", "markimportance", "movetofolder", "pinmessage", "redirectto",
        "sendtextmessagenotificationto", "softdeletemessage", "stopprocessingrules",
    ]
)  # fmt: skip
_NO_CONDITION = frozenset(
    [
        "username", "rulename", "name", "enabled", "ruleenabled", "priority", "ruleidentity", "identity", "mailboxownerid",
        "inerror", "errortype", "isvalid", "objectstate", "runspaceid", "pscomputername", "psshowcomputername", "description",
        "textdescription", "legacy", "supportedbytask", "warnings", "descriptiontimeformat", "descriptiontimezone", "ruleid",
    ]
)  # fmt: skip
_EMPTY: tuple[Any, ...] = (None, "", [], {}, False, "False")


def exchange_rule(row: Mapping[str, Any], offset: int, length: int) -> RawRecord:
    """A rule with Exchange's property names; properties that are unset are left out of conditions and actions."""
    set_ = {key: value for key, value in row.items() if value not in _EMPTY and not key.startswith("@")}
    owner, _, rule_id = str(value_of(row, ("identity",)) or "").rpartition("\\")
    payload = {
        "mailbox": value_of(row, ("username", "mailbox", "mailboxownerid", "userprincipalname")) or owner or None,
        "rule_name": value_of(row, ("rulename", "name", "displayname")),
        "rule_id": value_of(row, ("ruleidentity", "ruleid", "id")) or rule_id or None,
        "enabled": value_of(row, ("enabled", "ruleenabled", "isenabled")),
        "conditions": {k: v for k, v in set_.items() if bare(k) not in _ACTIONS | _NO_CONDITION and "odata" not in k},
        "actions": {key: value for key, value in set_.items() if bare(key) in _ACTIONS},
        "forwards_to": _joined(value_of(row, (name,)) for name in ("forwardto", "redirectto", "forwardasattachmentto")),
        "deletes": _deletes(value_of(row, ("deletemessage",)), value_of(row, ("softdeletemessage",))),
        "moves_to": value_of(row, ("movetofolder",)),
    }
    payload["rule_id"] = None if payload["rule_id"] is None else str(payload["rule_id"])
    return RawRecord("inbox_rule", payload, offset, length)


def graph_rule(rule: Mapping[str, Any], offset: int, length: int, mailbox: str | None) -> RawRecord:
    """A messageRule of Graph; recipients become their addresses."""
    found = rule.get("actions")
    actions: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
    conditions = {"conditions": rule.get("conditions") or {}, "exceptions": rule.get("exceptions") or {}}
    payload = {
        "mailbox": mailbox,
        "rule_name": rule.get("displayName"),
        "rule_id": rule.get("id"),
        "enabled": rule.get("isEnabled"),
        "conditions": {key: value for key, value in conditions.items() if value},
        "actions": actions,
        "forwards_to": _joined(
            _addresses(actions.get(n)) for n in ("forwardTo", "redirectTo", "forwardAsAttachmentTo")
        ),
        "deletes": _deletes(actions.get("delete"), actions.get("permanentDelete")),
        "moves_to": actions.get("moveToFolder"),
    }
    return RawRecord("inbox_rule", payload, offset, length)


def _addresses(recipients: Any) -> list[str]:
    found = []
    for recipient in recipients if isinstance(recipients, list) else []:
        inner = recipient.get("emailAddress") if isinstance(recipient, Mapping) else None
        if isinstance(inner, Mapping):
            found.append(str(inner.get("address") or inner.get("name") or ""))
    return found


def _joined(values: Any) -> str | None:
    texts = [
        str(item) for value in values for item in (value if isinstance(value, list) else [value]) if item not in _EMPTY
    ]
    return "; ".join(texts) or None


def _deletes(*values: Any) -> bool | None:
    """Whether any of the two ways to delete is on; None where the export says nothing."""
    said = [str(value).lower() for value in values if value is not None]
    return "true" in said if said else None
