"""What can be wrong with what a plan is made of, beyond the definition: stable code -> meaning."""

from __future__ import annotations

from types import MappingProxyType

CODES = MappingProxyType({"E801": "a file of daily traffic that cannot be used"})
