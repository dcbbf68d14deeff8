"""What was chosen on a page as part of its address, and back."""

from __future__ import annotations

import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping

Chosen = Mapping[str, str]

LONGEST = 60_000
"""Letters of an address, which servers and browsers take without complaint."""

_MOST = 400_000


def pack(chosen: Chosen) -> str:
    r"""The choices as letters that an address may hold; ValueError where they are too many.

    >>> unpack(pack({"paste": "a\tb", "month": "900"}))
    {'paste': 'a\tb', 'month': '900'}
    """
    plain = json.dumps({key: value for key, value in chosen.items() if value}, ensure_ascii=False)
    told = urlsafe_b64encode(zlib.compress(plain.encode("utf-8", "replace"), 9)).decode()
    if len(told) > LONGEST:
        raise ValueError(f"{len(told)} letters are more than an address holds")
    return told.rstrip("=")


def unpack(told: str) -> dict[str, str]:
    """The choices that an address holds; none where it holds something else.

    >>> unpack(""), unpack("something else")
    ({}, {})
    """
    try:
        narrow = urlsafe_b64decode(told[:LONGEST] + "=" * (-len(told) % 4))
        plain = json.loads(zlib.decompressobj().decompress(narrow, _MOST))
    except (ValueError, zlib.error):
        return {}
    if not isinstance(plain, dict):
        return {}
    return {key: value for key, value in plain.items() if isinstance(value, str)}
