"""Captured access tokens, checked offline: was this token signed by who it says, with a key that may sign it, in that key's life?

`capture` finds tokens in a file, `keys` reads key lists (JWKS) as a dated store, `check` judges. Nothing is fetched: what a token
points at (``jku``, ``x5u``, its issuer) is text. Nothing that could be used again is shown or kept: neither a token nor its signature.
"""
