"""Was this token issued by the issuer it names? Judged from the token, saved key lists, and what the caller knows of its use.

Every step is a necessary condition: one that fails contradicts the claim, whatever the others say; one that cannot be tested leaves
it undecidable and names what would decide it; only all of them together support it. In 2023 tokens signed with a stolen consumer
key passed where the step `key_scope` was missing.

Clock: the token's own ``iat``, ``nbf`` and ``exp`` (seconds UTC). Nothing depends on the present.
Limits: whether the issuer has a record of the issue needs a case (``issue``). A token signed with a stolen key of the right scope, within
    the key's life, passes without one. Tokens for Microsoft Graph and Exchange are formally opaque to others than these services.
Sources:
    - https://learn.microsoft.com/entra/identity-platform/access-tokens (issuer, key issuer, lifetimes)
    - https://github.com/AzureAD/azure-activedirectory-identitymodel-extensions-for-dotnet (issuer of v1 tokens and their keys)
    - https://www.microsoft.com/en-us/security/blog/2023/07/14/analysis-of-storm-0558-techniques-for-unauthorized-email-access/
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from mailwitness.knowledge.facts import rows_of
from mailwitness.model.findings import Reason, Verdict, verdict_of
from mailwitness.tokens.capture import Captured, base64url
from mailwitness.tokens.issue import Issue, Sought, issue_step, sought
from mailwitness.tokens.keys import CONSUMER_TENANT, Key, KeyStore, thumbprint_of
from mailwitness.tokens.steps import Step

CLAIM = "this token was issued by the issuer it names"

LONGEST_LIFE_S = 28 * 3600
"""With continuous access evaluation a token lives up to 28 hours (vendor's page on access tokens)."""
SHORTEST_LIFE_S = 600
"""The shortest that a token lifetime policy allows (learn.microsoft.com/entra/identity-platform/configurable-token-lifetimes)."""
EARLY_NBF_S = 300
"""``nbf`` and ``iat`` of real tokens lie up to five minutes before the moment of issue; an allowance, not a rule."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One token with its verdict. ``facts``: the claims worth reading beside logs; never the token, never its signature."""

    sha256: str
    offset: int
    verdict: Verdict
    reasons: tuple[Reason, ...]
    steps: tuple[Step, ...]
    would_decide: tuple[str, ...]
    facts: Mapping[str, Any]


_FACTS = (
    "iss", "tid", "aud", "ver", "oid", "sub", "appid", "azp", "uti", "sid", "iat", "nbf", "exp", "idtyp", "amr", "ipaddr", "scp",
    "roles", "upn", "unique_name", "preferred_username", "deviceid",
)  # fmt: skip


def issue_sought(token: Captured) -> Sought:
    """What to look for in a case's sign-ins."""
    return sought(token.claims, _signin_id(token.claims.get("uti")))


def check(
    token: Captured,
    store: KeyStore,
    tenant: str | None = None,
    audience: str | None = None,
    issue: Issue | None = None,
) -> Checked:
    """Judge one token. ``tenant`` and ``audience``: where and for what it was used, if the caller knows; ``issue``: what a case's sign-ins hold of it.

    Without a case the step about its issue is not there: the other steps are about the token alone.
    """
    showings = _showings(token, store)
    verified, signature = _signature(token, showings)
    steps = [
        _form(token),
        _key(token, showings),
        signature,
        _scope(token, verified),
        *_issuer(token, tenant),
        _audience(token, audience),
        _times(token),
        _key_life(token, verified, store),
        *([] if issue is None else [issue_step(issue_sought(token), issue)]),
    ]
    failed = [step for step in steps if step.outcome == "failed"]
    open_ = [step for step in steps if step.outcome == "undecidable"]
    if failed:
        reasons = [Reason(step.code, "against", step.sentence) for step in failed]
    elif open_:
        reasons = [Reason(step.code, "open", step.sentence) for step in open_]
    else:
        reasons = [Reason("every_step_holds", "for", "Every step was tested and holds.")]
    return Checked(
        sha256=token.sha256,
        offset=token.offset,
        verdict=verdict_of(reason.stance for reason in reasons),
        reasons=tuple(reasons),
        steps=tuple(steps),
        would_decide=() if failed else tuple(dict.fromkeys(step.would_decide for step in open_ if step.would_decide)),
        facts={
            **{name: token.claims[name] for name in _FACTS if name in token.claims},
            **{name: token.header[name] for name in ("alg", "kid", "x5t") if name in token.header},
            "signin_id": _signin_id(token.claims.get("uti")),
        },
    )


def _form(token: Captured) -> Step:
    algorithm = token.header.get("alg")
    if algorithm != "RS256":
        return Step(
            "form", "failed", "algorithm_refused",
            f"The token says it is signed with {algorithm!r}; Microsoft Entra ID signs with RS256. A token that names another is not its.",
        )  # fmt: skip
    if "actort" in token.claims:
        return Step(
            "form", "undecidable", "actor_token_inside",
            "The token carries another token as its actor (service to service). Such tokens are made without a record and outside these rules.",
            "The inner token checked by itself, and the logs of the service that used it, would say more.",
        )  # fmt: skip
    return Step("form", "passed", "form_holds", "A signed token of the form that Microsoft Entra ID issues (RS256).")


def _showings(token: Captured, store: KeyStore) -> tuple[Key, ...]:
    kid = token.header.get("kid")
    return store.of(kid if isinstance(kid, str) else None, thumbprint_of(token.header.get("x5t")))


def _key(token: Captured, showings: tuple[Key, ...]) -> Step:
    named = {thumbprint_of(token.header.get(name)) for name in ("x5t", "kid")} - {None}
    for row in rows_of("compromised_keys.csv"):
        if row["thumbprint_sha1"] in named | {print_ for key in showings for print_ in key.thumbprints}:
            return Step(
                "key", "failed", "key_compromised", f"The token names a key that is known to be stolen: {row['name']}."
            )
    if not isinstance(token.header.get("kid"), str) and not named:
        return Step(
            "key", "undecidable", "key_unnamed", "The token does not say which key signed it.",
            "Nothing: tokens of Microsoft Entra ID name their key.",
        )  # fmt: skip
    if not showings:
        return Step(
            "key", "undecidable", "key_not_in_store", "No key list given here holds the key that the token names.",
            "The issuer's key list (discovery/v2.0/keys) as it was when the token was issued, given with --keys, would decide it.",
        )  # fmt: skip
    return Step("key", "passed", "key_known", "A key list given here holds the key that the token names.")


def _signature(token: Captured, showings: tuple[Key, ...]) -> tuple[tuple[Key, ...], Step]:
    """The showings of the key that verify the token, and the step."""
    if token.header.get("alg") != "RS256":
        return (), Step(
            "signature", "undecidable", "signature_not_tested", "A signature of another kind is not tested.", None
        )
    usable = [key for key in showings if key.material.get("kty") == "RSA" and {"n", "e"} <= key.material.keys()]
    verified = tuple(key for key in usable if any(_verifies(form, key) for form in _signed_forms(token)))
    if verified:
        return verified, Step("signature", "passed", "signature_verified", "The key verifies the signature.")
    if not usable:
        return (), Step(
            "signature", "undecidable", "signature_unverifiable", "There is no public key to verify the signature with.",
            "The issuer's key list of that time, given with --keys, would decide it.",
        )  # fmt: skip
    if "nonce" in token.header:
        return (), Step(
            "signature", "undecidable", "signature_with_nonce",
            "The key does not verify the signature. The header has a nonce: the service that receives such a token changes the header back "
            "before it verifies, in a way that is not published.",
            "The service that received the token; the same token without its nonce.",
        )  # fmt: skip
    return (), Step(
        "signature", "failed", "signature_wrong",
        "The key that the token names does not verify its signature: it is not a token of this issuer, or it was altered.",
    )  # fmt: skip


def _signed_forms(token: Captured) -> Iterator[bytes]:
    """What may have been signed: the token as it stands, and with its nonce hashed (practitioners' finding, not documented)."""
    yield token.compact
    nonce = token.header.get("nonce")
    if isinstance(nonce, str):
        hashed = base64.urlsafe_b64encode(hashlib.sha256(nonce.encode()).digest()).rstrip(b"=").decode()
        raw = base64url(token.compact.split(b".")[0]).decode("utf-8", "replace")
        written = msgspec.json.encode(nonce).decode()
        header = base64.urlsafe_b64encode(raw.replace(written, f'"{hashed}"').encode()).rstrip(b"=")
        yield b".".join([header, *token.compact.split(b".")[1:]])


def _verifies(compact: bytes, key: Key) -> bool:
    """Whether the key verifies the signature over the bytes as they stand, whatever else the header holds."""
    signed, _, signature = compact.rpartition(b".")
    exponent, modulus = (int.from_bytes(base64url(key.material[name].encode())) for name in ("e", "n"))
    try:
        public = rsa.RSAPublicNumbers(exponent, modulus).public_key()
        public.verify(base64url(signature), signed, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def _scope(token: Captured, verified: tuple[Key, ...]) -> Step:
    issuers = {key.issuer for key in verified if key.issuer is not None}
    if not issuers:
        return Step(
            "key_scope", "undecidable", "key_scope_unknown",
            "No key list given here says whose tokens this key may sign.",
            "The v2.0 key list of that time, which names an issuer for every key, would decide it.",
        )  # fmt: skip
    if len(issuers) > 1:
        return Step(
            "key_scope", "undecidable", "key_scope_disputed",
            f"The key lists disagree whose tokens this key may sign: {', '.join(sorted(issuers))}.",
            "The v2.0 key list of the day the token was issued would decide it.",
        )  # fmt: skip
    issuer = issuers.pop()
    tenant = _tenant(token)
    if tenant is None:
        return Step(
            "key_scope", "undecidable", "key_scope_without_tenant", "The token names no tenant to hold the key's issuer against.",
            "Nothing: tokens of Microsoft Entra ID name their tenant.",
        )  # fmt: skip
    allowed = issuer.replace("{tenantid}", tenant)
    # The issuer of a key is always in the v2.0 form; that of a v1.0 token is compared in the same form.
    named = token.claims.get("iss")
    v2 = f"https://login.microsoftonline.com/{tenant}/v2.0"
    in_v2 = v2 if named == f"https://sts.windows.net/{tenant}/" else named
    if allowed == in_v2:
        return Step("key_scope", "passed", "key_scope_holds", "The key may sign tokens of this issuer.")
    forms = [row["template"] for row in rows_of("token_issuers.csv")]
    if "{tenantid}" in issuer and issuer not in forms and named != v2:
        return Step(
            "key_scope", "undecidable", "key_scope_of_another_cloud",
            f"The key may sign tokens of {issuer}, of any tenant there; how other clouds name the issuer of their tokens (here {named!r}) is not known here.",
            "The documentation of the cloud that the key and the issuer belong to would decide it.",
        )  # fmt: skip
    kind = " (personal Microsoft accounts)" if CONSUMER_TENANT in issuer else ""
    return Step(
        "key_scope", "failed", "key_scope_broken",
        f"The key may only sign tokens of {issuer}{kind}; this token names {named!r} and tenant {tenant}. No Microsoft system signs so.",
    )  # fmt: skip


def _tenant(token: Captured) -> str | None:
    text = token.claims.get("tid")
    try:
        return str(uuid.UUID(text)) if isinstance(text, str) and len(text) == 36 else None
    except ValueError:
        return None


def _issuer(token: Captured, expected: str | None) -> Iterator[Step]:
    named, version, tid = token.claims.get("iss"), token.claims.get("ver"), token.claims.get("tid")
    tenant = _tenant(token)
    if not isinstance(named, str) or tid is None:
        yield Step(
            "issuer", "undecidable", "issuer_missing", "The token lacks its issuer or its tenant.",
            "Nothing: tokens of Microsoft Entra ID name both.",
        )  # fmt: skip
    elif tenant is None or tenant not in named:
        yield Step(
            "issuer", "failed", "issuer_of_another_tenant",
            f"The tenant {tid!r} is not the one in the issuer {named!r}; in a real token it is.",
        )  # fmt: skip
    else:
        forms = {row["template"].replace("{tenantid}", tenant): row["version"] for row in rows_of("token_issuers.csv")}
        if named not in forms:
            yield Step(
                "issuer", "undecidable", "issuer_not_listed", f"The issuer {named!r} is not one that is known here (other clouds are not).",
                "The documentation of the cloud that the issuer belongs to would decide it.",
            )  # fmt: skip
        elif version is not None and version != forms[named]:
            yield Step(
                "issuer", "failed", "issuer_of_another_version",
                f"The token says it is of version {version!r}; its issuer has the form of version {forms[named]}.",
            )  # fmt: skip
        elif version is None:
            yield Step(
                "issuer", "undecidable", "version_missing", "The token does not say of which version it is.",
                "Nothing: tokens of Microsoft Entra ID say it.",
            )  # fmt: skip
        else:
            yield Step(
                "issuer",
                "passed",
                "issuer_holds",
                "The issuer has the form of this version and names the token's tenant.",
            )
    if expected is None:
        yield Step(
            "tenant", "undecidable", "tenant_not_stated", "It was not said in which tenant the token was used.",
            "The tenant's id, given with --tenant, would decide it.",
        )  # fmt: skip
    elif tenant is None:
        yield Step(
            "tenant", "undecidable", "tenant_missing", "The token names no tenant.", "Nothing: real tokens name it."
        )
    elif tenant != expected.strip().lower():
        yield Step(
            "tenant",
            "failed",
            "tenant_unexpected",
            f"The token is of tenant {tenant}, and was used in {expected.strip().lower()}.",
        )
    else:
        yield Step("tenant", "passed", "tenant_holds", "The token is of the tenant in which it was used.")


def _audience(token: Captured, expected: str | None) -> Step:
    named = token.claims.get("aud")
    audiences = (
        [named]
        if isinstance(named, str)
        else [one for one in named if isinstance(one, str)]
        if isinstance(named, list)
        else []
    )
    if not audiences:
        return Step(
            "audience", "undecidable", "audience_missing", "The token does not say for which service it is.",
            "Nothing: tokens of Microsoft Entra ID say it.",
        )  # fmt: skip
    if expected is None:
        return Step(
            "audience", "undecidable", "audience_not_stated", "It was not said at which service the token was used.",
            "The service's id or address, given with --audience, would decide it.",
        )  # fmt: skip
    if _service(expected) not in map(_service, audiences):
        return Step(
            "audience", "failed", "audience_unexpected",
            f"The token is for {', '.join(map(repr, audiences))}, and was used at {expected!r}; that service must refuse it.",
        )  # fmt: skip
    return Step("audience", "passed", "audience_holds", "The token is for the service at which it was used.")


_SERVICES = {
    "00000002-0000-0ff1-ce00-000000000000": "exchange", "https://outlook.office365.com": "exchange",
    "https://outlook.office.com": "exchange", "00000003-0000-0000-c000-000000000000": "graph",
    "https://graph.microsoft.com": "graph",
}  # fmt: skip
"""Two writings of one service; any other is compared as it stands.

Source: https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in
"""


def _service(audience: str) -> str:
    bare = audience.strip().rstrip("/").lower()
    return _SERVICES.get(bare, bare)


def _times(token: Captured) -> Step:
    issued, begins, ends = (_moment(token.claims.get(name)) for name in ("iat", "nbf", "exp"))
    if issued is None or ends is None:
        return Step(
            "times", "undecidable", "times_missing", "The token lacks the time of its issue or of its end.",
            "Nothing: tokens of Microsoft Entra ID have both.",
        )  # fmt: skip
    life = (ends - issued).total_seconds()
    if life <= 0 or (begins is not None and begins >= ends):
        return Step("times", "failed", "times_impossible", "The token ends before it begins.")
    early = begins is not None and abs((begins - issued).total_seconds()) > EARLY_NBF_S
    if not SHORTEST_LIFE_S <= life <= LONGEST_LIFE_S + 2 * EARLY_NBF_S or early:
        return Step(
            "times", "undecidable", "life_unusual",
            f"The token lives {life / 3600:.1f} hours{' and begins at another time than its issue' if early else ''}. Issued tokens live between "
            "10 minutes and 28 hours.",
            "The tenant's token lifetime policies of that time would decide it.",
        )  # fmt: skip
    return Step("times", "passed", "times_hold", f"The token lives {life / 60:.0f} minutes, as issued tokens do.")


def _moment(value: Any) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 32503680000:
        return None
    return datetime.fromtimestamp(value, UTC)


def _key_life(token: Captured, verified: tuple[Key, ...], store: KeyStore) -> Step:
    issued = _moment(token.claims.get("iat"))
    if issued is None or not verified:
        return Step(
            "key_life", "undecidable", "key_life_not_tested", "Without a known key and a time of issue the key's life cannot be tested.",
            "The issuer's key lists of the days before and after the token's issue would decide it.",
        )  # fmt: skip
    ends = [key.made_to for key in verified if key.made_to is not None]
    begins = [key.made_from for key in verified if key.made_from is not None]
    if ends and issued > max(ends):
        return Step(
            "key_life",
            "failed",
            "key_expired",
            f"The token was issued after its key's certificate ended ({_day(max(ends))}).",
        )
    if begins and issued < min(begins):
        return Step(
            "key_life",
            "failed",
            "key_not_yet_made",
            f"The token was issued before its key was made ({_day(min(begins))}).",
        )
    seen = sorted(key.seen_on for key in verified if key.seen_on is not None)
    if seen and seen[-1] >= issued.date() and (begins or seen[0] <= issued.date()):
        return Step(
            "key_life",
            "passed",
            "key_published",
            f"A list of {seen[-1].isoformat()}, not before the token's issue, still publishes the key.",
        )
    for key in verified:
        gone = [
            day
            for url, day in store.fetched
            if url == key.list_url and key.seen_on is not None and key.seen_on < day < issued.date()
        ]
        if gone and key.seen_on == seen[-1]:
            return Step(
                "key_life", "failed", "key_withdrawn",
                f"The key was last published on {seen[-1].isoformat()} and gone from the same list by {gone[0].isoformat()}, before the token's issue.",
            )  # fmt: skip
    return Step(
        "key_life", "undecidable", "key_life_unknown", "No dated key list shows that the key was still published when the token was issued.",
        "The issuer's key list of the day of issue or later, given as --keys FILE=DATE, would decide it.",
    )  # fmt: skip


def _day(moment: datetime) -> str:
    return moment.date().isoformat()


def _signin_id(uti: Any) -> str | None:
    """The id of the sign-in that issued the token, if the identifier is that id's 16 bytes (an inference from public samples)."""
    if not isinstance(uti, str) or not uti.isascii():
        return None
    try:
        raw = base64url(uti.encode())
    except ValueError:
        return None
    return str(uuid.UUID(bytes_le=raw)) if len(raw) == 16 else None
