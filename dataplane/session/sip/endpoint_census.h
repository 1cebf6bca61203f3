// How many descriptions of media name an endpoint, of everybody's calls: one that another call names as well is shared,
// and says alone of no packet whose it is. Bounded, taken once, but for the list of what has changed. One session
// lcore.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/base/counter.h"
#include "dataplane/packet/sip_hash.h"
#include "dataplane/session/private_array.h"
#include "dataplane/session/sip/media_endpoints.h"

namespace lictor::sip {

struct EndpointName {
  MediaAddress address;
  uint16_t port = 0;
  friend bool operator==(const EndpointName&, const EndpointName&) = default;
};

class EndpointCensus {
 public:
  // `endpoints_max` is 1 or more. ResourceExhausted where the kernel has not so much memory.
  static Result<std::unique_ptr<EndpointCensus>> make(uint32_t endpoints_max, const HashKey& key);

  // False: there is no room for it, which is counted; then it must not be removed.
  bool add(const MediaEndpoint& endpoint) noexcept;
  // Once for each add() that answered true. Nothing where it is not there.
  void remove(const MediaEndpoint& endpoint) noexcept;
  // How often it was added and not removed; 0: never, or there was no room for it.
  [[nodiscard]] uint32_t count(const EndpointName& name) const noexcept;
  // From now on changed() tells of it, as long as it is there.
  void watch(const EndpointName& name) noexcept;
  // What was watched and is not as often there as it was, once for each time. Who reads it empties it: it grows, and
  // allocates, until then.
  [[nodiscard]] std::vector<EndpointName>& changed() { return changed_; }

  [[nodiscard]] const Counter& no_room() const { return no_room_; }

 private:
  struct Entry {
    EndpointName name;
    uint32_t next = 0;  // in its bucket or of the free ones: index + 1
    uint32_t count = 0;
    bool is_watched = false;
  };
  EndpointCensus(PrivateArray<Entry> entries, const HashKey& key);
  [[nodiscard]] size_t bucket_of(const EndpointName& name) const noexcept;
  [[nodiscard]] uint32_t find(const EndpointName& name) const noexcept;
  void tell(const Entry& entry) noexcept {
    if (entry.is_watched) changed_.push_back(entry.name);
  }

  PrivateArray<Entry> entries_;
  std::vector<uint32_t> buckets_;
  uint32_t free_ = 0;
  HashKey key_;
  std::vector<EndpointName> changed_;
  Counter no_room_;
};

}  // namespace lictor::sip
