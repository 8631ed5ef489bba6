"""What a CSV of audit records is, told by its header: one answer, so that no two readers claim one file."""

from __future__ import annotations

import re
from typing import Literal

from mailwitness.model.evidence import Head
from mailwitness.sources._audit_shape import cell, json_object, shape_of, text_shape
from mailwitness.sources._entra_shape import family_of

HeaderShape = Literal[
    "graph_query", "portal", "search", "cloud_app_event", "raw_event", "office_activity", "elastic", "flattened",
    "expanded", "projected",
]  # fmt: skip

_OLDEST_PORTAL = frozenset({"creationdate", "userids", "operations", "auditdata"})
_FLATTENED = frozenset({"auditid", "auditcreationtime", "fullcommand", "parameterstring"})
_PATH = re.compile(r"[a-z]+_\d+(_[a-z0-9]+)+|param_.+|(item|folder|destfolder|appaccesscontext)_[a-z0-9_]+")
_TIMES = frozenset(
    {"timegenerated", "timegenerated [utc]", "timegenerated [local time]", "creationtime", "creationdate"}
)
_IDS = frozenset({"id", "recordid", "identity"})


def header_shape(head: Head) -> HeaderShape | None:
    """The one way in which a table holds audit records; None when it is not known to hold any.

    A column with the whole record goes before columns that repeat parts of it, and those before a query's choice of columns.
    """
    columns = head.columns()
    if "auditdata" in columns:
        if "auditlogrecordtype" in columns:
            return "graph_query"
        return "portal" if {"recordid", "operation"} <= columns or columns == _OLDEST_PORTAL else "search"
    if "raweventdata" in columns:
        return "cloud_app_event"
    if "_raw" in columns and _has_raw_events(head):
        return "raw_event"
    if any(name.startswith("o365.audit.") for name in columns):
        return "elastic"
    if not columns & {"operation", "operations"}:
        return None
    if "officeid" in columns:
        return "office_activity"
    if columns & _FLATTENED or any(_PATH.fullmatch(name) for name in columns):
        return "flattened"
    if {"creationtime", "operation"} <= columns and columns & {"id", "recordtype", "workload"}:
        return "expanded"
    if "operation" in columns and columns & _TIMES and columns & {"userid", "userids"} and not columns & _IDS:
        return "projected"
    return None


def _has_raw_events(head: Head) -> bool:
    if not head.records:  # the first row is longer than the head
        return text_shape(head.text.replace('""', '"')) is not None
    events = [event for row in head.records if (event := json_object(cell(row, "_raw"))) is not None]
    return any(shape_of(event) is not None or family_of(event) is not None for event in events)
