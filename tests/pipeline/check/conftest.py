"""What tests of the gate share."""

from __future__ import annotations

import shutil

import pytest

from pipeline.home import Home


@pytest.fixture
def built(ready: Home) -> Home:
    """A home whose warehouse is again the one built aside, to be changed before it is judged."""
    shutil.copyfile(ready.warehouse, ready.warehouse_build)
    return ready
