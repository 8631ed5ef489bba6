"""Engines that answer SQL over a case's tables: one module each."""
