"""The few calls of GitHub's REST API that the check makes, for one repository."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

PER_PAGE: Final = 100

_MAX_PAGES = 50
_TIMEOUT = 30.0
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")


class ApiError(Exception):
    """A call failed; the message is one line."""


@dataclass(frozen=True, slots=True)
class Api:
    """One repository.

    Attributes:
        root: address of the API, `https://api.github.com` or that of a server of one's own.
        repository: `owner/name`.
        token: what the job may do.
    """

    root: str
    repository: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        # A token goes over plain HTTP to the machine itself at most.
        if not re.match(r"https://|http://(?:127\.0\.0\.1|localhost)[:/]", self.root):
            raise ApiError(f"the API's address {self.root} is not https")
        if not _REPOSITORY.fullmatch(self.repository):
            raise ApiError(f"{self.repository} is not owner/name")

    def pages(self, path: str, **query: str) -> Iterator[Any]:
        """The items of a listing, page by page.

        Raises:
            ApiError: a call failed.
        """
        for page in range(1, _MAX_PAGES + 1):
            asked = urlencode({**query, "per_page": str(PER_PAGE), "page": str(page)})
            items = self._call("GET", f"{path}?{asked}")
            if not isinstance(items, list):
                raise ApiError(f"the answer to GET {path} is no list")
            yield from items
            if len(items) < PER_PAGE:
                return

    def send(self, method: str, path: str, body: dict[str, str]) -> None:
        """Creates or changes something.

        Raises:
            ApiError: the call failed.
        """
        self._call(method, path, json.dumps(body).encode())

    def _call(self, method: str, path: str, body: bytes | None = None) -> Any:
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self.token}",
            "User-Agent": "parameter-golf-auditor",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        url = f"{self.root.rstrip('/')}/repos/{self.repository}/{path}"
        request = Request(url, body, headers, method=method)  # noqa: S310  (see __post_init__)
        where = f"{method} {path.partition('?')[0]}"
        try:
            with urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
                return json.load(answer)
        except HTTPError as error:
            error.close()
            raise ApiError(f"GitHub answers {error.code} to {where}") from error
        except (URLError, TimeoutError, ValueError) as error:
            raise ApiError(f"GitHub does not answer {where}: {type(error).__name__}") from error
