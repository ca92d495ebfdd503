"""What a client asks of a served talk, without a browser: pages, sockets, live runs."""

import asyncio
import json
import urllib.error
import urllib.request

from helping import PATIENCE, finish
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


def get(url, **headers):
    """Status, headers and text of one request that follows no redirect."""
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.build_opener(NoRedirect).open(
            request, timeout=PATIENCE / 1000
        ) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def origin(talk):
    return f"http://127.0.0.1:{talk.port}"


async def connect(talk, path, **options):
    token = options.get("token", talk.token)
    query = f"{'&' if '?' in path else '?'}token={token}" if token else ""
    headers = {"Origin": options.get("origin", origin(talk)), **options.get("headers", {})}
    headers = {name: value for name, value in headers.items() if value is not None}
    url = f"ws://127.0.0.1:{talk.port}/talk/{path}{query}"
    return await websocket_connect(HTTPRequest(url, headers=headers))


async def hear(socket_):
    """All messages until the server closes the socket; then this end is closed, too."""
    messages = []
    try:
        while (text := await asyncio.wait_for(socket_.read_message(), 30)) is not None:
            messages.append(json.loads(text))
    finally:
        socket_.close()
    return messages


def run_live(talk, name):
    async def go():
        return await hear(await connect(talk, f"live/{name}"))

    return finish(go())


def refused(talk, path, **options):
    async def go():
        try:
            connection = await connect(talk, path, **options)
        except HTTPClientError as error:
            return error.code
        connection.close()
        return 101

    return finish(go())
