// How an agency is told what it has to know beside its records. Plain value.
#pragma once

#include <cstdint>

namespace lictor {

enum class AlarmForm : uint8_t {
  kHi1,      // HI1 alarms-indicator, where it has HI1
  kMessage,  // TRI operatorLeaMessage on HI2
  kBoth,
  kOff,
};

}  // namespace lictor
