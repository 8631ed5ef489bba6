"""Captured access tokens and dated key lists (scenario G16), beside the logs of the tenant in which the tokens are said to have been used.

``exports/captured/tokens.jwt`` holds a token a line, as somebody copied them from a computer's memory; ``keys-<day>.json`` is the issuer's key list as
it was saved on that day, with its address and moment. Some tokens are those of recorded sign-ins, the others are altered, forged, or of
another use; ``truth/captured_tokens.jsonl`` says of each what it truly is (`kinds`).

All keys are invented: they are made from the seed, and sign for nobody. Needs the extra ``tokens`` (cryptography).

Sources:
    - https://learn.microsoft.com/entra/identity-platform/access-tokens   (claims, issuers, key lists)
    - https://www.rfc-editor.org/rfc/rfc7515 ; rfc7517
    - https://www.microsoft.com/en-us/security/blog/2023/07/14/analysis-of-storm-0558-techniques-for-unauthorized-email-access/
"""
