"""Who is before the booth, from the tracker, and who was there a moment ago."""

from __future__ import annotations

from dataclasses import dataclass

REMEMBERED_S = 60.0
NEVER = float("-inf")


@dataclass(frozen=True, slots=True)
class Presence:
    """``faces``: visitors in the picture · ``since``: monotonic seconds when the first of them came, or the last one left ·
    ``ids``: their track ids · ``low``: a face is too low in the picture, or cut by its border."""

    faces: int = 0
    since: float = 0.0
    ids: frozenset[int] = frozenset()
    low: bool = False


class Watch:
    """When people were last seen. A face is lost for a moment now and then, so nobody is gone at once."""

    def __init__(self) -> None:
        self.latest = Presence()
        self.anyone_at = NEVER
        self._seen: dict[int, float] = {}

    def see(self, presence: Presence, now: float) -> None:
        self.latest = presence
        if presence.faces > 0:
            self.anyone_at = now
        self._seen = {id: at for id, at in self._seen.items() if now - at < REMEMBERED_S} | dict.fromkeys(presence.ids, now)

    def here(self, now: float, within_s: float) -> frozenset[int]:
        """Ids seen in the last ``within_s`` seconds."""
        return frozenset(id for id, at in self._seen.items() if now - at <= within_s)

    def only_others(self, people: frozenset[int], now: float, for_s: float) -> bool:
        """Somebody is there, and none of ``people`` was for ``for_s`` seconds."""
        return bool(self.latest.ids) and not people & self.here(now, for_s)
