"""Microsoft-Extractor-Suite's licence tables: ``UserLicenses.csv`` (user and product) and ``TenantLicenses.csv`` (product and plans).

One row per user and product, or per product of the tenant.

Clock: the file's name, in the collecting machine's zone, see `_exo_shape`.
Limits: a user's row names the product, not its plans, and a plan may be switched off for that user; the product is kept as
    plan ``sku:<name>``. The columns E3, E5 and Retention are the tool's own opinion and are not used. No real sample was at hand.
Sources:
    - https://github.com/invictus-ir/Microsoft-Extractor-Suite   (Scripts/Get-ProductLicenses.ps1)
"""

from __future__ import annotations

from mailwitness.model.evidence import Frame, Head, Place, RawRecord, Reader
from mailwitness.sources._companion_shapes import column_kind, value_of
from mailwitness.sources._licences import licence_record

_KINDS = ("mes_user_licences", "mes_tenant_licences")


def sniff(head: Head) -> bool:
    """True for UserPrincipalName with SkuPartNumber, or Sku with ServicePlans."""
    return column_kind(head) in _KINDS


def unwrap(frame: Frame, place: Place) -> RawRecord:
    row = frame.value
    sku = value_of(row, ("skupartnumber",))
    listed = value_of(row, ("serviceplans",))
    if sku is not None and listed is None:
        plans = [] if sku == "None" else [{"service_plan": f"sku:{sku}"}]
        return licence_record(row, plans, frame, place, "mes_user_licences")
    product = value_of(row, ("sku",))
    names = [name.strip() for name in str(listed or "").split(";") if name.strip()]
    plans = [{"service_plan": name, "state": f"in sku:{product}"} for name in names]
    return licence_record(row, plans, frame, place, "mes_tenant_licences", of_user=False)


READER = Reader("mes_licences_csv", frozenset({"csv"}), sniff, unwrap)
