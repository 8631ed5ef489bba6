"""The case folder: evidence, ledger, custody, tables. Knows nothing of formats."""
