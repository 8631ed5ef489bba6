/*
row: >
  one tenant whose own log this case holds records of. No statement of a collection says of which tenant it is, so where there are two, none proves
  that anything is whole.
nulls: a record that names no tenant may be of any; only two names are two.
kept: true
sources: [https://github.com/MicrosoftDocs/office-365-management-api/blob/master/office-365-management-api/office-365-management-activity-api-schema.md]
*/
SELECT DISTINCT tenant
FROM (
    SELECT DISTINCT LOWER(organization_id) AS tenant FROM audit_events WHERE organization_id <> ''
    UNION ALL
    SELECT DISTINCT LOWER(resource_tenant_id) AS tenant FROM signins WHERE LOWER(cross_tenant_access_type) = 'none' AND resource_tenant_id <> ''
) AS named
WHERE tenant <> '00000000-0000-0000-0000-000000000000'
