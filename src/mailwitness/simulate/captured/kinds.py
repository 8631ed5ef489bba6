"""What a captured token truly is, and what tells it: declarations only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

DecidedBy = Literal["token", "logs", "nothing"]
Form = Literal["signed", "nonce", "altered", "cut", "none", "hs256"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """``issued``: the identity provider issued it for somebody. ``holds``: as it stands, and for the tenant and service at which it was used.

    ``decided_by``: the token with the key lists; the sign-in logs of the case too; or nothing that is handed over. ``key`` signs it.
    ``version``: of the token. ``header``, ``claims``: what it has otherwise than an issued one; None is left out. ``form``: how it is signed.
    ``is_of_known_session``: it names a session of the tenant. ``hours``: how long it lives; None: as usual.
    """

    what: str
    issued: bool
    holds: bool
    decided_by: DecidedBy
    key: Literal["issuer", "consumer", "expired", "unborn", "withdrawn", "stranger"] = "issuer"
    version: Literal[1, 2] = 1
    header: Mapping[str, Any] = field(default_factory=dict)
    claims: Mapping[str, Any] = field(default_factory=dict)
    form: Form = "signed"
    is_of_known_session: bool = False
    hours: float | None = None

    @property
    def is_foreign(self) -> bool:
        """Whether another tenant's identity provider issued it, so that this one's logs cannot know."""
        return self.issued and "tid" in self.claims


def _issued(what: str, holds: bool = True, decided_by: DecidedBy = "logs", **more: Any) -> Kind:
    return Kind(what=what, issued=True, holds=holds, decided_by=decided_by, **more)


def _forged(what: str, decided_by: DecidedBy = "token", **more: Any) -> Kind:
    return Kind(what=what, issued=False, holds=False, decided_by=decided_by, **more)


FOREIGN_TENANT = "7e1ff7b1-3d0c-4f6e-9a53-2b6f0f6f0a11"
"""Another company's tenant, invented."""
GRAPH = "https://graph.microsoft.com"

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "issued_v1": _issued("a token of version 1.0"),
        "issued_v2": _issued("a token of version 2.0", version=2),
        "issued_long": _issued("a token that lives a day (continuous access evaluation)", hours=24.0),
        "issued_with_nonce": _issued("a token whose header got a nonce, which its signature covers hashed", form="nonce"),
        "other_service": _issued("a token for Graph, used at Exchange", False, "token", claims={"aud": GRAPH}),
        "other_tenant": _issued(
            "a token of another company, used in this tenant",
            False,
            "token",
            claims={"tid": FOREIGN_TENANT, "iss": f"https://sts.windows.net/{FOREIGN_TENANT}/"},
        ),
        "altered": _issued("an issued token, whose user was changed after it was signed", False, "token", form="altered"),
        "signature_cut": _issued("an issued token without its signature", False, "token", form="cut"),
        "consumer_key": _forged("signed with a key for personal accounts, for this tenant (Storm-0558)", key="consumer"),
        "key_expired": _forged("signed with a key whose certificate had ended", key="expired"),
        "key_unborn": _forged("signed with a key that was made later", key="unborn"),
        "key_withdrawn": _forged("signed with a key that had been withdrawn", key="withdrawn"),
        "key_of_that_name": _forged("signed with a stranger's key, under the name of the issuer's", key="stranger"),
        "key_unknown": _forged(
            "signed with a stranger's key, under its own name", "logs", key="stranger",
            header={"kid": "c3RyYW5nZXItb2Yta2V5LWxpc3Q", "x5t": None},
        ),
        "key_unnamed": _forged("names no key", "logs", header={"kid": None, "x5t": None}),
        "key_stolen_known": _forged("names a key that its owner called stolen", header={"kid": "stolen", "x5t": "stolen"}),
        "unsigned": _forged("says that it needs no signature (alg none)", form="none"),
        "symmetric": _forged("signed with the public key as a secret (HS256)", form="hs256"),
        "v1_issuer": _forged("says version 2.0 with an issuer of version 1.0", claims={"ver": "2.0"}),
        "v2_issuer": _forged("says version 1.0 with an issuer of version 2.0", version=2, claims={"ver": "1.0"}),
        "tenant_not_in_issuer": _forged("names a tenant that is not the issuer's", claims={"tid": FOREIGN_TENANT}),
        "ends_before_it_begins": _forged("ends before it begins", hours=-1.0),
        "lives_ten_days": _forged("lives ten days", "logs", hours=240.0),
        "actor_inside": _forged("carries an actor's token", "logs", claims={"actort": "eyJub25lIjoxfQ.e30."}),
        "key_stolen": _forged("signed with the issuer's own key, which was stolen", "logs"),
        "key_stolen_known_session": _forged(
            "the same, with the session of a real sign-in", "nothing", is_of_known_session=True
        ),
    }
)  # fmt: skip
