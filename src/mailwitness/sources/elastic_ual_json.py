"""Audit records in documents of Elastic's o365 integration or of SOF-ELK (JSON, JSON lines).

One document or hit per audit record; see ``_elastic_o365`` for how it becomes the record again.

Clock: ``o365.audit.CreationTime`` is the record's own time, UTC; ``@timestamp`` stands in where it was removed.
Limits: without ``event.original`` the record was re-worked on its way in: names and values folded, some fields moved, others
    dropped. Rank 1 for that reason.
Sources:
    - https://github.com/elastic/integrations   (packages/o365/data_stream/audit/_dev/test/pipeline, samples of the vendor)
    - https://github.com/philhagen/sof-elk   (configfiles/6701-microsoft365.conf)
"""

from __future__ import annotations

from mailwitness.model.evidence import Head, Reader
from mailwitness.sources._audit_shape import head_shape
from mailwitness.sources._elastic_o365 import unwrap


def sniff(head: Head) -> bool:
    """True if the documents hold ``o365.audit`` or ``o365audit``."""
    return head_shape(head) == "elastic"


READER = Reader("elastic_ual_json", frozenset({"json", "json_lines"}), sniff, unwrap, rank=1)
