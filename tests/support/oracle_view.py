"""What the oracle says of a frame."""

from typing import NamedTuple, Optional


class Context(NamedTuple):
    """What a level inherits from what is around it."""
    vlans: tuple[int, ...] = ()
    label: Optional[int] = None
    vni: Optional[int] = None
    teid: Optional[int] = None


class View(NamedTuple):
    """One IP level of a frame: what is delivered where it matches."""
    version: int
    source: int
    destination: int
    packet: bytes
    whole: int               # octets that the IP header claims
    context: Context

    @property
    def vlans(self) -> tuple[int, ...]:
        return self.context.vlans


class Levels(NamedTuple):
    views: list[View]
    drop: Optional[str]      # why there are none
    damaged: bool
    too_deep: bool
