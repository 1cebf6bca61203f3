// Whose a packet of media is, by the product's own table and classifier: rules as a desk changes them, packets as they
// pass. One thread.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "dataplane/packet/classify_batch.h"
#include "dataplane/packet/parse_frame.h"
#include "dataplane/packet/target_table_builder.h"
#include "dataplane/session/task_office.h"
#include "tests/simulation/calls/people.h"

namespace lictor::simulation {

class MediaMatcher {
 public:
  explicit MediaMatcher(size_t tasks_max) : matches_(tasks_max) {}

  // As SessionLoop does.
  void apply(std::vector<BindingChange>& changes) {
    if (changes.empty()) return;
    for (const BindingChange& change : changes) {
      if (change.kind == BindingChange::Kind::kAdd) {
        builder_.add(change.rule);
      } else {
        builder_.remove(change.rule.slot, {&change.rule, 1});
      }
    }
    changes.clear();
    table_ = nullptr;
  }

  // Until the next call.
  std::span<const TaskMatch> match(const MediaEnd& from, const MediaEnd& to, uint16_t port, PacketTime now) {
    if (table_ == nullptr) table_ = builder_.build();
    write_frame(from, to);
    batch_->count = 1;
    batch_->port = port;
    batch_->header[0] = frame_;
    batch_->frame_bytes[0] = static_cast<uint32_t>(frame_.size());
    batch_->arrival[0] = now;
    parse_batch(*batch_, 9728, {});
    classify_batch(*batch_, *table_, LegalTime{now.unix_ns}, matches_);
    return matches_.tasks(0);
  }
  [[nodiscard]] size_t rules() const { return builder_.rules(); }

 private:
  static constexpr size_t kEthernetBytes = 14;
  static constexpr size_t kUdpBytes = 8;
  static constexpr size_t kRtpBytes = 12;
  static constexpr uint8_t kUdp = 17;

  void put16(size_t at, size_t value) {
    frame_[at] = static_cast<uint8_t>(value >> 8);
    frame_[at + 1] = static_cast<uint8_t>(value);
  }

  void write_frame(const MediaEnd& from, const MediaEnd& to) {
    const bool ipv6 = from.host.ipv6;
    const size_t header = ipv6 ? 40 : 20;
    const size_t address = ipv6 ? 16 : 4;
    const size_t udp = kEthernetBytes + header;
    frame_.assign(udp + kUdpBytes + kRtpBytes, 0);
    put16(12, ipv6 ? 0x86dd : 0x0800);
    uint8_t* const ip = frame_.data() + kEthernetBytes;
    ip[0] = ipv6 ? 0x60 : 0x45;
    put16(kEthernetBytes + (ipv6 ? 4 : 2), (ipv6 ? 0 : header) + kUdpBytes + kRtpBytes);
    ip[ipv6 ? 6 : 9] = kUdp;
    std::copy_n(from.host.octets.begin(), address, ip + header - 2 * address);
    std::copy_n(to.host.octets.begin(), address, ip + header - address);
    put16(udp, from.port);
    put16(udp + 2, to.port);
    put16(udp + 4, kUdpBytes + kRtpBytes);
    frame_[udp + kUdpBytes] = 0x80;  // RTP, version 2
  }

  TargetTableBuilder builder_;
  std::unique_ptr<const TargetTable> table_;
  std::unique_ptr<PacketBatch> batch_ = std::make_unique<PacketBatch>();
  MatchBatch matches_;
  std::vector<uint8_t> frame_;
};

}  // namespace lictor::simulation
