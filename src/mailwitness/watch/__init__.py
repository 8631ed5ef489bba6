"""Watching a case: what changed since the last look, which log fell silent, and who is told, each once.

    alert.py      what one message says, and what it keeps back
    changes.py    findings now against findings as they were told
    silence.py    logs that deliver nothing for longer than their own rhythm
    memory.py     what was told to whom: one SQLite file in the case folder
    channels/     one module per way of telling
    prometheus.py the numbers of a run as a text file
    secrets.py    where a secret is handed over

Knows findings and tables only as rows that the workflow hands in.
"""
