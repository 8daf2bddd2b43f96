"""What routing needs from the database; a part of `geo.service.ports.Store`."""

from __future__ import annotations

from typing import Protocol

from geo.model import ModeSwitch, Override, RuleSet, RuleSetRecord


class RuleStore(Protocol):
    """Rule sets, overrides and modes, which are only ever added."""

    def save_rule_set(self, rule_set: RuleSet, *, actor: str) -> RuleSetRecord:
        """Add a rule set from its day on; the very same one again changes nothing."""

    def list_rule_sets(self) -> tuple[RuleSetRecord, ...]:
        """All rule sets, the earliest first."""

    def get_rule_set(self, set_id: int) -> RuleSet:
        """A rule set with its layers, in WGS84."""

    def save_override(self, override: Override, *, actor: str) -> int:
        """Add a person's decision above the rules, or a new state of one; returns its id."""

    def list_overrides(self) -> tuple[Override, ...]:
        """All overrides and their states, in the order that they were said."""

    def save_mode(self, switch: ModeSwitch, *, actor: str) -> int:
        """Put an area into a mode for a time; returns the id of the switch."""

    def list_modes(self) -> tuple[ModeSwitch, ...]:
        """All switches of mode, in the order that they were said."""

    def rules_stamp(self) -> str:
        """A token that changes whenever a rule set, an override or a mode is added; cheap."""
