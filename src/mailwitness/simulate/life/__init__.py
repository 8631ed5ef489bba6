"""Daily life: what happens to the people and mailboxes of the simulated tenant when nobody attacks.

Each part adds its acts of a day: people (`person`), what arrives (`arriving`), the service itself (`background`), consented applications
(`consented`), app-only products (`products`), partners (`outsiders`), strangers who try passwords (`strangers`), administrators (`administration`). Rates are declared in
``rates.yaml``, each with its source or as an assumption.

Legitimate accesses for which no sign-in is found, and where they come from:

- N1 the service's own traffic (`background`)
- N3 tokens issued before day 0 (`signing_in`)
- N5 a partner's technician, whose sign-in lies in another tenant (`outsiders`)
- N6 IMAP and POP: with a password (`person`, before 2023), and without identifiers (``bare`` in the rates)
- N7 Outlook on a managed computer, whose session no logon of the unified log knows (`signing_in`: silent)
- N8 records without identifiers (``bare``)
- N10 tokens between Microsoft's own services, which no log shows (`background`)

N2 (a stream is not collected), N4 (late or lost) and N9 (a field is missing) are matters of `service` and `exports`.

Limits: nobody in daily life is attacked with success. Acts that are audited only by
choice (searches, MailboxLogin) happen only where they are audited. A message that its owner deleted is gone for daily life; scenarios read what the
tenant says lies in the mailbox.
"""

from __future__ import annotations

from mailwitness.simulate.life.administration import planned_acts, planned_changes
from mailwitness.simulate.life.department import DepartmentLife

__all__ = ["DepartmentLife", "planned_acts", "planned_changes"]
