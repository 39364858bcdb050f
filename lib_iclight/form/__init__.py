"""The form of a subject: its normals, told from its matte or read from a normal map; nothing here is a network."""

from __future__ import annotations

from lib_iclight.form.from_matte import normals
from lib_iclight.form.normal_map import UNKNOWN, read_normal_map, turn_normal_map
from lib_iclight.form.vectors import Normals

__all__ = ["UNKNOWN", "Normals", "normals", "read_normal_map", "turn_normal_map"]
