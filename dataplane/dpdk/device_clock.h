// Reads the clock of a network card, the same that stamps its frames. Control thread.
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/dpdk/stamp_converter.h"

namespace lictor {

enum class DeviceClock : uint8_t {
  kNone,     // no clock that can be read: the driver's stamps cannot be brought to UTC
  kCounter,  // rte_eth_read_clock: ticks of some length
  kPtp,      // the IEEE 1588 clock, in nanoseconds
};

// Which clock the started port `id` has. Starts the IEEE 1588 clock where it is that.
DeviceClock find_device_clock(uint16_t id);

// The narrowest of a few readings; nothing where the card did not answer.
std::optional<ClockSample> read_device_clock(uint16_t id, DeviceClock clock);

}  // namespace lictor
