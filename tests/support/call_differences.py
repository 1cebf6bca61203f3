"""Where what Lictor delivers of the public captures of calls is known not to be what is counted, and why; and the comparison that allows for
just that. Whoever mends one of these takes it out here: what is not seen any more is a problem, too."""

from collections import Counter
from typing import Iterable

from support.call_reference import Expected, Message

IPSEC_TO_IPSEC = "sip-rtp/open5gs__ipsec_to_ipsec_call.pcapng"
IPSEC_TO_NONIPSEC = "sip-rtp/open5gs__ipsec_to_nonipsec_call.pcapng"

# By capture, the published file's frames. The GTP-U datagram around the message came in fragments itself: inside of these nobody looks.
# The message comes with the frames behind it, in which the same packet passes the next nodes.
IN_CUT_TUNNELS = {IPSEC_TO_IPSEC: {212}, IPSEC_TO_NONIPSEC: {148, 212}}


class Differences:
    def __init__(self):
        self._problems: list[str] = []
        self._came: Counter = Counter()
        self._cut: Counter = Counter()

    def compare(self, name: str, want: Expected, messages: list[bytes], packets: list[bytes]) -> None:
        """What came of one capture for one warrant."""
        self._came.update(messages=len(messages), packets=len(packets))
        lacking = [one for one in want.messages if one.frame in IN_CUT_TUNNELS.get(name, ())]
        self._cut[name] += len(lacking)
        self._compare_messages(name, [one for one in want.messages if one not in lacking], messages)
        if packets != [one.packet for one in want.packets]:
            self._problems.append(f"{name}: {len(packets)} packets of media, counted {len(want.packets)}")

    def _compare_messages(self, name: str, want: list[Message], messages: Iterable[bytes]) -> None:
        left = list(want)
        for message in messages:
            if left and message == left[0].octets:
                left.pop(0)
            else:
                self._problems.append(f"{name}: {message[:60]!r} came, where {left[0].frame if left else 'nothing'} was counted")
                return
        if left:
            self._problems.append(f"{name}: frames {[one.frame for one in left][:9]} did not come")

    def seen(self) -> str:
        return (f"{self._came['messages']} messages and {self._came['packets']} packets came; {sum(self._cut.values())} messages in cut "
                "tunnels are known")

    def problems(self) -> list[str]:
        """Of all that was compared."""
        return self._problems + [f"{name}: what was known to lack came" for name in IN_CUT_TUNNELS if not self._cut[name]]
