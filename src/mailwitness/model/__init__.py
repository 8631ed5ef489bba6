"""Declarations only: tables, evidence, findings. Imports nothing of ours and no engine."""
