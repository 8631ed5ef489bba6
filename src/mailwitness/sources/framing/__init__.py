"""Framing: evidence bytes into frames, one vendor record each, with its exact place. Knows layouts, not formats."""
