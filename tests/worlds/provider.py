"""An OpenID Connect provider for tests, in a process of its own: real keys, real signatures, real HTTP.

    with Provider.start(at=NOW) as provider:
        provider.set(claims={"amr": ["mfa"]}, alg="none")   # what the next tokens say, and how they lie
        provider.set(rotate=True)                            # new key, the old one is gone
        provider.counts()                                    # how often each address was asked

It is as strict as a provider has to be: a code serves once, the verifier of PKCE must fit, the client
must know its secret and the address it is sent back to.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

CLIENT, SECRET = "anlan", "geheim & mehr"


@dataclass
class Provider:
    """The provider as tests see it."""

    issuer: str

    @classmethod
    @contextmanager
    def start(cls, *, at: datetime) -> Iterator[Provider]:
        """Start one whose clock stands still at an instant, as the tests' does."""
        command = [sys.executable, "-m", "tests.worlds.provider", str(int(at.timestamp()))]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        try:
            yield cls(process.stdout.readline().strip())
        finally:
            process.terminate()
            process.wait(timeout=10)
            process.stdout.close()

    def set(self, **wanted: Any) -> None:
        """Say how it behaves from now on; without anything, as it should."""
        httpx.post(f"{self.issuer}/test", json=wanted, trust_env=False).raise_for_status()

    def counts(self) -> dict[str, int]:
        return dict(httpx.get(f"{self.issuer}/test", trust_env=False).json())

    def sign_in(self, address: str) -> tuple[str, dict[str, str]]:
        """Follow the address as a browser does; give where it is sent back to: path, query."""
        answer = httpx.get(address, trust_env=False)
        assert answer.status_code == 302, answer.text
        parts = urlsplit(answer.headers["location"])
        return parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()}


class _State:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.codes: dict[str, dict[str, str]] = {}
        self.counts: Counter[str] = Counter()
        self.wanted: dict[str, Any] = {}
        self.rotate()

    def rotate(self) -> None:
        from cryptography.hazmat.primitives.asymmetric import rsa

        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.kid = secrets.token_hex(4)


STATE: _State


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"  # type: ignore[misc]

    def _answer(self, status: int, body: Any, **headers: str) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        with STATE.lock:
            STATE.counts[parts.path] += 1
            wanted = STATE.wanted
        match parts.path:
            case "/test":
                self._answer(200, STATE.counts)
            case "/.well-known/openid-configuration":
                self._answer(wanted.get("status", 200), {
                    "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
                    "end_session_endpoint": f"{self.issuer}/out", **wanted.get("metadata", {}),
                })  # fmt: skip
            case "/keys":
                self._answer(200, {"keys": wanted.get("keys", [self._public()])})
            case "/authorize":
                self._authorize(query, wanted)
            case "/moved":
                self._answer(302, {}, Location=f"{self.issuer}/keys")
            case "/endless":
                self._answer(200, b" " * 2_000_000)
            case _:
                self._answer(404, {})

    def _authorize(self, query: dict[str, str], wanted: dict[str, Any]) -> None:
        assert query["response_type"] == "code", query
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        with STATE.lock:
            STATE.codes[code] = query
        back = {"code": code, "state": query["state"], "iss": self.issuer, **wanted.get("back", {})}
        self._answer(302, {}, Location=f"{query['redirect_uri']}?{urlencode(back)}")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/test":
            wanted = json.loads(body)
            with STATE.lock:
                if wanted.pop("rotate", False):
                    STATE.rotate()
                STATE.wanted = wanted
            self._answer(200, {})
            return
        with STATE.lock:
            STATE.counts[self.path] += 1
            form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            asked = STATE.codes.pop(form.get("code", ""), None)
            wanted = STATE.wanted
        pair = "anlan:geheim%20%26%20mehr"
        if self.headers.get("Authorization") != "Basic " + base64.b64encode(pair.encode()).decode():
            self._answer(401, {"error": "invalid_client"})
            return
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or challenge != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
        ):
            self._answer(400, {"error": "invalid_grant"})
            return
        self._answer(200, {"access_token": "x", "token_type": "Bearer",
                           "id_token": self._token(asked, wanted)})  # fmt: skip

    def _token(self, asked: dict[str, str], wanted: dict[str, Any]) -> str:
        import jwt

        now = int(sys.argv[1]) + wanted.get("clock", 0)
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": "wang-1", "iat": now, "exp": now + 300,
            "nonce": asked["nonce"], "email": "wang@example.cn", "email_verified": True,
            **wanted.get("claims", {}),
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        kid = wanted.get("kid", STATE.kid)
        match wanted.get("alg", "RS256"):
            case "none":
                return jwt.encode(claims, None, algorithm="none", headers={"kid": kid})
            case "HS256":  # signed with the public key, as if it were a shared secret
                parts = [{"alg": "HS256", "kid": kid}, claims]
                text = ".".join(_spell(json.dumps(part).encode()) for part in parts)
                secret = json.dumps(self._public()).encode()
                return f"{text}.{_spell(hmac.digest(secret, text.encode(), 'sha256'))}"
            case algorithm:
                token = jwt.encode(claims, STATE.key, algorithm=algorithm, headers={"kid": kid})
                if wanted.get("forged"):
                    head, _, tail = token.split(".")
                    claims["sub"] = "somebody-else"
                    return f"{head}.{_spell(json.dumps(claims).encode())}.{tail}"
                return token

    def _public(self) -> dict[str, Any]:
        from jwt.algorithms import RSAAlgorithm

        key = RSAAlgorithm.to_jwk(STATE.key.public_key(), as_dict=True)
        return {**key, "kid": STATE.kid, "use": "sig", "alg": "RS256"}


def _spell(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


if __name__ == "__main__":
    STATE = _State()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    sys.stdout.write(f"http://127.0.0.1:{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()
