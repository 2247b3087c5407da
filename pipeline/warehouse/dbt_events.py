"""dbt's events, which nobody reads here: what became of a build is told by its results."""

from __future__ import annotations

from typing import Any

from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.event_manager_client import ctx_set_event_manager


class SilentEvents(EventManager):
    """Passes on what may have to become an error. Making messages of all others takes a sixth of the time of a build."""

    def fire_event(
        self,
        e: BaseEvent,
        level: EventLevel | None = None,
        node: Any = None,
        force_warn_or_error_handling: bool = False,
    ) -> None:
        """Handle an event that may have to be raised, and drop every other."""
        if force_warn_or_error_handling or self.require_warn_or_error_handling:
            super().fire_event(e, level, node, force_warn_or_error_handling)


def silence_events() -> None:
    """Let dbt say nothing in this process from now on."""
    ctx_set_event_manager(SilentEvents())
