// How signalling is followed, as numbers that name nobody. Any thread.
#pragma once

#include <span>

#include "dataplane/agent/session_watch.h"
#include "dataplane/session_lcores.h"
#include "lictor/v1/fleet.pb.h"

namespace lictor {

// Sums over all lcores, by name: signals_* of the rx lcores, messages_* by kind, sessions_* of everybody, targets_* of
// tasks' sessions, and the fate of each message of a protocol: radius_*, dhcp4_*, dhcp6_*.
v1::SessionStatistics read_session_statistics(const SessionLcores& sessions, std::span<RxAccount* const> rx);
// What alarms are made of.
SessionReading read_session_watch(const SessionLcores& sessions, std::span<RxAccount* const> rx);

}  // namespace lictor
