#include "dataplane/session/sip/endpoint_census.h"

#include <algorithm>
#include <utility>

namespace lictor::sip {
namespace {

EndpointName name_of(const MediaEndpoint& endpoint) { return {.address = endpoint.address, .port = endpoint.port}; }

}  // namespace

Result<std::unique_ptr<EndpointCensus>> EndpointCensus::make(uint32_t endpoints_max, const HashKey& key) {
  Result<PrivateArray<Entry>> entries = PrivateArray<Entry>::make(endpoints_max);
  if (!entries.ok()) return entries.status();
  return std::unique_ptr<EndpointCensus>(new EndpointCensus(*std::move(entries), key));
}

EndpointCensus::EndpointCensus(PrivateArray<Entry> entries, const HashKey& key)
    : entries_(std::move(entries)), buckets_(entries_.size()), key_(key) {
  for (size_t i = entries_.size(); i-- > 0;) entries_[i].next = std::exchange(free_, static_cast<uint32_t>(i + 1));
}

size_t EndpointCensus::bucket_of(const EndpointName& name) const noexcept {
  const uint64_t word = uint64_t{name.port} << 1 | (name.address.ipv6 ? 1 : 0);
  return sip_hash(key_, {&word, 1}, name.address.octets).low % buckets_.size();
}

uint32_t EndpointCensus::find(const EndpointName& name) const noexcept {
  uint32_t at = buckets_[bucket_of(name)];
  while (at != 0 && !(entries_[at - 1].name == name)) at = entries_[at - 1].next;
  return at;
}

bool EndpointCensus::add(const MediaEndpoint& endpoint) noexcept {
  const EndpointName name = name_of(endpoint);
  uint32_t at = find(name);
  if (at == 0) {
    if (free_ == 0) {
      no_room_.add(1);
      return false;
    }
    at = free_;
    Entry& entry = entries_[at - 1];
    free_ = entry.next;
    uint32_t& first = buckets_[bucket_of(name)];
    entry = {.name = name, .next = std::exchange(first, at)};
  }
  ++entries_[at - 1].count;
  tell(entries_[at - 1]);
  return true;
}

void EndpointCensus::remove(const MediaEndpoint& endpoint) noexcept {
  const EndpointName name = name_of(endpoint);
  const uint32_t at = find(name);
  if (at == 0) return;
  Entry& entry = entries_[at - 1];
  tell(entry);
  if (--entry.count != 0) return;
  uint32_t* place = &buckets_[bucket_of(name)];
  while (*place != at) place = &entries_[*place - 1].next;
  *place = entry.next;
  entry = {.next = std::exchange(free_, at)};
}

uint32_t EndpointCensus::count(const EndpointName& name) const noexcept {
  const uint32_t at = find(name);
  return at == 0 ? 0 : entries_[at - 1].count;
}

void EndpointCensus::watch(const EndpointName& name) noexcept {
  if (const uint32_t at = find(name); at != 0) entries_[at - 1].is_watched = true;
}

}  // namespace lictor::sip
