"""Releases signed with an ssh key, and signatures checked against a list of signers (ssh-keygen's `allowed_signers`)."""

from __future__ import annotations

import subprocess
from pathlib import Path

from schemas.errors import InputError

NAMESPACE = "kyogikai"
SIGNATURE = "manifest.json.sig"


def sign_release(folder: Path, key: Path) -> Path:
    """Sign a release's manifest with a private key, or with a public one whose private half the agent holds.

    Returns the path of the signature, which lies beside the manifest. Raises InputError where ssh-keygen refuses.
    """
    manifest, signature = folder / "manifest.json", folder / SIGNATURE
    done = _ssh_keygen(["-Y", "sign", "-q", "-f", str(key), "-n", NAMESPACE], manifest)
    if done.returncode:
        raise InputError(
            reference="not-signed", where=str(key), found=done.stderr.decode(errors="replace").strip(),
            expected="a key that ssh-keygen can sign with", fix="name a private key of yours with --key",
        )  # fmt: skip
    aside = signature.with_name(f".{SIGNATURE}.tmp")
    aside.write_bytes(done.stdout)
    aside.replace(signature)
    return signature


def find_signer(folder: Path, signers: Path) -> str | None:
    """Who of the signers signed the release's manifest as it is now; None where nobody did.

    `signers` has a line for each: name, then a public key. Raises InputError where there is no such file.
    """
    if not signers.is_file():
        raise InputError(
            reference="no-signers", where=str(signers), found="no file", expected="lines of: NAME KEY-TYPE KEY",
            fix="name the list of those who may sign with --signers",
        )  # fmt: skip
    signature = folder / SIGNATURE
    if not signature.is_file():
        return None
    manifest = folder / "manifest.json"
    found = _ssh_keygen(["-Y", "find-principals", "-s", str(signature), "-f", str(signers)], manifest)
    for name in found.stdout.decode(errors="replace").splitlines() if found.returncode == 0 else []:
        checked = _ssh_keygen(
            ["-Y", "verify", "-f", str(signers), "-I", name, "-n", NAMESPACE, "-s", str(signature)], manifest
        )
        if checked.returncode == 0:
            return name
    return None


def _ssh_keygen(arguments: list[str], given: Path) -> subprocess.CompletedProcess[bytes]:
    """Run ssh-keygen with a file as its input."""
    try:
        with given.open("rb") as content:
            return subprocess.run(["ssh-keygen", *arguments], stdin=content, capture_output=True, check=False)  # noqa: S607
    except FileNotFoundError as error:
        raise InputError(
            reference="no-ssh-keygen", where="ssh-keygen", found="no such program", expected="OpenSSH 8.2 or later",
            fix="install openssh-client",
        ) from error  # fmt: skip
