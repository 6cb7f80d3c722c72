"""A client light enough not to be what is measured: kept-alive sockets, answers only skimmed."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Load:
    """Requests a second, and the waits in milliseconds; `failures` are answers but 2xx."""

    rate: float
    p50_ms: float
    p95_ms: float
    failures: int
    server_errors: int
    worst_ms: float = 0.0


def request(path: str, body: bytes, headers: dict[str, str], method: str = "POST") -> bytes:
    """Write an HTTP/1.1 request."""
    told = {"Host": "localhost", "Content-Type": "application/json"} | headers
    lines = [f"{method} {path} HTTP/1.1", f"Content-Length: {len(body)}",
             *(f"{k}: {v}" for k, v in told.items())]  # fmt: skip
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def _receive(sock: socket.socket) -> bytes:
    data = sock.recv(65536)
    if not data:
        raise ConnectionError("the server closed the connection in the middle of an answer")
    return data


def answer(sock: socket.socket) -> int:
    """Wait for a whole answer and give its status."""
    data = _receive(sock)
    while b"\r\n\r\n" not in data:
        data += _receive(sock)
    head, _, rest = data.partition(b"\r\n\r\n")
    at = head.lower().index(b"content-length:") + 15
    length = int(head[at:].split(b"\r\n", 1)[0])
    while len(rest) < length:
        rest += _receive(sock)
    return int(head[9:12])


def press(port: int, make: Callable[[int], bytes], *, requests: int, connections: int) -> Load:
    """Send `requests` over `connections` at once and measure."""
    waits: list[float] = []
    failures, server_errors = [0], [0]
    numbers = iter(range(requests))
    lock = threading.Lock()

    def work() -> None:
        mine: list[float] = []
        with socket.create_connection(("127.0.0.1", port)) as sock:
            sock.settimeout(30)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    break
                data = make(number)
                began = time.perf_counter()
                sock.sendall(data)
                status = answer(sock)
                mine.append(time.perf_counter() - began)
                if not 200 <= status < 300:
                    failures[0] += 1
                if status >= 500:
                    server_errors[0] += 1
        with lock:
            waits.extend(mine)

    threads = [threading.Thread(target=work) for _ in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    waits.sort()
    return Load(
        rate=len(waits) / took, p50_ms=_at(waits, 0.5), p95_ms=_at(waits, 0.95),
        failures=failures[0],
        server_errors=server_errors[0],
        worst_ms=round(waits[-1] * 1000, 2),
    )  # fmt: skip


def _at(waits: Sequence[float], share: float) -> float:
    return round(waits[min(len(waits) - 1, int(len(waits) * share))] * 1000, 2)
