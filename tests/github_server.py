"""A local HTTP server that behaves like GitHub's API, as far as the comment needs it, faults included."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "ghs_0123456789abcdefSECRET"  # noqa: S105 - of nobody
BOT = {"login": "github-actions[bot]", "type": "Bot"}
COMMIT = "a" * 40
REPOSITORY = "octo/shop"


@dataclasses.dataclass
class Fault:
    """What goes wrong with the next request that it is about, and how often."""

    about: str
    """``METHOD path``, as a pattern."""
    status: int = 0
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    message: str = "a fault"
    truncated: bool = False
    after: bool = False
    """The request is done, and the answer says otherwise."""
    times: int = 1
    then: Callable[[], None] | None = None


class Hub:
    """The state of one repository."""

    def __init__(self) -> None:
        self.pulls: list[dict[str, Any]] = []
        self.comments: list[dict[str, Any]] = []
        self.artifacts: dict[int, bytes] = {}
        self.runs: list[dict[str, Any]] = []
        self.faults: list[Fault] = []
        self.requests: list[str] = []
        self.leaked: list[str] = []
        self.page = 2
        self.viewer = "github-actions[bot]"
        self.url = ""

    def pull(self, number: int, *, sha: str = COMMIT, head: str = REPOSITORY, **more: Any) -> dict[str, Any]:
        """Add a pull request."""
        made = {
            "number": number,
            "state": "open",
            "draft": False,
            "head": {"sha": sha, "ref": "topic", "repo": {"full_name": head}},
            "base": {"ref": "main"},
            **more,
        }
        self.pulls.append(made)
        return made

    def comment(self, body: str, user: dict[str, str], number: int = 7) -> dict[str, Any]:
        """Add a comment."""
        made = {"id": 100 + len(self.comments), "issue": number, "body": body, "user": user}
        self.comments.append(made)
        return made

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Any:  # noqa: PLR0911
        """The document of one request; None where there is nothing."""
        at = f"/repos/{REPOSITORY}"
        if (method, path) == ("POST", "/graphql"):
            return {"data": {"viewer": {"login": self.viewer}}}
        if (method, path) == ("GET", f"{at}/pulls"):
            owner, branch = query["head"].split(":")
            return [
                one
                for one in self.pulls
                if one["state"] == query["state"]
                and one["head"]["ref"] == branch
                and one["head"]["repo"]["full_name"].startswith(f"{owner}/")
            ]
        if match := re.fullmatch(rf"{at}/pulls/(\d+)", path):
            return next(one for one in self.pulls if one["number"] == int(match[1]))
        if match := re.fullmatch(rf"{at}/issues/(\d+)/comments", path):
            if method == "POST":
                return self.comment(body["body"], BOT, int(match[1]))
            return [one for one in self.comments if one["issue"] == int(match[1])]
        if match := re.fullmatch(rf"{at}/issues/comments/(\d+)", path):
            found = next((one for one in self.comments if one["id"] == int(match[1])), None)
            if found is not None:
                found.update(body)
            return found
        if match := re.fullmatch(rf"{at}/actions/runs/(\d+)/artifacts", path):
            there = int(match[1]) in self.artifacts
            listed = [{"id": int(match[1]) * 10, "name": query["name"], "expired": False}] if there else []
            return {"total_count": len(listed), "artifacts": listed}
        if path == f"{at}/actions/workflows/5/runs":
            return {"workflow_runs": [one for one in self.runs if one["head_branch"] == query["branch"]]}
        return None

    def requested(self, method: str) -> list[str]:
        """Paths of all requests with a method."""
        return [one.split(" ")[1] for one in self.requests if one.startswith(f"{method} ")]


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self.hub.requests.append(f"{self.command} {url.path}")
        query = {key: values[-1] for key, values in parse_qs(url.query).items()}
        length = int(self.headers.get("content-length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        fault = self._fault(f"{self.command} {url.path}")
        if fault and fault.status and not fault.after:
            self._send(fault.status, {"message": fault.message}, fault.headers)
        elif url.path.startswith("/store/"):
            if "authorization" in self.headers:
                self.hub.leaked.append(self.path)
            self._send_bytes(200, self.hub.artifacts[int(url.path.removeprefix("/store/"))], {}, cut=bool(fault))
        elif self.headers.get("authorization") != f"Bearer {TOKEN}":
            self._send(401, {"message": f"Bad credentials {self.headers.get('authorization')}"})
        elif match := re.search(r"/actions/artifacts/(\d+)/zip$", url.path):
            self._send(302, {}, {"location": f"{self.hub.url}/store/{int(match[1]) // 10}?signature=SIGNED"})
        else:
            value = self.hub.answer(self.command, url.path, query, body)
            if fault and fault.after:
                self._send(fault.status, {"message": fault.message})
            elif value is None:
                self._send(404, {"message": "Not Found"})
            else:
                self._send_paged(url.path, query, value, cut=bool(fault and fault.truncated))

    do_POST = do_PATCH = do_GET  # noqa: N815 - names of the standard library

    def _send_paged(self, path: str, query: dict[str, str], value: Any, *, cut: bool) -> None:
        headers = {}
        if isinstance(value, list):
            page = int(query.get("page", 1))
            if len(value) > page * self.hub.page:
                rest = "&".join(f"{key}={one}" for key, one in {**query, "page": str(page + 1)}.items())
                headers["link"] = f'<{self.hub.url}{path}?{rest}>; rel="next", <{self.hub.url}{path}>; rel="first"'
            value = value[(page - 1) * self.hub.page : page * self.hub.page]
        self._send_bytes(200, json.dumps(value).encode(), headers, cut=cut)

    def _fault(self, request: str) -> Fault | None:
        for fault in self.hub.faults:
            if re.fullmatch(fault.about, request) and fault.times > 0:
                fault.times -= 1
                if fault.then:
                    fault.then()
                return fault
        return None

    def _send(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        self._send_bytes(status, json.dumps(value).encode(), headers or {})

    def _send_bytes(self, status: int, content: bytes, headers: dict[str, str], *, cut: bool = False) -> None:
        self.send_response_only(status)  # a date only where the test gives one
        for name, value in {**headers, "content-length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if cut else content)
        if cut:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Silence."""


@contextmanager
def serve(hub: Hub) -> Iterator[Hub]:
    """The server, on a port of its own."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def zipped(files: dict[str, str | bytes], *, links: tuple[str, ...] = ()) -> bytes:
    """A zip file; members of ``links`` are symbolic links."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            member = zipfile.ZipInfo(name)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = (0o120777 if name in links else 0o100644) << 16
            archive.writestr(member, content)
    return buffer.getvalue()
