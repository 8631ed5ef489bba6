"""A tenant that knows the truth: its logs in the vendor's export formats, and what really happened beside them.

One way, three layers: what happened (`acts`, made by `life` and `staging`), what the service recorded of it (`service`), what the
exports hold (`exports`). `truth` writes all three down, `score` holds a case's findings against them. Nothing here knows the readers of
`sources`: the writers share only declared facts with them, so that a common misunderstanding cannot hide.
"""
