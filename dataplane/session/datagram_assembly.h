// Datagrams of a network's signalling that came in fragments, put together again (RFC 791 section 3.2, RFC 8200 section
// 4.5). Memory is taken once; where it is full, the one that waits longest goes. One session lcore.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "dataplane/base/counter.h"
#include "dataplane/base/signal_record.h"
#include "dataplane/session/private_array.h"

namespace lictor {

struct DatagramAssemblyPlan {
  uint32_t datagrams_max = 256;                   // that wait for the rest of them; each takes 68 KB
  int64_t wait_ns = int64_t{30} * 1'000'000'000;  // for the rest of one
};

// Written by the session lcore, read by any thread.
struct DatagramAssemblyCounters {
  Counter whole;        // that were put together
  Counter expired;      // whose rest did not come
  Counter evicted;      // that others took the place of
  Counter conflicting;  // whose fragments contradict each other: what had come is not believed (RFC 5722)
  Counter odd;          // fragments that are none, or of neither a UDP datagram nor a TCP segment
};

class DatagramAssembly {
 public:
  static constexpr uint32_t kDatagramsMax = 1 << 14;
  // InvalidArgument where a bound is not within its own, ResourceExhausted where the kernel has not so much memory.
  static Result<std::unique_ptr<DatagramAssembly>> make(const DatagramAssemblyPlan& plan);

  // `fragment.message` begins with its IP header. Where it was the last that was missing, the whole datagram: `frame`
  // is the UDP datagram, `message` its payload, the header is of this fragment but for the ends, which have their
  // ports, and kind and source set, which are not known yet. Of a TCP segment (kSipSegment) the message is all of it.
  // Its spans last until the next call.
  std::optional<SignalRecord> put(const SignalRecord& fragment) noexcept;

  [[nodiscard]] const DatagramAssemblyCounters& counters() const { return counters_; }
  [[nodiscard]] uint32_t waiting() const { return waiting_; }

 private:
  static constexpr size_t kBytesMax = 65'535;
  static constexpr size_t kUnitBytes = 8;  // what offsets of fragments are counted in
  struct Key {
    bool ipv6 = false;
    std::array<uint8_t, 16> source{};
    std::array<uint8_t, 16> destination{};
    uint32_t id = 0;
    uint16_t source_set = 0;
    uint8_t protocol = 0;  // of IPv4; that of IPv6 is its first fragment's (RFC 8200 section 4.5)
    friend bool operator==(const Key&, const Key&) = default;
  };
  // What one fragment says.
  struct Part {
    uint32_t id = 0;
    uint8_t next = 0;  // what the datagram begins with: of IPv6 maybe options
    size_t begin = 0;  // of its octets in the datagram
    bool is_last = false;
    Bytes octets;
  };
  struct Waiting {
    Key key;
    bool is_used = false;
    uint8_t next = 0;        // of its first fragment
    PacketTime first;        // when its first fragment came
    size_t whole_bytes = 0;  // 0: the last fragment has not come
    size_t bytes = 0;        // that have come
  };
  struct Octets {
    std::bitset<kBytesMax / kUnitBytes + 1> units;  // that have come
    std::array<uint8_t, kBytesMax + 1> octets;
  };

  DatagramAssembly(const DatagramAssemblyPlan& plan, PrivateArray<Octets> octets)
      : plan_(plan), slots_(plan.datagrams_max), octets_(std::move(octets)) {}
  static std::optional<Part> read_part(const SignalRecord& fragment) noexcept;
  static std::optional<Part> read_ipv4(Bytes packet) noexcept;
  static std::optional<Part> read_ipv6(Bytes packet) noexcept;
  size_t place_of(const Key& key, PacketTime now) noexcept;
  enum class Joined : uint8_t { kYes, kNothingNew, kContradicts };
  static Joined join(Waiting& waiting, Octets& octets, const Part& part) noexcept;
  void free(Waiting& waiting) noexcept;
  std::nullopt_t odd() noexcept;
  std::optional<SignalRecord> finish(size_t place, const SignalRecord& fragment) noexcept;

  const DatagramAssemblyPlan plan_;
  std::vector<Waiting> slots_;
  PrivateArray<Octets> octets_;  // of each slot
  uint32_t waiting_ = 0;
  DatagramAssemblyCounters counters_;
};

}  // namespace lictor
