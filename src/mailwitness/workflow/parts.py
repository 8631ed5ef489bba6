"""Parts: the Parquet files that one stretch of evidence becomes, written as row groups of bounded size."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mailwitness.records.columns import arrow_schema, table_from_rows

GROUP_ROWS = 25_000
# Columns whose values repeat; for the others a dictionary only costs time.
_REPEATING = frozenset(
    """
    record_type_name operation workload user_id user_key organization_id client_ip client_ip_raw result_status app_id client_app_id
    api_id client_info_string client_process_name client_version mailbox_guid mailbox_owner_upn mailbox_owner_sid logon_user_sid
    token_object_id token_tenant_id actor_info_string user_agent logon_error evidence_id mailbox mail_access_type folder_path client
    accessed_as stream user_principal_name user_display_name user_type failure_reason client_app_used authentication_protocol
    authentication_requirement ip_address ip_address_raw country city app_display_name resource_id resource_display_name
    incoming_token_type original_transfer_method token_issuer_type conditional_access_status applied_conditional_access_policies
    service_principal_id service_principal_name resource_tenant_id home_tenant_id cross_tenant_access_type session_id aad_session_id
    unique_token_id issuing_signin_id issued_at
""".split()
)
_RANGES = ("time", "mailbox")  # columns that questions narrow by


def _options(table: str) -> dict[str, Any]:
    names = arrow_schema(table).names
    return {
        "compression": "zstd",
        "compression_level": 1,
        "use_dictionary": [name for name in names if name in _REPEATING],
        "write_statistics": [name for name in names if name in _RANGES],
    }


class Parts:
    """The parts of one stretch. Rows of a family's own table and derived rows go to parts of their own, for accounting."""

    def __init__(self, out: Path, number: int) -> None:
        self._out, self._number = out, number
        self._waiting: dict[tuple[str, bool], list[pa.Table]] = {}
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._writers: dict[tuple[str, bool], tuple[pq.ParquetWriter, str]] = {}
        self._counts: dict[tuple[str, bool], int] = {}
        self.first: str | None = None
        self.last: str | None = None

    def add(self, table: str, rows: pa.Table, *, primary: bool) -> None:
        if rows.num_rows == 0:
            return
        key = (table, primary)
        waiting = self._waiting.setdefault(key, [])
        waiting.append(rows)
        if primary and "time" in rows.column_names:
            self._widen(rows.column("time"))
        if sum(part.num_rows for part in waiting) >= GROUP_ROWS:
            self._write(key)

    def add_row(self, table: str, row: dict[str, Any]) -> None:
        rows = self._rows.setdefault(table, [])
        rows.append(row)
        if len(rows) >= GROUP_ROWS:
            self.add(table, table_from_rows(table, self._rows.pop(table)), primary=False)

    def _widen(self, times: pa.ChunkedArray) -> None:
        found = pc.min_max(times).as_py()
        if found["min"] is None:
            return
        first, last = _iso(found["min"]), _iso(found["max"])
        self.first = first if self.first is None else min(self.first, first)
        self.last = last if self.last is None else max(self.last, last)

    def _write(self, key: tuple[str, bool]) -> None:
        table, primary = key
        rows = pa.concat_tables(self._waiting.pop(key))
        if key not in self._writers:
            name = f"{table}-{self._number:05d}{'' if primary else '-d'}.parquet"
            self._writers[key] = (pq.ParquetWriter(self._out / name, arrow_schema(table), **_options(table)), name)
        self._writers[key][0].write_table(rows, row_group_size=GROUP_ROWS * 2)
        self._counts[key] = self._counts.get(key, 0) + rows.num_rows

    def close(self) -> list[dict[str, Any]]:
        """Write what waits; the parts made: table, file, rows, primary."""
        for table in list(self._rows):
            self.add(table, table_from_rows(table, self._rows.pop(table)), primary=False)
        for key in list(self._waiting):
            self._write(key)
        made = []
        for key, (writer, name) in sorted(self._writers.items()):
            writer.close()
            made.append({"table": key[0], "file": name, "rows": self._counts[key], "primary": key[1]})
        return made


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds") + "Z"
