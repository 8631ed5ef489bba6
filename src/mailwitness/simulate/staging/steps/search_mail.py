"""A mailbox is searched for words, and what is found is opened.

In Outlook a search is an audited act of its own (for mailboxes that have it switched on); through Graph it is a request, and what the answer
holds is obtained with it. A message is found if its subject has one of the words: bodies are not simulated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

from mailwitness.simulate.acts import GraphCall
from mailwitness.simulate.staging.stage import Stage
from mailwitness.simulate.staging.values import Amount, Span, With

TOP = 25
"""Results on a page of Graph's answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Searching:
    """One search for each of the ``words``, within a span. ``open``: how many of the messages found are opened (Outlook)."""

    with_: With
    words: tuple[str, ...]
    over: Span
    via: Literal["outlook", "graph"]
    open: Amount = field(default_factory=lambda: Amount(0))

    def play(self, stage: Stage, at: int) -> None:
        for credential in stage.held(self.with_):
            assert credential.person is not None, "a mailbox is searched by a person"
            mailbox = stage.mailbox(credential.person)
            draw = stage.chance("search", mailbox.guid)
            moments = stage.spread(draw, len(self.words), at, at + stage.span(self.over))
            for word, moment in zip(self.words, moments, strict=True):
                held = stage.tenant.messages_before(mailbox.guid, moment)
                found = [message for message in held if word.casefold() in message.subject.casefold()]
                if self.via == "outlook":
                    stage.mailbox_act(
                        credential, moment, mailbox, "SearchQueryInitiatedExchange", details=(("QueryText", word),)
                    )
                    found = found[: stage.amount(self.open)]
                    moment += 4000
                else:
                    found = found[:TOP]
                    place = stage.from_where(credential, moment)
                    stage.add(
                        GraphCall,
                        moment,
                        method="GET",
                        uri=f"https://graph.microsoft.com/v1.0/me/messages?$search=%22{quote(word)}%22&$top={TOP}",
                        status=200,
                        app=credential.app,
                        place=place,
                        token=stage.token(credential, moment, place),
                        person=credential.person.number,
                        user_agent=credential.user_agent or "",
                        size_bytes=1200 + sum(message.size_bytes for message in found),
                    )
                for folder in dict.fromkeys(message.folder for message in found):
                    of_folder = [message for message in found if message.folder == folder]
                    stage.access(credential, moment, mailbox, "bind", folder, of_folder, called=self.via == "graph")


STEP = Searching
