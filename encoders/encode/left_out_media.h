// What of calls' media an agency does not want, as its profile says. A plain value, made by the control thread.
#pragma once

namespace lictor {

struct LeftOutMedia {
  bool comfort_noise = false;     // RFC 3389
  bool telephone_events = false;  // RFC 4733
};

}  // namespace lictor
