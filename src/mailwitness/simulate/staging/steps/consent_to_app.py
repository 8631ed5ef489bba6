"""A victim lets an application read their mail: an interactive sign-in at the consent page, then the grant in the directory.

The grant outlives the password. The application asks for its tokens itself, without a person, from its own addresses.

Sources:
    - https://learn.microsoft.com/entra/identity/monitoring-health/reference-audit-activities (Consent to application, Add delegated permission grant)
    - https://learn.microsoft.com/entra/identity-platform/reference-error-codes (65001)
"""

from __future__ import annotations

from dataclasses import dataclass
from json import dumps

from mailwitness.simulate.acts import DirectoryAct, SignIn
from mailwitness.simulate.staging.credential import Credential
from mailwitness.simulate.staging.stage import Stage
from mailwitness.simulate.staging.values import Addresses, AppName, Gives, People, Words
from mailwitness.simulate.tenant.applications import through
from mailwitness.simulate.world import MS_PER_SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Consenting:
    """``who`` consents to ``app`` with these ``scopes``; it then reaches mail through ``client`` from ``from``."""

    who: People
    app: AppName
    scopes: str
    client: Words
    from_: Addresses
    gives: Gives

    def play(self, stage: Stage, at: int) -> None:
        app = stage.app(self.app)
        client = through(stage.client(self.client), app)
        for person in stage.people(self.who):
            draw = stage.chance("consent", person.number)
            device = stage.tenant.devices(person)[0]
            place = stage.own_place(person, at, device)
            session_id = stage.guid("session", person.number)
            credential = Credential(
                client=client, app=app, person=person, session_id=session_id, addresses=self.from_.name,
            )  # fmt: skip
            for seconds, code in ((0, 65001), (25, 0)):
                moment = at + seconds * MS_PER_SECOND
                stage.add(
                    SignIn,
                    moment,
                    request_id=(token := stage.minted(credential, moment, draw)).request_id,
                    stream="interactive",
                    client=client,
                    app=app,
                    resource_id=client.resource_id,
                    place=place,
                    person=person.number,
                    token=token if code == 0 else None,
                    session_id=session_id,
                    device=device,
                    user_agent=device.user_agent,
                    error_code=code,
                    correlation_id=stage.guid("correlation", person.number),
                    mfa="claim",
                    policies=stage.policies(person, client, device, "claim", moment),
                    first_factor=True,
                )
            at += 21 * MS_PER_SECOND
            for activity, modified in (
                ("Add service principal", (("AppId", "", dumps([app.app_id])),)),
                (
                    "Add delegated permission grant",
                    (("DelegatedPermissionGrant.Scope", "", dumps(f" {self.scopes}")), ("DelegatedPermissionGrant.ConsentType", "", dumps("Principal"))),
                ),
                (
                    "Consent to application",
                    (
                        ("ConsentContext.IsAdminConsent", "null", dumps("False")),
                        ("ConsentContext.IsAppOnly", "null", dumps("False")),
                        ("ConsentContext.OnBehalfOfAll", "null", dumps("False")),
                        ("ConsentAction.Permissions", "null", dumps(f"[] => [[ConsentType: Principal, Scope: {self.scopes}]]")),
                    ),
                ),
            ):  # fmt: skip
                stage.add(
                    DirectoryAct,
                    at,
                    activity=activity,
                    category="ApplicationManagement",
                    targets=(("ServicePrincipal", app.principal_id, app.name),),
                    modified=modified,
                    actor=person.number,
                    place=place,
                )
                at += 300
            stage.give(self.gives, person, credential)


STEP = Consenting
