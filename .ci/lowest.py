"""Print the lowest versions that pyproject.toml allows, as constraints for pip.

usage: python .ci/lowest.py [EXTRA ...] >constraints.txt
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

REQUIREMENT = re.compile(r"([\w.-]+)(?:\[[\w,]+\])?>=([\w.]+)")


def lowest(extras: list[str]) -> Iterator[str]:
    """One line `name==version` per requirement of the package and of these extras."""
    text = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    optional = project["optional-dependencies"]
    for requirement in (
        *project["dependencies"],
        *(one for name in extras for one in optional[name]),
    ):
        if found := REQUIREMENT.match(requirement):
            yield f"{found[1]}=={found[2]}"


if __name__ == "__main__":
    sys.stdout.write("".join(f"{line}\n" for line in lowest(sys.argv[1:])))
