"""What an Exchange admin record changed: setting observations and inbox rules from a cmdlet's name and parameters.

One row per setting that the cmdlet named. Pure functions, used by the audit-record family.

Clock: the audit record's own time, given by the caller; a change says nothing before it.
Limits: a parameter left out of a cmdlet is not a change. ``@{Add=…;Remove=…}`` changes a list whose earlier state the
    record does not hold: the value is then ``{"add": […], "remove": […]}``, replayed when the intervals are built.
    A customised action list takes its logon type out of ``DefaultAuditSet`` (as documented), so that is a second row.
    A cmdlet whose record says ``ResultStatus`` False changed nothing and gives no row. A rule whose record names its
    mailbox by a name only is taken for the acting user's own.
Sources:
    - https://learn.microsoft.com/powershell/module/exchange/set-mailbox
    - https://learn.microsoft.com/powershell/module/exchange/set-casmailbox
    - https://learn.microsoft.com/purview/audit-mailboxes   (how the default set and custom lists relate)
    - https://learn.microsoft.com/powershell/module/exchange/new-inboxrule
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mailwitness.records import exchange_settings as known
from mailwitness.records.exchange_settings import Setting, value_json

_CMDLETS: Mapping[str, tuple[str, Mapping[str, Setting]]] = {
    "set-casmailbox": ("mailbox", known.CAS_MAILBOX),
    "set-mailbox": ("mailbox", known.MAILBOX),
    "set-mailboxauditbypassassociation": ("mailbox", known.BYPASS),
    "set-user": ("user", known.USER),
    "set-transportconfig": ("tenant", known.TRANSPORT),
    "set-organizationconfig": ("tenant", known.ORGANIZATION),
    "set-adminauditlogconfig": ("tenant", known.ADMIN_AUDIT_LOG),
    "set-authenticationpolicy": ("tenant", known.AUTHENTICATION_POLICY),
    "new-authenticationpolicy": ("tenant", known.AUTHENTICATION_POLICY),
}
SETTING_OPERATIONS = frozenset(_CMDLETS)
"""Operations, lower case, for which `settings_changes` can give rows."""

RULE_OPERATIONS = frozenset(
    {"new-inboxrule", "set-inboxrule", "enable-inboxrule", "disable-inboxrule", "remove-inboxrule", "updateinboxrules"}
)
"""Operations, lower case, for which `inbox_rule_of` gives a row."""

_MAILBOX_TYPES = {
    "regular": "UserMailbox",
    "shared": "SharedMailbox",
    "room": "RoomMailbox",
    "equipment": "EquipmentMailbox",
}
_LIST_DELTA = re.compile(r"(add|remove)[\"']?\s*[=:]\s*(\([^)]*\)|\{[^}]*\}|[^;}]*)", re.IGNORECASE)


def settings_changes(
    operation: str,
    parameters: list[tuple[str, str]],
    object_id: str | None,
    time: datetime | None,
    row: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """Rows of ``setting_observations`` (``how='change'``) for one cmdlet; empty for other operations and failed ones.

    ``row`` is the audit event's row: its ``row_id`` begins the rows' own, its ``result_status`` tells a failed cmdlet.
    """
    cmdlet = operation.strip().lower()
    if cmdlet not in _CMDLETS or str(row.get("result_status") or "").lower() in ("false", "failed", "failure"):
        return []
    subject_kind, settings = _CMDLETS[cmdlet]
    given = {name.strip().lower(): value for name, value in parameters}
    values: dict[str, str] = {}
    for name, value in given.items():
        setting = settings.get(name)
        text = None if setting is None else _changed_value(setting, value)
        if setting is not None and text is not None:
            values[setting.name] = text
    if cmdlet == "set-mailbox":
        _imply_mailbox_values(given, values)
    subject = _subject(subject_kind, cmdlet, given, object_id)
    return [
        {
            "row_id": f"{row.get('row_id')}/{setting_name}",
            "time": time,
            "subject_kind": subject_kind,
            "subject": subject,
            "setting": setting_name,
            "value": value,
            "how": "change",
            "learned_from": operation,
            "time_from": "record" if time is not None else "none",
        }
        for setting_name, value in sorted(values.items())
    ]


def _subject(subject_kind: str, cmdlet: str, given: Mapping[str, str], object_id: str | None) -> str:
    """Whose setting: the mailbox or user as written; the policy's name; empty for the tenant itself."""
    if cmdlet.endswith("authenticationpolicy"):
        return given.get("identity") or given.get("name") or object_id or ""
    if subject_kind == "tenant":
        return ""
    return given.get("identity") or object_id or ""


def _changed_value(setting: Setting, value: str) -> str | None:
    if setting.type != "list":
        return value_json(setting, value)
    text = value.strip()
    if setting.name == "default_audit_set":  # naming a logon type puts that one back, the others stay
        named = known.list_of(text)
        return _delta(add=named) if named else None
    if text.startswith("{"):
        try:
            table = json.loads(text)
        except ValueError:
            table = None  # PowerShell's own writing, read below
        if isinstance(table, dict) and {str(key).lower() for key in table} & {"add", "remove"}:
            return _delta_of(table)
    if re.search(r"\b(add|remove)\b[\"']?\s*[=:]", text, re.IGNORECASE):
        found: dict[str, list[str]] = {"add": [], "remove": []}
        for action, items in _LIST_DELTA.findall(text):
            cleaned = re.sub(r"[(){}@'\"]", "", items)
            found[action.lower()] += [item.strip() for item in cleaned.split(",") if item.strip()]
        if any(item.startswith("System.") for items in found.values() for item in items):
            return "null"  # the list was changed and the record does not say to what
        return _delta(**found)
    if text.lower() in ("", "$null"):
        return "[]"
    return value_json(setting, text) or "null"


def _delta_of(table: Mapping[str, object]) -> str:
    """The change in a hash table written as JSON, as newer records have it; its type annotation says nothing."""
    found: dict[str, list[str]] = {"add": [], "remove": []}
    for key, value in table.items():
        if key.lower() in found:
            items = value if isinstance(value, list) else str(value).split(",")
            found[key.lower()] += [str(item).strip() for item in items if str(item).strip()]
    return _delta(**found)


def _delta(add: list[str] | None = None, remove: list[str] | None = None) -> str:
    return json.dumps({"add": add or [], "remove": remove or []}, ensure_ascii=False)


def _imply_mailbox_values(given: Mapping[str, str], values: dict[str, str]) -> None:
    """What Set-Mailbox changes beyond the parameters' own names."""
    type_ = _MAILBOX_TYPES.get(str(given.get("type", "")).strip().lower())
    if type_ is not None:
        values["recipient_type_details"] = json.dumps(type_)
    customised = [
        who.capitalize()
        for who in ("admin", "delegate", "owner")
        if f"audit_{who}" in values and who not in str(given.get("defaultauditset", "")).lower()
    ]
    if customised:
        before = json.loads(values.get("default_audit_set", "{}"))
        values["default_audit_set"] = _delta(add=before.get("add", []), remove=customised)


_ACTIONS = frozenset(
    [
        "applycategory",
        "applysystemcategory",
        "copytofolder",
        "deletemessage",
        "deletesystemcategory",
        "forwardasattachmentto",
        "forwardto",
        "markasread",
        "markimportance",
        "movetofolder",
        "pinmessage",
        "redirectto",
        "sendtextmessagenotificationto",
        "softdeletemessage",
        "stopprocessingrules",
    ]
)
_FORWARDS = ("forwardto", "redirectto", "forwardasattachmentto", "sendtextmessagenotificationto")
_DELETES = ("deletemessage", "softdeletemessage")
_PLUMBING = frozenset(
    [
        "alwaysdeleteoutlookrulesblob",
        "bypassscopecheck",
        "confirm",
        "domaincontroller",
        "enabled",
        "force",
        "identity",
        "mailbox",
        "name",
        "priority",
        "whatif",
        "rulename",
        "ruleid",
        "rulestate",
        "ruleoperation",
        "ruleprovider",
        "ruleactions",
        "rulecondition",
    ]
)


def inbox_rule_of(
    operation: str,
    parameters: list[tuple[str, str]],
    object_id: str | None,
    time: datetime | None,
    user_id: str | None,
    client_ip: str | None,
) -> dict[str, Any] | None:
    """A row of ``inbox_rules``, without ``row_id``, for a rule cmdlet or UpdateInboxRules; None for other operations.

    ``parameters`` of UpdateInboxRules are the record's OperationProperties (RuleName, RuleActions …). The mailbox is the
    parameter ``Mailbox``, else the part before the backslash of the identity when it is an address, else the acting user.
    """
    cmdlet = operation.strip().lower()
    if cmdlet not in RULE_OPERATIONS:
        return None
    given = {name.strip().lower(): value for name, value in parameters}
    written = {name.strip().lower(): name.strip() for name, _ in parameters}
    owner, _, rule = (given.get("identity") or object_id or "").rpartition("\\")
    actions: dict[str, Any] = {written[name]: value for name, value in given.items() if name in _ACTIONS}
    conditions: dict[str, Any] = {
        written[name]: value for name, value in given.items() if name not in _ACTIONS and name not in _PLUMBING
    }
    forwards = [given[name] for name in _FORWARDS if given.get(name)]
    deletes: bool | None = _any_true(given[name] for name in _DELETES if name in given)
    moves_to = given.get("movetofolder") or None
    if cmdlet == "updateinboxrules":
        listed = _outlook_actions(given.get("ruleactions"))
        actions = {"RuleActions": listed} if listed is not None else {}
        conditions = {"RuleCondition": given["rulecondition"]} if given.get("rulecondition") else {}
        forwards, deletes, moves_to = _outlook_effects(listed or [])
    return {
        "time": time,
        "mailbox": _rule_mailbox(given.get("mailbox"), owner, user_id),
        "operation": operation,
        "rule_name": given.get("name") or given.get("rulename") or (rule if rule and not rule.isdigit() else None),
        "rule_id": given.get("ruleid") or (rule if rule.isdigit() else None),
        "enabled": _rule_enabled(cmdlet, given),
        "conditions": json.dumps(conditions, ensure_ascii=False, sort_keys=True),
        "actions": json.dumps(actions, ensure_ascii=False, sort_keys=True),
        "forwards_to": "; ".join(forwards) or None,
        "deletes": deletes,
        "moves_to": moves_to,
        "client_ip": client_ip,
        "user_id": user_id,
    }


def _rule_mailbox(parameter: str | None, owner: str, user_id: str | None) -> str | None:
    if parameter:
        return parameter.lower() if "@" in parameter else parameter
    if "@" in owner:
        return owner.lower()
    return user_id.lower() if user_id and "@" in user_id else owner or user_id


def _any_true(values: Any) -> bool | None:
    """True if any says so, False if all say the opposite, None if none is said."""
    read = [known.value_json(Setting("", "bool"), value) for value in values]
    if "true" in read:
        return True
    return False if "false" in read else None


def _rule_enabled(cmdlet: str, given: Mapping[str, str]) -> bool | None:
    if cmdlet in ("enable-inboxrule", "disable-inboxrule"):
        return cmdlet == "enable-inboxrule"
    state = given.get("rulestate", "").lower()
    if state:
        return "enabled" in state.replace(",", " ").split()
    stated = _any_true([given["enabled"]]) if "enabled" in given else None
    return True if stated is None and cmdlet == "new-inboxrule" else stated


def _outlook_actions(text: str | None) -> list[Any] | None:
    """RuleActions of UpdateInboxRules: a JSON list of {ActionType, …}; text that is not JSON is kept as one item."""
    if not text:
        return None
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return [text]
    return read if isinstance(read, list) else [read]


def _outlook_effects(actions: list[Any]) -> tuple[list[str], bool | None, str | None]:
    """Who it forwards to, whether it deletes, where it moves: from the action list of an Outlook-made rule."""
    forwards: list[str] = []
    deletes: bool | None = None
    moves_to: str | None = None
    for action in actions:
        if not isinstance(action, Mapping):
            continue
        kind = str(action.get("ActionType", "")).lower()
        if "forward" in kind or "redirect" in kind or "delegate" in kind:
            recipients = action.get("Recipients")
            forwards += [str(item) for item in recipients] if isinstance(recipients, list) else []
        if "delete" in kind:
            deletes = True
        if kind in ("move", "movetofolder") and moves_to is None:
            folder = action.get("FolderName") or action.get("Folder") or action.get("DestinationFolder")
            moves_to = None if folder is None else str(folder)
    return forwards, deletes, moves_to
