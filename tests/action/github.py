"""A server on this machine that answers the few calls as GitHub's REST API does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

PREFIX = "/repos/openai/parameter-golf/"
TOKEN = "a-token"  # noqa: S105  (of no use anywhere)


@dataclass
class GitHub:
    """One repository.

    Attributes:
        pulls: its open pull requests, as the API describes them.
        comments: number of an issue -> its comments.
        calls: what was asked for, in order.
    """

    pulls: list[dict[str, Any]] = field(default_factory=list)
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    root: str = ""

    def say(self, number: int, body: str, login: str) -> None:
        """Somebody comments."""
        said = self.comments.setdefault(number, [])
        said.append({"id": 1000 * number + len(said), "body": body, "user": {"login": login}})

    def bodies(self, number: int) -> list[str]:
        return [comment["body"] for comment in self.comments.get(number, [])]

    def answer(self, method: str, target: str, body: dict[str, Any]) -> tuple[int, Any]:
        url = urlsplit(target)
        path = url.path.removeprefix(PREFIX)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        self.calls.append(f"{method} {path}")
        if (method, path) == ("GET", "pulls"):
            return 200, _page([pull for pull in self.pulls if _asked(pull, query)], query)
        if found := re.fullmatch(r"issues/(\d+)/comments", path):
            number = int(found[1])
            if method == "POST":
                self.say(number, body["body"], "github-actions[bot]")
                return 201, self.comments[number][-1]
            return 200, _page(self.comments.get(number, []), query)
        if method == "PATCH" and (found := re.fullmatch(r"issues/comments/(\d+)", path)):
            for comment in (each for said in self.comments.values() for each in said):
                if comment["id"] == int(found[1]):
                    comment["body"] = body["body"]
                    return 200, comment
        return 404, {"message": "Not Found"}


def _asked(pull: dict[str, Any], query: dict[str, str]) -> bool:
    head = f"{pull['head']['repo']['owner']['login']}:{pull['head']['ref']}"
    return pull["state"] == query["state"] and head == query["head"]


def _page(items: list[Any], query: dict[str, str]) -> list[Any]:
    size, page = int(query["per_page"]), int(query["page"])
    return items[size * (page - 1) : size * page]


@contextmanager
def served(github: GitHub) -> Iterator[GitHub]:
    """The repository behind an address."""

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            allowed = self.headers["Authorization"] == f"Bearer {TOKEN}"
            answer = github.answer(self.command, self.path, json.loads(sent or b"{}"))
            status, value = answer if allowed else (401, {"message": "Bad credentials"})
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = _handle  # noqa: N815  (names that the server looks for)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    github.root = f"http://127.0.0.1:{server.server_port}"
    try:
        yield github
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
