"""Dated facts as data files: each says where it was read and when. Nothing here is code."""
