"""A wrong address or method is refused, and the presenter's terminal stays as it was."""

import socket

import pytest

UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://127.0.0.1:{port}\r\n"
)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/talk/", 405),
        ("PUT", "/talk/cast/01a_quick", 405),
        ("FOO", "/talk/", 405),
        ("GET", "/talk/cast/%ff", 400),
        ("GET", "/talk/live/%ff", 400),
        ("GET", "/talk/?token=%ff", 400),
        ("GET", "/talk/rise/%ff", 400),
        ("GET", "/%ff", 400),
    ],
)
def test_wrong_address_is_refused_without_a_word_in_the_terminal(served, method, path, status):
    before = served.stderr()
    request = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n"
    request += f"Authorization: token {served.token}\r\nConnection: close\r\n"
    if "live" in path:
        request += UPGRADE.format(port=served.port)
    with socket.create_connection(("127.0.0.1", served.port), 30) as client:
        client.sendall(f"{request}\r\n".encode())
        assert int(client.recv(4096).split()[1]) == status
    assert served.stderr() == before
