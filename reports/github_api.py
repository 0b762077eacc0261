"""GitHub's REST API over httpx: patient with faults, sparing with what it reads, silent about the token."""

from __future__ import annotations

import contextlib
import dataclasses
import email.utils
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from .errors import ForewarnError, UsageError
from .texts import one_line

if TYPE_CHECKING:
    import httpx

#: Bytes of one answer, without artifacts; pages of one list.
_ANSWER = 32 << 20
_PAGES = 50
_ATTEMPTS = 6
#: Seconds: the longest wait that is worth it in a job that is paid by the minute.
_PATIENCE = 120.0
_NEXT = re.compile(r'<([^>]+)>;\s*rel="next"')
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class GitHubError(ForewarnError):
    """GitHub refused, or could not be reached after several attempts.

    Attributes:
        status: of the answer; 0 where there was none.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, *, status: int = 0, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class UncertainError(GitHubError):
    """Something was sent, and whether it was done is not known."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Patience:
    """How to wait: both are parameters, so that tests need no time."""

    sleep: Callable[[float], None]
    random: Callable[[], float]
    """From 0 to 1."""


class GitHub:
    """One repository's API.

    Args:
        url: of the API, such as ``https://api.github.com``.
        graphql: of the other API.
        token: never printed, and sent to the API alone.
        patience: how to wait between attempts.
    """

    def __init__(self, url: str, graphql: str, token: str, patience: Patience) -> None:
        try:
            import httpx  # noqa: PLC0415 - an extra, and slow to import
        except ImportError as error:
            raise UsageError(
                "httpx is not installed, which `forewarn comment` needs", hint="install forewarn[github]"
            ) from error
        self._httpx = httpx
        self._url = url.rstrip("/")
        self._graphql = graphql
        self._token = token
        self._patience = patience
        self._client = httpx.Client(timeout=30, headers={"User-Agent": "forewarn"})

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def login(self) -> str:
        """The login that the token writes as. The REST API does not tell it to an app's token."""
        answer = self._json("POST", self._graphql, body={"query": "query { viewer { login } }"})[0]
        try:
            login = answer["data"]["viewer"]["login"]
        except (KeyError, TypeError):
            login = None
        if not isinstance(login, str) or not login:
            raise GitHubError("GitHub does not say whose token this is")
        return login

    def get(self, path: str, **query: str | int) -> Any:
        """The JSON of one answer."""
        return self._json("GET", f"{self._url}{path}", query=query)[0]

    def pages(self, path: str, *, inside: str | None = None, **query: str | int) -> Iterator[dict[str, Any]]:
        """Every object of a list, through all of its pages.

        Args:
            path: of the first page.
            inside: the field that holds the list, where the answer is an object.
            query: of the first page.
        """
        url, fields = f"{self._url}{path}", {"per_page": 100, **query}
        for _ in range(_PAGES):
            value, headers = self._json("GET", url, query=fields)
            if inside is not None:
                value = value.get(inside) if isinstance(value, dict) else None
            if not isinstance(value, list):
                raise GitHubError(f"GET {path}: GitHub answered with something else than a list")
            yield from (one for one in value if isinstance(one, dict))
            following = _NEXT.search(headers.get("link", ""))
            if following is None:
                return
            url, fields = self._same_host(following[1]), {}
        raise GitHubError(f"GET {path}: more than {_PAGES} pages")

    def send(self, method: str, path: str, body: Mapping[str, Any], *, repeatable: bool = True) -> Any:
        """Send JSON, and return the answer's.

        Args:
            method: such as ``PATCH``.
            path: of the API.
            body: what is sent.
            repeatable: whether doing it twice does no harm.

        Raises:
            UncertainError: it is not repeatable, and may or may not have been done.
            GitHubError: it was refused.
        """
        return self._json(method, f"{self._url}{path}", body=body, repeatable=repeatable)[0]

    def download(self, path: str, file: Path, limit: int) -> None:
        """Write what an address of the API leads to into a file.

        Raises:
            GitHubError: it is larger than ``limit`` bytes, or cannot be had.
        """
        for attempt in range(_ATTEMPTS):
            reason = wait = None
            try:
                reason, wait = self._download(path, file, limit)
            except self._httpx.TransportError as error:
                reason = type(error).__name__
            if reason is None:
                return
            self._wait(attempt, wait, f"GET {path}: {reason}")

    def _download(self, path: str, file: Path, limit: int) -> tuple[str | None, float | None]:
        """One attempt: why it is to be repeated, and when."""
        answer = self._request("GET", f"{self._url}{path}", {}, None)
        if answer.status_code not in _REDIRECTS:
            return self._transient("GET", path, answer)
        target = answer.headers.get("location", "")
        if urlsplit(target).scheme not in {"https", urlsplit(self._url).scheme}:
            raise GitHubError(f"GET {path}: it leads to an address without encryption")
        # The store that holds artifacts is another host: it gets no token. Its address holds a signature: not shown.
        with self._client.stream("GET", target, follow_redirects=False) as stream:
            if stream.status_code != 200:
                return f"the store of artifacts answered {stream.status_code}", None
            size = 0
            with file.open("wb") as out:
                for chunk in stream.iter_bytes(1 << 16):
                    size += len(chunk)
                    if size > limit:
                        raise GitHubError(f"GET {path}: the artifact is larger than {limit >> 20} MiB")
                    out.write(chunk)
        return None, None

    def _json(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        repeatable: bool = True,
    ) -> tuple[Any, Mapping[str, str]]:
        path = urlsplit(url).path
        for attempt in range(_ATTEMPTS):
            reason: str | None
            wait: float | None = None
            try:
                answer = self._request(method, url, query or {}, body)
                reason, wait = self._transient(method, path, answer)
                done = answer.status_code >= 500
                if reason is None:
                    with contextlib.suppress(ValueError, RecursionError):
                        return json.loads(answer.content), answer.headers
                    reason, done = "an answer that is no JSON", True
            except self._httpx.TransportError as error:
                # Its text can hold what was sent; its kind says enough.
                reason, done = type(error).__name__, not isinstance(error, self._httpx.ConnectError)
            if done and not repeatable:
                raise UncertainError(f"{method} {path}: {reason}")
            self._wait(attempt, wait, f"{method} {path}: {reason}")
        raise AssertionError  # `_wait` has raised

    def _request(
        self, method: str, url: str, query: Mapping[str, str | int], body: Mapping[str, Any] | None
    ) -> httpx.Response:
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        address = self._httpx.URL(url).copy_merge_params(dict(query)) if query else url
        with self._client.stream(method, address, headers=headers, json=body, follow_redirects=False) as stream:
            content = b""
            for chunk in stream.iter_bytes(1 << 16):
                content += chunk
                if len(content) > _ANSWER:
                    raise GitHubError(f"{method} {urlsplit(url).path}: an answer of more than {_ANSWER >> 20} MiB")
            plain = {key: value for key, value in stream.headers.items() if key != "content-encoding"}
            return self._httpx.Response(stream.status_code, headers=plain, content=content)

    def _transient(self, method: str, path: str, answer: httpx.Response) -> tuple[str | None, float | None]:
        """Why a request is to be repeated and after how many seconds; (None, None) when it went well.

        Raises:
            GitHubError: repeating it would not help.
        """
        status = answer.status_code
        if 200 <= status < 300:
            return None, None
        said = self._said(answer)
        if status >= 500:
            return f"{status} {said}", _asked_to_wait(answer) if "retry-after" in answer.headers else None
        if status == 429 or (status == 403 and _is_limit(answer, said)):
            return f"{status} {said}", _asked_to_wait(answer)
        raise GitHubError(f"{method} {path}: GitHub answered {status} {said}".rstrip(), status=status)

    def _said(self, answer: httpx.Response) -> str:
        with contextlib.suppress(ValueError, RecursionError):
            document = json.loads(answer.content)
            if isinstance(document, dict) and isinstance(document.get("message"), str):
                return one_line(document["message"].replace(self._token, "***"), 200)
        return ""

    def _wait(self, attempt: int, asked: float | None, what: str) -> None:
        """Wait before the next attempt.

        Raises:
            GitHubError: there is none, or it would be too late.
        """
        if attempt + 1 == _ATTEMPTS:
            raise GitHubError(f"{what} (tried {_ATTEMPTS} times)")
        if asked is not None and asked > _PATIENCE:
            raise GitHubError(f"{what} (to be repeated in {asked:.0f} s)", hint="run the workflow again later")
        # Jobs that failed together shall not come back together.
        backoff = 2.0**attempt * (0.5 + self._patience.random())
        self._patience.sleep(backoff if asked is None else asked + self._patience.random())

    def _same_host(self, url: str) -> str:
        """The token goes to the API and nowhere else, whatever an answer says."""
        if urlsplit(url)[:2] != urlsplit(self._url)[:2]:
            raise GitHubError("a page's successor is on another host")
        return url


def _is_limit(answer: httpx.Response, said: str) -> bool:
    remaining = answer.headers.get("x-ratelimit-remaining")
    return "retry-after" in answer.headers or remaining == "0" or "rate limit" in said.lower()


def _asked_to_wait(answer: httpx.Response) -> float | None:
    """Seconds that GitHub asks to wait, by its own clock."""
    with contextlib.suppress(KeyError, ValueError, TypeError):
        return max(0.0, float(answer.headers["retry-after"]))
    with contextlib.suppress(KeyError, ValueError, TypeError):
        now = email.utils.parsedate_to_datetime(answer.headers["date"]).timestamp()
        return max(0.0, float(answer.headers["x-ratelimit-reset"]) - now)
    return 60.0  # what its documentation asks for
