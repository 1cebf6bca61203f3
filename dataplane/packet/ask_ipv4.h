// The innermost step of the prefilter: the addresses of a burst's IPv4 headers against the filters of a table, in the
// way that is the fastest on this machine. Pure; rx lcores.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/packet/target_table.h"

namespace lictor::prefilter {

// What a burst asks: a table's filters, as values that stay in registers.
struct Filters {
  explicit Filters(const TargetTable& of)
      : hosts(of.hosts()), prefixes(of.prefixes()), sixteenths(of.sixteenths()), table(of) {}

  AddressFilter::View hosts;
  AddressFilter::View prefixes;
  const TargetTable::Sixteenths& sixteenths;
  const TargetTable& table;
};

// `addresses`: `count` (at most 32) times source and destination, as loaded from the header. Bit i of what it returns:
// one of the two may be somebody's. All methods return the same.
using AskIpv4 = uint32_t (*)(const Filters& filters, const uint64_t* addresses, size_t count) noexcept;

struct AskIpv4Method {
  const char* name;
  AskIpv4 ask;
};
// Those that this machine can run. At least one.
std::span<const AskIpv4Method> ask_ipv4_methods();

// The fastest of them, as timed at the first call. Any thread.
AskIpv4 fastest_ask_ipv4();

}  // namespace lictor::prefilter
