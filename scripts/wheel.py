"""Build hook of the wheel: takes the built dashboard along, so that a machine with the wheel needs no Node.

https://hatch.pypa.io/latest/plugins/build-hook/custom/
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DashboardHook(BuildHookInterface[Any]):
    """An editable install finds the dashboard in the checkout and takes nothing."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Ends the build with one line where the dashboard is not built."""
        if version == "editable":
            return
        built = Path(self.root, "dashboard", "dist")
        if not (built / "index.html").is_file():
            raise SystemExit("callcoach: the dashboard is not built, and the wheel needs it: run `make setup`")
        build_data["force_include"][str(built)] = "pipeline/resources/dashboard"
