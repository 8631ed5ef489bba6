"""Access tokens are copied from where they should not be: a computer's memory, a proxy's log. Some were issued, the others somebody made.

Each token that was issued has its sign-in, as any other; no log knows of the copying, nor of a forged token.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from msgspec import structs

from mailwitness.simulate.acts import TokenCapture
from mailwitness.simulate.captured.kinds import GRAPH, KINDS
from mailwitness.simulate.staging.stage import Stage
from mailwitness.simulate.staging.values import Span, With
from mailwitness.simulate.world import MS_PER_HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Capturing:
    """One token of every kind (simulate/captured/kinds.py), for the mail of the credential ``with`` which they come, within ``over``."""

    with_: With
    over: Span

    def play(self, stage: Stage, at: int) -> None:
        credential = stage.held(self.with_)[0]
        moments = stage.spread(stage.chance("over"), len(KINDS), at, at + stage.span(self.over))
        for (name, kind), moment in zip(KINDS.items(), moments, strict=True):
            draw = stage.chance("token", name)
            life = credential.life if kind.hours is None else (int(kind.hours * MS_PER_HOUR),) * 2
            session = credential.session_id if kind.issued or kind.is_of_known_session else stage.guid("session", name)
            client = credential.client
            if kind.claims.get("aud") == GRAPH:
                client = structs.replace(client, resource_id=stage.tenant.apps["graph"].app_id)
            asks = replace(credential, client=client, tokens=[], life=life, issued=kind.issued, session_id=session)
            if kind.issued and not kind.is_foreign:
                token = stage.issue(asks, moment, stage.from_where(credential, moment), draw)
            else:
                token = stage.minted(asks, moment, draw)
            stage.add(TokenCapture, moment + 1000, truly=name, token=token)


STEP = Capturing
