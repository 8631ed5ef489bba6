/* One message, folder or message with attachments that somebody obtained from a mailbox. ``is_alias``: the same under another name. */
SELECT 'message' AS kind, actor, any_value(doer) AS doer, thing, thing AS counted_as, FALSE AS is_alias, min(folder) AS folder,
       max(scenario) AS scenario, bool_or(exported) AS exported, min(access) AS access, min(time) AS time
FROM (SELECT actor, doer, hash(message_name(unnest(messages))) AS thing, hash(folder) AS folder, scenario, exported, access, time
      FROM accesses WHERE how <> 'attachment')
GROUP BY actor, thing
UNION ALL
SELECT 'attachment', actor, any_value(doer), thing, message, bool_and(is_alias), min(folder), max(scenario), bool_or(exported), min(access),
       min(time)
FROM (SELECT actor, doer, hash(message_name(unnest(messages))) AS message, message AS thing, FALSE AS is_alias, hash(folder) AS folder,
             scenario, exported, access, time
      FROM accesses WHERE how = 'attachment'
      UNION ALL
      SELECT actor, doer, hash(message_name(unnest(messages))), hash(item_name(unnest(item_ids))), TRUE, hash(folder), scenario, exported,
             access, time
      FROM accesses WHERE how = 'attachment')
GROUP BY actor, thing, message
UNION ALL
SELECT 'folder', actor, any_value(doer), hash(folder), hash(folder), FALSE, hash(folder), max(scenario), bool_or(exported), min(access),
       min(time)
FROM accesses WHERE how = 'sync'
GROUP BY actor, folder
