#include "encoders/handover/redial.h"

#include <algorithm>

namespace lictor {

Redial::Redial(size_t endpoints, uint32_t pause_min_ms, uint32_t pause_max_ms, uint32_t seed)
    : endpoints_(endpoints),
      pause_min_ns_(int64_t{pause_min_ms} * 1'000'000),
      pause_max_ns_(std::max(pause_min_ns_, int64_t{pause_max_ms} * 1'000'000)),
      random_(seed),
      pause_ns_(pause_min_ns_) {}

void Redial::restart(size_t endpoints, SocketTime now) {
  endpoints_ = endpoints;
  first_ = endpoint_ = 0;
  pause_ns_ = pause_min_ns_;
  not_before_ = now;
}

bool Redial::failed(SocketTime now) {
  endpoint_ = (endpoint_ + 1) % endpoints_;
  if (endpoint_ != first_) return false;
  first_ = endpoint_ = 0;
  pause(now);
  return true;
}

void Redial::lost(Lost how, SocketTime now) {
  first_ = how == Lost::kByPeer ? 0 : (endpoint_ + 1) % endpoints_;
  endpoint_ = first_;
  if (now.ns - connected_.ns >= pause_max_ns_) {
    pause_ns_ = pause_min_ns_;
    not_before_ = now;
  } else {
    pause(now);
  }
}

void Redial::pause(SocketTime now) {
  // Up to a quarter more, so that many dataplanes do not call a returning agency in step.
  std::uniform_int_distribution<int64_t> more(0, pause_ns_ / 4);
  not_before_ = {now.ns + std::min(pause_ns_ + more(random_), pause_max_ns_)};
  pause_ns_ = std::min(2 * pause_ns_, pause_max_ns_);
}

}  // namespace lictor
