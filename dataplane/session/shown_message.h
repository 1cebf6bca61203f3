// Messages as agencies may have them (rawAAAData). Each protocol has its own ShownMessage: what of its messages are
// credentials. Immutable; one session lcore or more.
#pragma once

#include <algorithm>

#include "dataplane/base/bytes.h"

namespace lictor {

// Whether a message may say where the subscriber is.
enum class ShownLocation : bool { kNo, kYes };

class ShownMessage {
 public:
  virtual ~ShownMessage() = default;
  // Copies `message` into `room` without its credentials, and answers the copy's length; 0 where that cannot be done:
  // nobody is shown it then. No allocation.
  virtual size_t copy(Bytes message, ShownLocation location, MutableBytes room) const noexcept = 0;
};

// Of a protocol whose messages have no credentials.
class WholeMessage final : public ShownMessage {
 public:
  size_t copy(Bytes message, ShownLocation /*location*/, MutableBytes room) const noexcept override {
    if (room.size() < message.size()) return 0;
    std::ranges::copy(message, room.begin());
    return message.size();
  }
};

inline const WholeMessage kWholeMessage;

}  // namespace lictor
