"""Audit records in Wazuh's alerts and archives (JSON, JSON lines).

One event per audit record: ``{"integration":"office365","office365":{…}}``, a whole alert with the same under ``data``, or a hit
of its indexer. The record stands under ``office365``.

Clock: ``CreationTime`` of the record, UTC; the alert's own ``timestamp`` is when Wazuh saw it and is not used.
Limits: alerts exist only for records that matched a rule, so a file of alerts is a selection. Values are text. No real sample
    under an open licence is known; fixtures are written from the sources.
Sources:
    - https://github.com/wazuh/wazuh/issues/37478   (an alert)
    - https://documentation.wazuh.com/current/cloud-security/office365/index.html
"""

from __future__ import annotations

from mailwitness.model.evidence import Head, Reader
from mailwitness.sources._audit_shape import head_shape
from mailwitness.sources._elastic_o365 import unwrap


def sniff(head: Head) -> bool:
    """True if the events carry ``office365``."""
    return head_shape(head) == "wazuh"


READER = Reader("wazuh_ual_json", frozenset({"json", "json_lines"}), sniff, unwrap)
