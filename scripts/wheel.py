"""Build hook of the wheel: includes the built dashboard, so that installing the wheel needs no Node.

https://hatch.pypa.io/latest/plugins/build-hook/custom/
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DashboardHook(BuildHookInterface[Any]):
    """Includes the dashboard, except in an editable install, which finds it in the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Ends the build with one line when the dashboard is not built."""
        if version == "editable":
            return
        built = Path(self.root, "dashboard", "dist")
        if not (built / "index.html").is_file():
            raise SystemExit("callcoach: the dashboard is not built, and the wheel needs it: run `make setup`")
        build_data["force_include"][str(built)] = "pipeline/resources/dashboard"
