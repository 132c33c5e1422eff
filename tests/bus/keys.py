"""Certificates, NKEYs and credentials for servers in tests: real ones, made on the spot."""

import base64
import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import nkeys

_ROLES = {"operator": nkeys.PREFIX_BYTE_OPERATOR, "account": nkeys.PREFIX_BYTE_ACCOUNT, "user": nkeys.PREFIX_BYTE_USER}


def pair(role: str) -> tuple[nkeys.KeyPair, bytes]:
    """A key pair and its seed."""
    seed = nkeys.encode_seed(os.urandom(32), _ROLES[role])
    return nkeys.from_seed(bytearray(seed)), bytes(seed)


def _jwt(issuer: nkeys.KeyPair, subject: str, name: str, claims: dict[str, Any]) -> str:
    """A claim as NATS has it: signed with an NKEY."""
    body: dict[str, Any] = {
        "jti": "",
        "iat": 1_700_000_000,
        "iss": issuer.public_key.decode(),
        "name": name,
        "sub": subject,
        "nats": {"version": 2, **claims},
    }
    digest = hashlib.sha256(json.dumps(body).encode()).digest()
    body["jti"] = base64.b32encode(digest).decode().rstrip("=")
    head = _text(json.dumps({"typ": "JWT", "alg": "ed25519-nkey"}).encode())
    signed = f"{head}.{_text(json.dumps(body).encode())}"
    return f"{signed}.{_text(issuer.sign(signed.encode()))}"


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def operator_mode(directory: Path) -> tuple[str, Path]:
    """Configuration of a server whose users have credentials files, and the file of one user."""
    operator, _ = pair("operator")
    system, _ = pair("account")
    account, _ = pair("account")
    user, seed = pair("user")
    everything = {"subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": True, "conn": -1}
    stores = {"mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1}
    name = {each: each.public_key.decode() for each in (operator, system, account, user)}
    operator_jwt = _jwt(operator, name[operator], "O", {"type": "operator", "system_account": name[system]})
    system_jwt = _jwt(operator, name[system], "SYS", {"type": "account", "limits": everything})
    account_jwt = _jwt(operator, name[account], "A", {"type": "account", "limits": {**everything, **stores}})
    user_jwt = _jwt(account, name[user], "U", {"type": "user", "subs": -1, "data": -1, "payload": -1})
    credentials = directory / "user.creds"
    credentials.write_text(
        f"-----BEGIN NATS USER JWT-----\n{user_jwt}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{seed.decode()}\n------END USER NKEY SEED------\n"
    )
    configuration = (
        f"authorization: {{ timeout: 60 }}\n"
        f"operator: {operator_jwt}\nresolver: MEMORY\nsystem_account: {name[system]}\n"
        f"resolver_preload: {{ {name[account]}: {account_jwt}, {name[system]}: {system_jwt} }}\n"
    )
    return configuration, credentials


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def certificates(directory: Path, name: str) -> Path:
    """An authority, a server's and a client's certificate in a new folder: ca.pem, server.pem/key, client.pem/key."""
    folder = directory / name
    folder.mkdir()
    new = ("req", "-newkey", "rsa:2048", "-nodes", "-keyout")
    _openssl(*new, f"{folder}/ca.key", "-x509", "-days", "2", "-out", f"{folder}/ca.pem", "-subj", f"/CN={name}",
             "-addext", "keyUsage=critical,keyCertSign,cRLSign")  # fmt: skip
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    signed = ("-CA", f"{folder}/ca.pem", "-CAkey", f"{folder}/ca.key", "-CAcreateserial", "-days", "2")
    for each in ("server", "client"):
        request, names = f"{folder}/{each}.csr", ("-extfile", f"{folder}/names")
        _openssl(*new, f"{folder}/{each}.key", "-out", request, "-subj", f"/CN={each}")
        _openssl("x509", "-req", "-in", request, *signed, *names, "-out", f"{folder}/{each}.pem")
    return folder


def tls(folder: Path, *, clients: bool = False) -> str:
    """Configuration of a server with TLS, that may ask clients for a certificate."""
    asked = f'ca_file: "{folder}/ca.pem"\n verify: true' if clients else ""
    return f'tls {{\n timeout: 60\n cert_file: "{folder}/server.pem"\n key_file: "{folder}/server.key"\n {asked}\n}}\n'
