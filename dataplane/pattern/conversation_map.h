// A bounded table of conversations, each with a value, in the order in which they were last seen: who is full gives up
// the one that was quiet longest. One rx lcore each; no allocation behind the start.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/base/clock.h"
#include "dataplane/pattern/conversation.h"

namespace lictor {

template <typename Value>
class ConversationMap {
 public:
  // `seed` keeps senders from choosing flows that share a chain.
  ConversationMap(size_t flows_max, const HashKey& seed)
      : seed_(seed), heads_(std::bit_ceil(flows_max), kNone), nodes_(flows_max) {
    LICTOR_CHECK(flows_max > 0 && flows_max < kNone);
    for (uint32_t i = 0; i < nodes_.size(); ++i) nodes_[i].next = i + 1 < nodes_.size() ? i + 1 : kNone;
    free_ = 0;
  }

  [[nodiscard]] bool empty() const { return newest_ == kNone; }
  [[nodiscard]] bool full() const { return free_ == kNone; }

  struct Entry {
    Value value;
    PacketTime seen;  // the caller's to keep
  };

  // Null where it is not there. A flow that was found is the newest.
  Entry* find(const ConversationKey& key) noexcept {
    for (uint32_t at = heads_[head_of(key)]; at != kNone; at = nodes_[at].next) {
      if (!(nodes_[at].key == key)) continue;
      unlink_age(at);
      link_newest(at);
      return &nodes_[at].entry;
    }
    return nullptr;
  }

  // The flow is not there, and the map is not full.
  Entry& insert(const ConversationKey& key, PacketTime time) noexcept {
    LICTOR_CHECK(!full());
    const uint32_t at = free_;
    free_ = nodes_[at].next;
    nodes_[at].key = key;
    nodes_[at].entry = {.value = {}, .seen = time};
    uint32_t& head = heads_[head_of(key)];
    nodes_[at].next = head;
    head = at;
    link_newest(at);
    return nodes_[at].entry;
  }

  // The one that was quiet longest; the map is not empty.
  [[nodiscard]] Entry& oldest() noexcept { return nodes_[oldest_].entry; }
  void remove_oldest() noexcept { remove(oldest_); }
  // The one that was found or inserted last.
  void remove_newest() noexcept { remove(newest_); }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  struct Node {
    ConversationKey key;
    Entry entry;
    uint32_t next = kNone;  // in its chain, or of the free ones
    uint32_t older = kNone;
    uint32_t newer = kNone;
  };

  [[nodiscard]] size_t head_of(const ConversationKey& key) const { return key.hash(seed_) & (heads_.size() - 1); }

  void link_newest(uint32_t at) noexcept {
    nodes_[at].older = newest_;
    nodes_[at].newer = kNone;
    (newest_ == kNone ? oldest_ : nodes_[newest_].newer) = at;
    newest_ = at;
  }

  void unlink_age(uint32_t at) noexcept {
    const Node& node = nodes_[at];
    (node.older == kNone ? oldest_ : nodes_[node.older].newer) = node.newer;
    (node.newer == kNone ? newest_ : nodes_[node.newer].older) = node.older;
  }

  void remove(uint32_t at) noexcept {
    LICTOR_CHECK(at != kNone);
    uint32_t* link = &heads_[head_of(nodes_[at].key)];
    while (*link != at) link = &nodes_[*link].next;
    *link = nodes_[at].next;
    unlink_age(at);
    nodes_[at].next = free_;
    free_ = at;
  }

  const HashKey seed_;
  std::vector<uint32_t> heads_;  // of the chains, a power of two
  std::vector<Node> nodes_;
  uint32_t free_ = kNone;
  uint32_t oldest_ = kNone;
  uint32_t newest_ = kNone;
};

}  // namespace lictor
