"""Real receivers on this machine: an HTTP server that follows a script, an SMTP server that keeps mail."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class HttpReceiver:
    """Answers each request with the next status of its script.

    "hang" and "drip" never come to an end by themselves: they last until the receiver is shut. "meet" answers
    when as many requests are under way together as `meeting` has parties.
    """

    script: list[int | str]
    is_shut: threading.Event = field(default_factory=threading.Event)
    received: list[Received] = field(default_factory=list)
    meeting: threading.Barrier | None = None
    url: str = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", "0")))
        self.received.append(
            Received(handler.path, {k.lower(): v for k, v in handler.headers.items()}, body)
        )
        step = self.script.pop(0) if self.script else 200
        if step == "hang":
            self.is_shut.wait()
            return
        if step == "meet":
            assert self.meeting is not None
            with suppress(threading.BrokenBarrierError):
                self.meeting.wait()
            step = 500 if self.meeting.broken else 200
        if step == "drip":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
            while not self.is_shut.wait(0.1):
                handler.wfile.write(b".")
        else:
            assert isinstance(step, int)
            handler.send_response(step)
            if 300 <= step < 400:
                handler.send_header("Location", self.url + "elsewhere")
            handler.send_header("Content-Length", "0")
            handler.end_headers()


@contextmanager
def http_receiver(
    *script: int | str, meeting: threading.Barrier | None = None
) -> Iterator[HttpReceiver]:
    receiver = HttpReceiver(list(script), meeting=meeting)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            try:
                receiver.answer(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.is_shut.set()
        if meeting is not None:
            meeting.abort()
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class MailReceiver:
    """Keeps mail; `refusals` are the codes with which it refuses the next recipients."""

    refusals: list[int]
    messages: list[bytes] = field(default_factory=list)
    port: int = 0


@contextmanager
def mail_receiver(*refusals: int) -> Iterator[MailReceiver]:
    receiver = MailReceiver(list(refusals))

    class Handler(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(line.encode() + b"\r\n")

        def handle(self) -> None:
            self.say("220 sink")
            while line := self.rfile.readline().strip().upper():
                if line.startswith(b"RCPT") and receiver.refusals:
                    self.say(f"{receiver.refusals.pop(0)} zhang@example.cn not now")
                elif line == b"DATA":
                    self.say("354 go on")
                    lines = []
                    while (data := self.rfile.readline()) not in (b".\r\n", b""):
                        lines.append(data)
                    receiver.messages.append(b"".join(lines))
                    self.say("250 kept")
                elif line == b"QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 ok")

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
