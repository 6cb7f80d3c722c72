"""A security key made of software, as the standard describes one: it shares no code with the product."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Key:
    """One key in one device. Whatever a test wants wrong is given by keyword."""

    rp_id: str = "localhost"
    origin: str = "http://localhost:8000"
    count: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def register(self, options: str, **wrong: Any) -> str:
        """Answer navigator.credentials.create."""
        asked = json.loads(options)
        numbers = self.private.public_key().public_numbers()
        public = cbor2.dumps(
            {
                1: 2,
                3: -7,
                -1: 1,
                -2: numbers.x.to_bytes(32, "big"),
                -3: numbers.y.to_bytes(32, "big"),
            }
        )
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id
        flags = wrong.get("flags", PRESENT | VERIFIED) | ATTESTED
        data = self._data(flags, wrong) + attested + public
        return self._answer(
            {
                "clientDataJSON": text(self._client("webauthn.create", asked, wrong)),
                "attestationObject": text(
                    cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
                ),
            }
        )

    def sign(self, options: str, **wrong: Any) -> str:
        """Answer navigator.credentials.get."""
        self.count += 1
        client = self._client("webauthn.get", json.loads(options), wrong)
        data = self._data(wrong.get("flags", PRESENT | VERIFIED), wrong)
        signed = self.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            {
                "clientDataJSON": text(client),
                "authenticatorData": text(data),
                "signature": text(wrong.get("signature", signed)),
            }
        )

    def _client(self, kind: str, asked: dict[str, Any], wrong: dict[str, Any]) -> bytes:
        return json.dumps(
            {
                "type": wrong.get("type", kind),
                "challenge": wrong.get("challenge", asked["challenge"]),
                "origin": wrong.get("origin", self.origin),
            }
        ).encode()

    def _data(self, flags: int, wrong: dict[str, Any]) -> bytes:
        rp = hashlib.sha256(wrong.get("rp_id", self.rp_id).encode()).digest()
        return rp + bytes([flags]) + wrong.get("count", self.count).to_bytes(4, "big")

    def _answer(self, response: dict[str, str]) -> str:
        name = text(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
