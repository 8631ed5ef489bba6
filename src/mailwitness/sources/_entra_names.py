"""Names of Entra log fields: Graph's own, and those that Log Analytics and the diagnostic settings give them.

Matching is without case, because SDK objects are UpperCamel, Log Analytics columns too, and some collectors write all lower case.

Sources:
    - https://learn.microsoft.com/en-us/graph/api/resources/signin?view=graph-rest-beta
    - https://learn.microsoft.com/en-us/graph/api/resources/directoryaudit
    - https://learn.microsoft.com/en-us/azure/azure-monitor/reference/tables/signinlogs
    - https://learn.microsoft.com/en-us/azure/azure-monitor/reference/tables/auditlogs
    - https://learn.microsoft.com/en-us/azure/azure-monitor/reference/tables/microsoftgraphactivitylogs
"""

from __future__ import annotations

_GRAPH_NAMES = """
id createdDateTime userDisplayName userPrincipalName userId userType appId appDisplayName ipAddress clientAppUsed userAgent
ipAddressFromResourceProvider autonomousSystemNumber correlationId conditionalAccessStatus appliedConditionalAccessPolicies
originalRequestId isInteractive tokenIssuerName tokenIssuerType clientCredentialType processingTimeInMilliseconds riskDetail
riskLevelAggregated riskLevelDuringSignIn riskState riskEventTypes riskEventTypes_v2 resourceDisplayName resourceId
resourceTenantId resourceOwnerTenantId resourceServicePrincipalId homeTenantId homeTenantName appOwnerTenantId
authenticationMethodsUsed authenticationRequirement authenticationRequirementPolicies authenticationDetails
authenticationProcessingDetails authenticationProtocol alternateSignInName signInIdentifier signInIdentifierType
signInEventTypes servicePrincipalId servicePrincipalName servicePrincipalCredentialKeyId
servicePrincipalCredentialThumbprint federatedCredentialId uniqueTokenIdentifier incomingTokenType originalTransferMethod
crossTenantAccessType sessionId sessionLifetimePolicies signInTokenProtectionStatus tokenProtectionStatusDetails
flaggedForReview isTenantRestricted isThroughGlobalSecureAccess globalSecureAccessIpAddress managedServiceIdentity
managedIdentityType networkLocationDetails deviceDetail location mfaDetail status agent appliedEventListeners
privateLinkDetails authenticationContextClassReferences authenticationAppDeviceDetails
errorCode failureReason additionalDetails city state countryOrRegion geoCoordinates latitude longitude altitude deviceId
displayName operatingSystem browser isCompliant isManaged trustType authMethod authDetail
authenticationStepDateTime authenticationMethod authenticationMethodDetail succeeded authenticationStepResultDetail
authenticationStepRequirement enforcedGrantControls enforcedSessionControls result conditionsSatisfied conditionsNotSatisfied
activityDateTime activityDisplayName category resultReason operationType loggedByService initiatedBy targetResources user app
type modifiedProperties oldValue newValue groupType administrativeUnits roles key value
requestId operationId clientRequestId apiVersion requestMethod requestUri responseStatusCode responseSizeBytes durationMs
signInActivityId tokenIssuedAt scopes wids identityProvider clientAuthMethod timeGenerated atContent
additionalProperties
conditions grantControls sessionControls modifiedDateTime templateId description builtInControls operator
clientAppTypes applications users locations platforms devices signInRiskLevels userRiskLevels servicePrincipalRiskLevels
includeApplications excludeApplications includeUsers excludeUsers includeGroups excludeGroups includeRoles excludeRoles
includeLocations excludeLocations includePlatforms excludePlatforms includeUserActions customAuthenticationFactors termsOfUse
disableResilienceDefaults signInFrequency persistentBrowser cloudAppSecurity applicationEnforcedRestrictions
authenticationStrength clientApplications
"""

GRAPH = {name.lower(): name for name in _GRAPH_NAMES.split()}
"""Lower case → the name as Graph writes it."""

TABLE_COLUMNS = {
    "originalrequestid": "id",  # of a sign-in, where Id itself is missing: columns are taken in the order written
    "resourceidentity": "resourceId",
    "resourceid": "armResourceId",  # the ARM path of the tenant, not the resource signed in to
    "location": "countryCode",
    "locationdetails": "location",
    "conditionalaccesspolicies": "appliedConditionalAccessPolicies",
    "resulttype": "resultType",
    "resultdescription": "resultDescription",
    "aadoperationtype": "operationType",
    "operationname": "operationName",
    "calleripaddress": "ipAddress",
    "time": "time",
}
"""Log Analytics column or key of the diagnostic wrapper, lower case → Graph's name, where it is another."""

KINDS: dict[str, tuple[str, str | None]] = {
    "signinlogs": ("signin", "interactive"),
    "noninteractiveusersigninlogs": ("signin", "non_interactive"),
    "serviceprincipalsigninlogs": ("signin", "service_principal"),
    "microsoftserviceprincipalsigninlogs": ("signin", "service_principal"),
    "managedidentitysigninlogs": ("signin", "managed_identity"),
    "adfssigninlogs": ("signin", None),
    "auditlogs": ("directory_audit", None),
    "microsoftgraphactivitylogs": ("graph_activity", None),
}
"""Diagnostic category, or Log Analytics table without its ``AAD``, lower case → family and sign-in stream."""

STREAMS = {
    "interactiveuser": "interactive",
    "noninteractiveuser": "non_interactive",
    "serviceprincipal": "service_principal",
    "managedidentity": "managed_identity",
}
"""Graph's ``signInEventTypes``, lower case → stream."""


def graph_name(key: str) -> str:
    """The name as Graph writes it; of a name that is not known, the same with its first letter in lower case."""
    known = GRAPH.get(key.lower())
    if known is not None:
        return known
    return key[:1].lower() + key[1:]
