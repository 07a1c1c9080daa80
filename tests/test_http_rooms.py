"""Types of what is asked over HTTP, by room: each once, common to rooms that share it, imported by those."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.http_rooms import http_files
from scripts.typescript import OpenApi

ID = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}


def document(*paths: str, **schemas: Any) -> OpenApi:
    """Each path answers the schema of its last part."""
    answers = {path: {"$ref": f"#/components/schemas/{path.rsplit('/', 1)[1]}"} for path in paths}
    return OpenApi(
        {
            "paths": {
                path: {"get": {"responses": {"200": {"content": {"application/json": {"schema": answer}}}}}}
                for path, answer in answers.items()
            },
            "components": {"schemas": schemas},
        },
        frozenset({"Case"}),
    )


def holding(*names: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name.lower(): {"$ref": f"#/components/schemas/{name}"} for name in names},
        "required": [name.lower() for name in names],
    }


def test_each_type_stands_once_in_its_room_or_in_common() -> None:
    told = document(
        "/api/floor/Wall", "/api/qa/List", "/api/qa/Row",
        Wall=holding("Shared", "Case"), List=holding("Row"), Row=holding("Shared"), Shared=ID, Unused=ID,
    )  # fmt: skip
    files = http_files(told, {"../floor": frozenset({"Case"})})
    assert "export interface Shared {" in files["common.ts"]
    assert 'import type { Case } from "../floor"\nimport type { Shared } from "./common"\n' in files["floor.ts"]
    assert 'import type { Shared } from "./common"\n' in files["qa.ts"]
    everything = "".join(files.values())
    for name in ("Wall", "List", "Row", "Shared"):
        assert everything.count(f"export interface {name} {{") == 1
    assert "Unused" not in everything
    assert '  "GET /api/floor/Wall": {\n    answers: { 200: Wall }\n  }\n' in files["floor.ts"]
    assert 'export type * from "./floor"\n' in files["index.ts"]


def test_a_route_without_a_room_is_refused() -> None:
    with pytest.raises(ValueError, match="no room for GET /api/garden/Id"):
        http_files(document("/api/garden/Id", Id=ID), {})
