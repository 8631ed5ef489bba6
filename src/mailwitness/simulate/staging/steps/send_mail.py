"""Mail is sent from the mailboxes that a credential opens; the copies in Sent Items may be destroyed afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field

from mailwitness.simulate.staging.stage import Stage
from mailwitness.simulate.staging.values import Amount, Span, With, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """``messages`` of about the same text, each to one address. ``to``: the address, in which ``#`` stands for the running number.
    ``destroy_after``: how long after the last one the sent copies are destroyed; without it they stay."""

    with_: With
    messages: Amount
    subject: Words
    to: Words
    over: Span
    size_bytes: Amount = field(default_factory=lambda: Amount(21_000))
    destroy_after: Span | None = None

    def play(self, stage: Stage, at: int) -> None:
        for credential in stage.held(self.with_):
            assert credential.person is not None, "mail is sent by a person"
            mailbox = stage.mailbox(credential.person)
            draw = stage.chance("send", mailbox.guid)
            sent, moment = [], at
            for number, moment in enumerate(
                stage.spread(draw, stage.amount(self.messages), at, at + stage.span(self.over)), 1
            ):
                size = int(stage.amount(self.size_bytes) * draw.uniform(0.9, 1.1))
                message = stage.write(mailbox, moment, number, stage.text(self.subject), credential.person.upn, size)
                recipient = stage.text(self.to).replace("#", str(number))
                stage.mailbox_act(
                    credential, moment, mailbox, "Send", messages=(message,), folder="\\Drafts", recipients=(recipient,)
                )
                sent.append(message)
            if self.destroy_after is not None and sent:
                stage.mailbox_act(
                    credential,
                    moment + stage.span(self.destroy_after),
                    mailbox,
                    "HardDelete",
                    messages=tuple(sent),
                    folder="\\Sent Items",
                )


STEP = Sending
