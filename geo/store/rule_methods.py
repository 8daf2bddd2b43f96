"""The store's methods for responsibility: each one transaction, with its line in the journal where it writes."""

from __future__ import annotations

from geo.model import ModeSwitch, Override, RuleSet, RuleSetRecord
from geo.store import journal, rules
from geo.store.database import Database


class RuleMethods(Database):
    """Rule sets by date, overrides and modes of a database."""

    def save_rule_set(self, rule_set: RuleSet, *, actor: str) -> RuleSetRecord:
        """Add a rule set from its day on; the one before ends there. The very same one again changes nothing.

        Raises
        ------
        Conflict
            Its version is known with other contents, or it does not come into force after all others.
        InvalidInput
            It has no first day, ends before it begins, or a rule's id stands twice.
        """
        journal.check_actor(actor)
        at = self._clock()
        with self._writing("rules") as connection:
            before = len(rules.list_rule_sets(connection))
            record = rules.save_rule_set(connection, rule_set, at=at, actor=actor)
            if len(rules.list_rule_sets(connection)) > before:
                detail = {
                    "version": record.version,
                    "effective": record.effective,
                    "rules": record.rules,
                    "digest": record.digest,
                }
                subject = f"rules:{record.version}"
                journal.add_line(connection, at=at, actor=actor, action="save_rules", subject=subject, detail=detail)
            return record

    def list_rule_sets(self) -> tuple[RuleSetRecord, ...]:
        """All rule sets, the earliest first."""
        with self._reading() as connection:
            return rules.list_rule_sets(connection)

    def get_rule_set(self, set_id: int) -> RuleSet:
        """A rule set with its layers, in WGS84."""
        with self._reading() as connection:
            return rules.get_rule_set(connection, set_id)

    def save_override(self, override: Override, *, actor: str) -> int:
        """Add a person's decision above the rules, or a new state of one (`Override.replaces`); returns its id."""
        journal.check_actor(actor)
        at = self._clock()
        with self._writing("rules") as connection:
            number = rules.add_override(connection, override, at=at, actor=actor)
            # The key may stand for a person; the row itself says it to those who may read it.
            detail = {
                "kind": override.kind,
                "department": override.department,
                "state": override.state,
                "replaces": override.replaces,
            }
            subject = f"override:{override.replaces or number}"
            journal.add_line(connection, at=at, actor=actor, action="override", subject=subject, detail=detail)
            return number

    def list_overrides(self) -> tuple[Override, ...]:
        """All rows, in the order that they were said."""
        with self._reading() as connection:
            return rules.list_overrides(connection)

    def save_mode(self, switch: ModeSwitch, *, actor: str) -> int:
        """Put an area into a mode for a time; returns the id of the switch."""
        journal.check_actor(actor)
        at = self._clock()
        with self._writing("rules") as connection:
            number = rules.add_mode(connection, switch, at=at, actor=actor)
            detail = {
                "mode": switch.mode,
                "area": switch.area,
                "since": switch.since,
                "until": switch.until,
                "reason": switch.reason,
            }
            journal.add_line(connection, at=at, actor=actor, action="mode", subject=f"mode:{number}", detail=detail)
            return number

    def list_modes(self) -> tuple[ModeSwitch, ...]:
        """All switches of mode, in the order that they were said."""
        with self._reading() as connection:
            return rules.list_modes(connection)

    def rules_stamp(self) -> str:
        """A token that changes whenever a rule set, an override or a mode is added; cheap."""
        with self._reading() as connection:
            return rules.rules_stamp(connection)
