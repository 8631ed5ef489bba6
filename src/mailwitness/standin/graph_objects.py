"""Graph's objects: users, licences, policies, principals, grants, methods, inbox rules, and what Identity Protection found.

They are as of the services' moment: settings change with the clock. Pages of 100 unless ``$top`` asks for up to 999; ``$select`` is obeyed.
Identity Protection and Conditional Access take one request a second from all apps together and never say when to come again.

Faults: F2, F5 (as Directory_ExpiredPageToken), and those of the line.
Assumptions: every person has a password and, where a number drawn by name says so, the Authenticator app. Risk detections are invented (`holdings`).
    ``$filter`` is read for times and simple comparisons only.
Sources:
    - https://learn.microsoft.com/graph/throttling-limits
    - https://learn.microsoft.com/graph/api/user-list, …/subscribedsku-list, …/serviceprincipal-list, …/oauth2permissiongrant-list
    - https://learn.microsoft.com/graph/api/conditionalaccessroot-list-policies, …/identitysecuritydefaultsenforcementpolicy-get
    - https://learn.microsoft.com/graph/api/authentication-list-methods, …/mailfolder-list-messagerules, …/riskdetection-list
    - https://github.com/microsoftgraph/msgraph-sdk-java/issues/368   (Directory_ExpiredPageToken)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode

import msgspec
from starlette.routing import Route

from mailwitness.standin.answer import Answer, encode, json_answer
from mailwitness.standin.door import Asked, Door, Way
from mailwitness.standin.moments import DAY, iso
from mailwitness.standin.odata import BadFilter, Filter, GraphWords, passing, read_filter, whole
from mailwitness.standin.throttle import Bucket
from mailwitness.standin.world import World

Object: TypeAlias = dict[str, Any]
Rows: TypeAlias = "Callable[[Asked, int], list[Object] | None]"
"""The objects of a request at a moment; None if what the path names is not there."""

_RISK_DAYS = {"free": 7, "P1": 30, "P2": 90}


class GraphObjects:
    """The objects of one world's tenant."""

    def __init__(self, world: World) -> None:
        self._world, self._words = world, GraphWords(world)
        self._directory = Bucket(3500, 10, world.terms)
        self._protected = Bucket(1, 1, world.terms)

    def routes(self) -> list[Route]:
        plain: dict[str, tuple[str, Rows]] = {
            "users": ("User.Read.All", self._named("users")),
            "organization": ("Organization.Read.All", self._organization),
            "subscribedSkus": ("Organization.Read.All", self._named("subscribedSkus")),
            "servicePrincipals": ("Application.Read.All", self._named("servicePrincipals")),
            "servicePrincipals/{id}/appRoleAssignedTo": ("Application.Read.All", self._assigned_to),
            "servicePrincipals/{id}/appRoleAssignments": ("Application.Read.All", self._assignments),
            "oauth2PermissionGrants": ("DelegatedPermissionGrant.Read.All", self._named("oauth2PermissionGrants")),
        }
        routes = [
            self._route(path, (permission, "Directory.Read.All"), rows, GraphWords(self._world))
            for path, (permission, rows) in plain.items()
        ]
        secured = _MissingScopes(self._world, "AccessDenied")
        routes += [
            self._route("users/{id}/authentication/methods", ("UserAuthenticationMethod.Read.All",), self._methods, secured),
            self._route("users/{id}/mailFolders/inbox/messageRules", ("MailboxSettings.Read",), self._rules, _Denied(self._world)),
        ]  # fmt: skip
        for path in ("policies", "namedLocations"):
            name = f"identity/conditionalAccess/{path}"
            routes.append(self._route(name, ("Policy.Read.All",), self._named(name), secured, protected=True))
        routes.append(self._single())
        door = Door(self._world, "graph", _MissingScopes(self._world, "Forbidden"))
        for name, permission in (
            ("riskDetections", "IdentityRiskEvent.Read.All"),
            ("riskyUsers", "IdentityRiskyUser.Read.All"),
        ):
            way = Way((permission,), lambda asked: self._protected, "F2", tells_when=False)
            handler = self._risk_detections if name == "riskDetections" else self._risky_users
            routes.append(Route(f"/{{version}}/identityProtection/{name}", door.opens(way, handler), methods=["GET"]))
        return routes

    def _route(
        self, path: str, any_of: tuple[str, ...], rows: Rows, words: GraphWords, protected: bool = False
    ) -> Route:
        if protected:
            way = Way(any_of, lambda asked: self._protected, "F2", tells_when=False)
        else:
            way = Way(any_of, lambda asked: self._directory, "F1", cost=2, latency_s=0.1)

        def handler(asked: Asked) -> Answer:
            found = rows(asked, self._world.clock.now())
            if found is None:
                return self._words.error(
                    404, "Request_ResourceNotFound", f"Resource '{asked.path['id']}' does not exist."
                )
            try:
                filter_ = read_filter(asked.query["$filter"], "") if asked.query.get("$filter") else None
            except BadFilter as error:
                return self._words.error(400, "Request_UnsupportedQuery", str(error))
            if filter_ is not None:
                found = [one for one in found if all(test(one) for test in filter_.tests)]
            return self._paged(asked, path.split("/")[-1], [encode(self._selected(asked, one)) for one in found])

        return Route(f"/{{version}}/{path}", Door(self._world, "graph", words).opens(way, handler), methods=["GET"])

    def _named(self, name: str) -> Rows:
        return lambda asked, now: self._world.holdings.objects(name, now)

    def _single(self) -> Route:
        """The one policy of security defaults, which is no collection."""
        path = "policies/identitySecurityDefaultsEnforcementPolicy"

        def handler(asked: Asked) -> Answer:
            (found,) = self._world.holdings.objects(path, self._world.clock.now())
            return json_answer(
                200, {"@odata.context": f"https://graph.microsoft.com/v1.0/$metadata#{path}/$entity", **found}
            )

        way = Way(("Policy.Read.All",), lambda asked: self._directory, "F1", latency_s=0.1)
        door = Door(self._world, "graph", _MissingScopes(self._world, "AccessDenied"))
        return Route(f"/{{version}}/{path}", door.opens(way, handler), methods=["GET"])

    def _selected(self, asked: Asked, one: Object) -> Object:
        names = asked.query.get("$select")
        if not names:
            return one
        wanted = {"id", *(name.strip() for name in names.split(","))}
        return {key: value for key, value in one.items() if key in wanted}

    def _paged(self, asked: Asked, collection: str, rows: list[bytes], most: int = 999) -> Answer:
        query, links = asked.query, self._world.links
        top = whole(query.get("$top", self._world.terms.object_page))
        if top is None or not 1 <= top <= most:
            return self._words.error(
                400,
                "Request_UnsupportedQuery",
                f"Invalid page size specified: '{query['$top']}'. Must be between 1 and {most} inclusive.",
            )
        if "$skiptoken" in query:
            link, fault = self._world.followed(query["$skiptoken"], asked.key)
            if link is None:
                text = "The specified page token value has expired and can no longer be included in your request."
                return self._words.error(400, "Directory_ExpiredPageToken", text, fault=fault)
        else:
            link = links.begin(asked.key, rows)
        end = link.begin + top
        version, graph = asked.path["version"], self._world.addresses.graph
        head = f'{{"@odata.context":"https://graph.microsoft.com/{version}/$metadata#{collection}",'
        if end < len(link.query.rows):
            kept = {**query, "$skiptoken": links.token(link, end)}
            path = asked.key[1]
            head += f'"@odata.nextLink":"{graph}{path}?{urlencode(kept, quote_via=quote, safe="$")}",'
        return Answer(200, b"".join((head.encode(), b'"value":[', b",".join(link.query.rows[link.begin : end]), b"]}")))

    def _organization(self, asked: Asked, now: int) -> list[Object]:
        holdings = self._world.holdings
        return [
            {
                "id": holdings.tenant_id,
                "displayName": holdings.name,
                "verifiedDomains": [{"name": holdings.domain, "isDefault": True, "isInitial": True}],
                "assignedPlans": [],
            }
        ]

    def _assigned_to(self, asked: Asked, now: int) -> list[Object] | None:
        return self._of_principal(asked, now, "resourceId")

    def _assignments(self, asked: Asked, now: int) -> list[Object] | None:
        return self._of_principal(asked, now, "principalId")

    def _of_principal(self, asked: Asked, now: int, field: str) -> list[Object] | None:
        id_ = asked.path["id"]
        if all(one["id"] != id_ for one in self._world.holdings.objects("servicePrincipals", now)):
            return None
        return [one for one in self._world.holdings.objects("appRoleAssignedTo", now) if one[field] == id_]

    def _user(self, asked: Asked, now: int) -> Object | None:
        name = asked.path["id"].lower()
        for one in self._world.holdings.objects("users", now):
            if name in (one["id"], one["userPrincipalName"].lower()):
                return one
        return None

    def _methods(self, asked: Asked, now: int) -> list[Object] | None:
        user = self._user(asked, now)
        if user is None:
            return None
        chance, created = self._world.faults.chance, iso(self._world.holdings.start_at - 300 * DAY)
        methods: list[Object] = [
            {
                "@odata.type": "#microsoft.graph.passwordAuthenticationMethod",
                "id": "28c10230-6103-485e-b985-444c60001490",
                "password": None,
                "createdDateTime": created,
            }
        ]
        if chance.share("authenticator", user["id"]) < 0.8:
            methods.append(
                {
                    "@odata.type": "#microsoft.graph.microsoftAuthenticatorAuthenticationMethod",
                    "id": chance.guid("authenticator", user["id"]),
                    "displayName": "Phone",
                    "deviceTag": "SoftwareTokenActivated",
                    "phoneAppVersion": "6.8.11",
                    "createdDateTime": created,
                }
            )
        return methods

    def _rules(self, asked: Asked, now: int) -> list[Object] | None:
        user = self._user(asked, now)
        if user is None:
            return None
        rules = self._world.holdings.objects("Get-InboxRule", now)
        own = [rule for rule in rules if rule["MailboxOwnerId"].lower() == user["userPrincipalName"].lower()]
        return [self._rule(number, rule) for number, rule in enumerate(own, start=1)]

    def _rule(self, number: int, rule: Object) -> Object:
        """A rule of Exchange as Graph shows it."""
        conditions = {
            "subjectContains": rule.get("SubjectContainsWords"),
            "bodyOrSubjectContains": rule.get("SubjectOrBodyContainsWords"),
            "senderContains": rule.get("From"),
        }
        actions = {
            "moveToFolder": rule.get("MoveToFolder"),
            "forwardTo": _recipients(rule.get("ForwardTo")),
            "redirectTo": _recipients(rule.get("RedirectTo")),
            "delete": rule.get("DeleteMessage"),
            "markAsRead": rule.get("MarkAsRead"),
            "stopProcessingRules": rule.get("StopProcessingRules"),
        }
        return {
            "id": self._world.faults.chance.bits("rule", rule["MailboxOwnerId"], rule["Name"]).hex(),
            "displayName": rule["Name"],
            "sequence": number,
            "isEnabled": rule.get("Enabled", True),
            "hasError": False,
            "isReadOnly": False,
            "conditions": {name: value for name, value in conditions.items() if value is not None},
            "actions": {name: value for name, value in actions.items() if value is not None},
        }

    def _risk_detections(self, asked: Asked) -> Answer:
        if self._world.terms.licence == "free":
            return self._words.error(403, "Forbidden", "Your tenant is not licensed for this feature.")
        now = self._world.clock.now()
        try:
            filter_ = self._risk_filter(asked.query.get("$filter", ""))
        except BadFilter as error:
            return self._words.error(400, "BadRequest", str(error))
        since = max(
            filter_.since if filter_.since is not None else 0, now - _RISK_DAYS[self._world.terms.licence] * DAY
        )
        until = filter_.until if filter_.until is not None else now + DAY
        rows = passing(self._world.holdings.feeds["risk"].between(since, until, now), filter_.tests)
        return self._paged(asked, "riskDetections", [row.body for row in reversed(rows)], most=500)

    def _risk_filter(self, text: str) -> Filter:
        """Activity and detection have the same time here, so either field may be asked for."""
        field = "activityDateTime" if "activityDateTime" in text else "detectedDateTime"
        return read_filter(text, field) if text else Filter(None, None, {}, ())

    def _risky_users(self, asked: Asked) -> Answer:
        if self._world.terms.licence == "free":
            return self._words.error(403, "Forbidden", "Your tenant is not licensed for this feature.")
        now = self._world.clock.now()
        found: dict[str, Object] = {}
        for row in self._world.holdings.feeds["risk"].between(0, now + 1, now):
            risk = msgspec.json.decode(row.body)
            if risk.get("userId"):
                found[risk["userId"]] = {
                    "id": risk["userId"],
                    "userPrincipalName": risk.get("userPrincipalName"),
                    "userDisplayName": risk.get("userDisplayName"),
                    "isDeleted": False,
                    "isProcessing": False,
                    "riskLevel": "low",
                    "riskState": "atRisk",
                    "riskDetail": "none",
                    "riskLastUpdatedDateTime": iso(row.available),
                }
        return self._paged(asked, "riskyUsers", [encode(one) for one in found.values()], most=500)


def _recipients(given: Any) -> list[Object] | None:
    if given is None:
        return None
    names = given if isinstance(given, list) else [given]
    return [{"emailAddress": {"name": name, "address": name}} for name in names]


class _MissingScopes(GraphWords):
    """How the parts of Graph about security say that a permission is missing."""

    def __init__(self, world: World, code: str) -> None:
        super().__init__(world)
        self._code = code

    def forbidden(self, missing: str) -> Answer:
        text = "You cannot perform the requested operation, required scopes are missing in the token."
        return self.error(403, self._code, text, note=f"missing: {missing}")


class _Denied(GraphWords):
    """The same, of the parts that Exchange answers."""

    def forbidden(self, missing: str) -> Answer:
        text = "Access is denied. Check credentials and try again."
        return self.error(403, "ErrorAccessDenied", text, note=f"missing: {missing}")
