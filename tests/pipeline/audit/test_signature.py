"""Who released: a signature by somebody on the list holds for this manifest and for no other."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline.audit.signature import SIGNATURE, find_signer, sign_release
from pipeline.audit.verify import find_release, verify_release
from pipeline.home import Home
from schemas.errors import InputError
from schemas.survey import Survey
from tests.conftest import SECOND_YEAR as YEAR
from tests.support.command import kyogikai

NAME = "yamada@pref.example.jp"


@pytest.fixture
def copy(released: Home, tmp_path: Path) -> Home:
    shutil.copytree(released.root, tmp_path / "home")
    return Home(tmp_path / "home")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path], check=True)  # noqa: S607
    return path


def listed(folder: Path, key: Path) -> Path:
    signers = folder / "signers"
    signers.write_text(f"{NAME} {key.with_suffix('.pub').read_text(encoding='utf-8')}", encoding="utf-8")
    return signers


def test_a_signed_release_names_its_signer_and_stays_as_it_was(
    copy: Home, second_survey: Survey, key: Path, tmp_path: Path
) -> None:
    called = kyogikai("sign", YEAR, "--key", key, home=copy.root, survey=second_survey.root)
    assert called.code == 0
    folder, signers = find_release(copy, str(YEAR)), listed(tmp_path, key)
    assert find_signer(folder, signers) == NAME
    assert verify_release(copy, folder, signers=signers).faults == []
    assert verify_release(copy, folder).faults == []


def test_a_signature_of_somebody_else_or_of_another_manifest_is_none(copy: Home, key: Path, tmp_path: Path) -> None:
    first, second = (find_release(copy, f"{YEAR}/{name}") for name in ("r1", "r2"))
    signers = listed(tmp_path, key)
    other = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)  # noqa: S607
    sign_release(first, other)
    assert find_signer(first, signers) is None
    sign_release(first, key)
    shutil.copyfile(first / SIGNATURE, second / SIGNATURE)
    assert find_signer(second, signers) is None
    (fault,) = verify_release(copy, second, signers=signers).faults
    assert (fault.where, fault.found) == (str(second / SIGNATURE), "a signature of nobody listed")


def test_without_a_signature_where_one_is_asked_for_it_is_gone(copy: Home, key: Path, tmp_path: Path) -> None:
    (fault,) = verify_release(copy, find_release(copy, str(YEAR)), signers=listed(tmp_path, key)).faults
    assert fault.found == "gone"


def test_no_key_and_no_list_are_clear_errors(copy: Home, tmp_path: Path) -> None:
    folder = find_release(copy, str(YEAR))
    (tmp_path / "text").write_text("no key", encoding="utf-8")
    for path in (tmp_path / "text", tmp_path / "nowhere"):
        with pytest.raises(InputError, match="not-signed"):
            sign_release(folder, path)
    with pytest.raises(InputError, match="no-signers"):
        verify_release(copy, folder, signers=tmp_path / "nowhere")
    assert not (folder / SIGNATURE).exists()
