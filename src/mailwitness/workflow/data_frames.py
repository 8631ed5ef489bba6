"""Doing without data frames in processes of our own.

PyArrow imports pandas and NumPy wherever they are installed, as soon as it makes an array. That takes a quarter of a second of
every process, and nothing here uses them. A program that uses mailwitness from Python keeps its own.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder


class _Absent(MetaPathFinder):
    def find_spec(self, name: str, path: object, target: object = None) -> None:
        if name in ("pandas", "numpy"):
            raise ModuleNotFoundError(f"mailwitness does without {name} in a process of its own", name=name)


def do_without_data_frames() -> None:
    """From here on this process finds no pandas and no NumPy. Only for a process that runs nothing but ours."""
    sys.meta_path.insert(0, _Absent())
