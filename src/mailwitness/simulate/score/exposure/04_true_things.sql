/* One message, folder or message with attachments that somebody obtained from a mailbox. ``is_alias``: the same under another name. */
SELECT 'message' AS kind, actor, any_value(mailbox) AS mailbox, thing, thing AS counted_as, FALSE AS is_alias,
       min(folder) AS folder, max(scenario) AS scenario, bool_or(exported) AS exported, min(key) AS key, min(time) AS time
FROM (SELECT actor, mailbox, message_name(unnest(messages)) AS thing, folder, scenario, exported, key, time
      FROM accesses WHERE how <> 'attachment')
GROUP BY actor, thing
UNION ALL
SELECT 'attachment', actor, any_value(mailbox), thing, thing, FALSE, min(folder), max(scenario), bool_or(exported), min(key), min(time)
FROM (SELECT actor, mailbox, message_name(unnest(messages)) AS thing, folder, scenario, exported, key, time
      FROM accesses WHERE how = 'attachment')
GROUP BY actor, thing
UNION ALL
SELECT 'attachment', actor, any_value(mailbox), thing, message, TRUE, min(folder), max(scenario), bool_or(exported), min(key), min(time)
FROM (SELECT actor, mailbox, item_name(unnest(item_ids)) AS thing, message_name(unnest(messages)) AS message, folder, scenario, exported,
             key, time
      FROM accesses WHERE how = 'attachment')
GROUP BY actor, thing, message
UNION ALL
SELECT 'folder', actor, any_value(mailbox), folder, folder, FALSE, folder, max(scenario), bool_or(exported), min(key), min(time)
FROM accesses WHERE how = 'sync'
GROUP BY actor, folder
