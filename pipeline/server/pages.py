"""The built dashboard as static files, with a Content-Security-Policy that allows nothing from other servers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.base import RequestResponseEndpoint
from starlette.requests import Request
from starlette.types import Scope

from pipeline.people.audit import Deed
from pipeline.people.entrance import Opened
from pipeline.people.permissions import Action, MachineRole, Role
from pipeline.server.gate import Asker, Gate, origin_of
from pipeline.server.needs import gate_of
from pipeline.server.sign_in import opened_by

# Paths the dashboard's own router shows, those of dashboard/src/router.ts, and what they need.
PAGES = {
    "/agent/calls": Action.REVIEW_ANSWER,
    "/agent": Action.CALL_READ,
    "/admin/tokens": Action.TOKENS_READ,
    "/admin/desks": Action.DESKS_READ,
    "/admin/settings": Action.TEAM_SETTINGS_READ,
    "/admin/audit": Action.AUDIT_READ,
    "/admin": Action.PEOPLE_READ,  # and all below it that has no line of its own
    "/qa/import": Action.CALL_IMPORT,
    "/qa/appeals": Action.REVIEW_READ,
    "/qa/calls": Action.REVIEW_READ,
    "/qa/rules": Action.RULES_READ,
    "/qa": Action.CALL_IMPORT,
    "/floor": Action.FLOOR_WATCH,
    "/me": Action.SELF,
}
HOMES: Mapping[Role | MachineRole, str] = MappingProxyType(
    {Role.AGENT: "/agent", Role.QA: "/qa", Role.LEAD: "/floor", Role.ADMIN: "/admin"}
)
NO_PAGES = ("api/", "ws/", "assets/", "metrics")  # below these programs ask, and a plain 404 is what they understand
SAFE = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
        "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
        "form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "microphone=(self), display-capture=(self), camera=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
NOT_BUILT = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>callcoach</title>
<body style="font:16px/1.6 system-ui,sans-serif;max-width:40em;margin:4em auto;padding:0 1em">
<h1>页面还没有构建</h1><p>在项目目录运行 <code>make setup</code>，然后刷新本页。服务器本身工作正常。</p>
<h2>The dashboard is not built</h2><p>Run <code>make setup</code> in the project folder and reload this page.
The server itself works: see <a href="/api/calls">/api/calls</a>.</p></body></html>"""


class _Assets(StaticFiles):
    """Static files of a folder that may be built after the server was started."""

    async def check_config(self) -> None:
        pass

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Whoever mistyped an address in a browser gets the dashboard, which says so and leads on; still a 404."""
        try:
            return await super().get_response(path, scope)
        except HTTPException as error:
            index = Path(str(self.directory)) / "index.html"
            is_page = "text/html" in Headers(scope=scope).get("accept", "") and not path.startswith(NO_PAGES)
            if error.status_code != 404 or not is_page or not index.is_file():
                raise
            return FileResponse(index, status_code=404)


def add_pages(app: FastAPI, dist: Path) -> None:
    """Adds the pages, the assets of `dist`, and the security and caching headers of all responses."""
    app.include_router(_page_routes(dist))
    # Open, as the sign-in page is: this is the program, the same for everybody, and nothing of anybody.
    app.mount("/", _Assets(directory=dist, check_dir=False), name="dashboard")

    @app.middleware("http")
    async def add_headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        for name, value in SAFE.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", _kept_for(request.url.path, response.status_code))
        return response


def _kept_for(path: str, status: int) -> str:
    """Cache-Control: assets have a hash in their names, pages must be revalidated, data of calls is never stored."""
    if path.startswith(("/api/", "/metrics")):
        return "no-store"
    return "max-age=31536000, immutable" if path.startswith("/assets/") and status == 200 else "no-cache"


def _page_routes(dist: Path) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    def page() -> Response:
        index = dist / "index.html"
        return FileResponse(index) if index.is_file() else HTMLResponse(NOT_BUILT, status_code=503)

    @routes.get("/login")
    def sign_in_page() -> Response:
        return page()

    @routes.get("/")
    async def start(asker: Annotated[Asker, Depends(needs_page(Action.SELF))], request: Request) -> Response:
        rest = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(HOMES[asker.person.role] + rest)

    for path, action in PAGES.items():
        for route in (path, path + "/{rest:path}"):
            routes.add_api_route(route, page, methods=["GET"], dependencies=[Depends(needs_page(action))])
    return routes


def needs_page(action: Action) -> PageNeed:
    return PageNeed(action)


@dataclass(frozen=True, slots=True)
class PageNeed:
    """As Need, for a page: nobody that is known is led to the sign-in page, and who may not see it to their own."""

    action: Action

    async def __call__(self, request: Request) -> Asker:
        gate = gate_of(request)
        if (key := request.query_params.get("key")) is not None:
            raise await self._led_on(request, gate, await opened_by(gate, request, key))
        asker = await gate.asker(request)
        if asker is None:
            raise HTTPException(303, "sign in", {"Location": "/login?" + urlencode({"next": _here(request)})})
        if not asker.person.may(self.action):
            await gate.note_refused(asker, self.action, None, asker.origin)
            home = HOMES.get(asker.person.role)
            raise HTTPException(303 if home else 403, "not permitted", {"Location": home} if home else None)
        return asker

    async def _led_on(self, request: Request, gate: Gate, opened: Opened | None) -> HTTPException:
        """On to the page without the key, to keep it out of the history; with a session where the key was good.

        Whoever has opened a link and clicks it again is still signed in; anybody else is told that it is gone.
        """
        headers = {"Location": _here(request), "Cache-Control": "no-store"}
        if opened is None and await gate.asker(request) is None:
            await gate.note_refused(None, Deed.LINK_USED, None, origin_of(request))
            headers["Location"] = "/login?" + urlencode({"link": "gone", "next": _here(request)})
        if opened is not None:
            person, answer = opened.signed_in.person, Response()
            if not person.may(self.action):
                headers["Location"] = HOMES[person.role]
            gate.cookie.give(answer, opened.secret, request)
            headers["Set-Cookie"] = answer.headers["set-cookie"]
        return HTTPException(303, "signed in", headers)


def _here(request: Request) -> str:
    rest = urlencode([(name, value) for name, value in request.query_params.multi_items() if name != "key"])
    return request.url.path + (f"?{rest}" if rest else "")
