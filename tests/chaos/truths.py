"""What must be true of a town in the end, as far as those who asked were told."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.towns import DONE, NAMES, UNKNOWN

READ, UNREAD, DELETED = "read", "unread", "deleted"
Listed = dict[str, dict[str, list[dict[str, Any]]]]


@dataclass
class Sent:
    """A send that was asked for; unless ``is_certain`` it may have happened or not."""

    kind: str
    sender: str
    to: tuple[str, ...]
    is_certain: bool


@dataclass
class Truth:
    """Sends by content, and the states that an item may be in for one person."""

    sends: dict[str, Sent] = field(default_factory=dict)
    states: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    taken_out: dict[str, bool] = field(default_factory=dict)  # from the sent box; certainly?

    def note_send(self, content: str, sent: Sent, outcome: str) -> None:
        sent.is_certain = outcome == DONE
        if outcome in (DONE, UNKNOWN):
            self.sends[content] = sent

    def note_state(self, who: str, content: str, state: str, outcome: str) -> None:
        """A deleted item stays deleted; what is not known adds to what may be."""
        before = self.states.get((who, content), {UNREAD})
        if outcome == DONE:
            kept = before & {DELETED} if state != DELETED else set()
            self.states[who, content] = {state} | kept
        elif outcome == UNKNOWN:
            self.states[who, content] = before | {state}

    def note_taken_out(self, content: str, outcome: str) -> None:
        if outcome in (DONE, UNKNOWN):
            is_known = self.taken_out.get(content, False)
            self.taken_out[content] = is_known or outcome == DONE

    # Comparing

    def wrong(self, lists: Listed) -> list[str]:
        """What the lists say that cannot be, a line each."""
        lines = [line for name in NAMES for line in self._wrong_of(name, lists[name])]
        return lines + [line for one in self.sends for line in self._torn(one, lists)]

    def _wrong_of(self, name: str, lists: dict[str, list[dict[str, Any]]]) -> list[str]:
        lines = []
        for kind in ("message", "notice"):
            found = Counter(item["content"] for item in lists[kind])
            lines += [f"{name} has {one} {n} times" for one, n in found.items() if n > 1]
            lines += [
                f"{name} lost {content}"
                for content, sent in self.sends.items()
                if sent.kind == kind and self._must_have(name, content, sent)
                if content not in found
            ]
            lines += [line for item in lists[kind] for line in self._wrong_state(name, item)]
        return lines

    def _must_have(self, name: str, content: str, sent: Sent) -> bool:
        may_be_gone = DELETED in self.states.get((name, content), ())
        return sent.is_certain and name in sent.to and not may_be_gone

    def _wrong_state(self, name: str, item: dict[str, Any]) -> list[str]:
        allowed = self.states.get((name, item["content"]), {UNREAD})
        state = READ if item["is_read"] else UNREAD
        if state in allowed:
            return []
        return [f"{name} has {item['content']} {state}, which may only be {sorted(allowed)}"]

    def _torn(self, content: str, lists: Listed) -> list[str]:
        """A send happened for all or for nobody."""
        sent = self.sends[content]
        has = {
            name: any(item["content"] == content for item in lists[name][sent.kind])
            for name in sent.to
            if DELETED not in self.states.get((name, content), ())
        }
        if sent.kind == "message" and content not in self.taken_out:
            held = [item["content"] for item in lists[sent.sender]["sent"]]
            has[f"{sent.sender} (sent)"] = content in held
        return [f"{content} is torn: {has}"] if len(set(has.values())) > 1 else []
