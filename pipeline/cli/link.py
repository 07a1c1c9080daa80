"""`callcoach link`: a new link to the page of the callcoach that runs here, for a page that may only read."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

from pipeline.errors import SettingsError
from pipeline.folders import data_folder
from pipeline.server.serve import ServerSettings
from pipeline.server.tokens import read_token

ANSWER_S = 5.0


def link(settings: ServerSettings) -> None:
    """Who can read the token beside the calls is the user who runs callcoach."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    address = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
    if not settings.token and not (data_folder() / "token").is_file():  # a wrong folder is not to be filled
        raise SettingsError(f"no callcoach has kept calls in {data_folder()} ($CALLCOACH_DATA): it has no token")
    token = read_token(data_folder(), settings.token)
    asked = urllib.request.Request(f"{address}/api/links", b"", {"Authorization": f"Bearer {token}"}, method="POST")
    here = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never by way of another machine
    try:
        with here.open(asked, timeout=ANSWER_S) as answer:
            path = json.load(answer)["path"]
    except urllib.error.HTTPError as error:
        error.close()
        raise SettingsError(
            f"{address} answers {error.code}: no callcoach that keeps its calls in {data_folder()} ($CALLCOACH_DATA)"
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise SettingsError(f"no callcoach answers at {address}: start one, or name its port with --port") from None
    print(f"{address}{path}")
