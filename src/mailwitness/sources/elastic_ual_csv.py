"""Audit records of Elastic's o365 integration as Kibana exports them (CSV).

One row per audit record, the columns the dotted names of the fields: ``o365.audit.Operation``, ``event.id`` and so on.

Clock: ``o365.audit.CreationTime`` is the record's own time, UTC. ``@timestamp`` (``Mar 2, 2026 @ 09:15:22.000``) is shown in the
    zone of whoever exported it and is used only with the option ``time_zone``.
Limits: only the columns that were on the screen are in the file. No real sample under an open licence is known; fixtures are
    written from the sources.
Sources:
    - https://www.elastic.co/docs/explore-analyze/report-and-share
    - https://github.com/elastic/integrations   (packages/o365/data_stream/audit/fields)
"""

from __future__ import annotations

from mailwitness.model.evidence import Head, Reader
from mailwitness.sources._audit_header import header_shape
from mailwitness.sources._elastic_o365 import unwrap


def sniff(head: Head) -> bool:
    """True for a header with a column of ``o365.audit``."""
    return header_shape(head) == "elastic"


READER = Reader("elastic_ual_csv", frozenset({"csv"}), sniff, unwrap, rank=2)
