"""Logs and settings out of a live tenant, into a folder that is evidence: exactly what a customer could hand over.

The unit of progress is a window of one feed, kept in a ledger with its state; never a cursor. A window is done when its bodies lie on the
disk byte for byte and something proves that they are all; otherwise it is a gap with a reason. What a folder holds::

    ledger.sqlite                          units, attempts, bodies, content ids, the service's clock
    raw/<feed>/<window>-<sha16>.json       the bodies of one unit, one after another, a line feed after each
    settings/<date>/<what>-<sha16>.json    snapshots of settings
    collection-statement.jsonl             what was asked for and what came, in the form that the case reads
    manifest.jsonl                         every file with its hash and its request, each line bound to the one before

It knows no reader, table or case.
"""
