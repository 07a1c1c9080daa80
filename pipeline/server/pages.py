"""The built dashboard as static files, with a Content-Security-Policy that allows nothing from other servers."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.base import RequestResponseEndpoint
from starlette.requests import Request
from starlette.types import Scope

from pipeline.server.access import open_link
from pipeline.server.writers import Writers

PAGES = ("/agent",)  # paths the dashboard's own router shows: those of dashboard/src/router.ts
NO_PAGES = ("api/", "ws/", "assets/", "metrics")  # below these programs ask, and a plain 404 is what they understand
SAFE = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
        "connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
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


def add_pages(app: FastAPI, dist: Path, writers: Writers) -> None:
    """Adds the pages, the assets of `dist`, and the security and caching headers of all responses."""
    app.include_router(_page_routes(dist, writers))
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


def _page_routes(dist: Path, writers: Writers) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    def start() -> Response:
        return RedirectResponse("/agent")

    def page(request: Request, key: str | None = None) -> Response:
        if key is not None:
            return open_link(writers, request, key)
        index = dist / "index.html"
        answer = FileResponse(index) if index.is_file() else HTMLResponse(NOT_BUILT, status_code=503)
        if writers.shows_cookie(request.headers):  # renewed with every load: a page in daily use never expires
            writers.give_cookie(answer, request.url.scheme == "https")
        return answer

    for path in PAGES:
        routes.add_api_route(path, page, methods=["GET"])
        routes.add_api_route(path + "/{rest:path}", page, methods=["GET"])
    return routes
