// What DHCP costs one session lcore with a million sessions in the book: renewals of random clients, nine of ten as
// clients send them to their server, and one of ten by a relay with its options. Each is two messages, the question and
// its answer.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "dataplane/session/dhcp4/tracker.h"
#include "dataplane/session/dhcp6/tracker.h"

namespace {

using namespace lictor;
using Octets = std::vector<uint8_t>;

constexpr uint32_t kSessions = 1'000'000;
constexpr uint32_t kRelays = 200;
constexpr size_t kRenewals = 1 << 14;
constexpr uint32_t kLeaseSeconds = 3600;
constexpr int64_t kBeginNs = 1'700'000'000 * kNanosecondsPerSecond;
constexpr int64_t kApartNs = 2000;  // one message behind the other
constexpr uint32_t kServer = 0xc6336401;
constexpr uint32_t kRelay = 0xc0000200;  // the first of many

void add(Octets& octets, Bytes more) { octets.insert(octets.end(), more.begin(), more.end()); }

void add_number(Octets& octets, uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) octets.push_back(static_cast<uint8_t>(value >> shift));
}

Octets numbered(std::string_view begin, uint32_t number) {
  const std::string text = std::string(begin) + std::to_string(number);
  return {text.begin(), text.end()};
}

Octets mac_of(uint32_t client) {
  Octets mac = {2, 0};
  add_number(mac, client, 4);
  return mac;
}

struct Datagram {
  Octets octets;
  SignalRecordHeader header;
};

// --- DHCPv4 ---

void add_option4(Octets& octets, uint8_t code, const Octets& value) {
  octets.push_back(code);
  octets.push_back(static_cast<uint8_t>(value.size()));
  add(octets, value);
}

void add_option4(Octets& octets, uint8_t code, uint32_t value) {
  Octets number;
  add_number(number, value, 4);
  add_option4(octets, code, number);
}

// Some 300 octets with the options that home routers and servers commonly send.
Datagram dhcp4(bool is_ack, bool is_relayed, uint32_t client, uint32_t xid) {
  const uint32_t address = 0x0a000001 + client;
  const uint32_t relay = kRelay + client % kRelays;
  Octets octets = {is_ack ? uint8_t{2} : uint8_t{1}, 1, 6, is_relayed ? uint8_t{1} : uint8_t{0}};
  add_number(octets, xid, 4);
  add_number(octets, 0, 4);
  add_number(octets, is_relayed ? 0 : address, 4);
  add_number(octets, is_ack ? address : 0, 4);
  add_number(octets, 0, 4);
  add_number(octets, is_relayed ? relay : 0, 4);
  add(octets, mac_of(client));
  octets.resize(236);
  add_number(octets, 0x63825363, 4);
  add_option4(octets, 53, Octets{is_ack ? uint8_t{5} : uint8_t{3}});
  Octets identifier = {1};
  add(identifier, mac_of(client));
  add_option4(octets, 61, identifier);
  if (is_ack) {
    add_option4(octets, 54, kServer);
    add_option4(octets, 51, kLeaseSeconds);
    add_option4(octets, 1, 0xff000000);
    add_option4(octets, 3, kRelay);
    add_option4(octets, 6, kServer);
  } else {
    add_option4(octets, 50, address);
    add_option4(octets, 12, numbered("router-", client));
    add_option4(octets, 55, Octets{1, 3, 6, 12, 15, 28, 42});
  }
  Octets line;
  add_option4(line, 1, numbered("access-node eth 1/1/", client));
  add_option4(line, 2, numbered("line-", client));
  if (is_relayed) add_option4(octets, 82, line);
  octets.push_back(255);
  octets.resize(std::max<size_t>(octets.size(), 300));
  Datagram datagram{.octets = octets, .header = {.kind = SignalKind::kDhcp4}};
  Octets source;
  add_number(source, is_ack ? kServer : (is_relayed ? relay : address), 4);
  std::ranges::copy(source, datagram.header.source.address.begin());
  return datagram;
}

dhcp4::TrackerPlan plan4() {
  dhcp4::SourceSet set{.servers = {kServer}};
  for (uint32_t i = 0; i < kRelays; ++i) set.relays.push_back(kRelay + i);
  return {.sets = {set}, .key = HashKey::random()};
}

// --- DHCPv6 ---

void add_option6(Octets& octets, uint16_t code, const Octets& value) {
  add_number(octets, code, 2);
  add_number(octets, value.size(), 2);
  add(octets, value);
}

Octets address6(uint16_t net, uint32_t host) {
  Octets octets = {0x20, 0x01, 0x0d, 0xb8};
  add_number(octets, net, 2);
  add_number(octets, host, 8);
  octets.resize(16);
  return octets;
}

// A /56 for each.
Octets prefix6(uint32_t client) {
  Octets octets = {0x20, 0x01, 0x0d, 0xb8};
  add_number(octets, 0x800000 | client, 3);
  octets.resize(16);
  return octets;
}

Octets lease6(bool is_prefix, uint32_t client) {
  Octets lease;
  if (!is_prefix) add(lease, address6(1, client));
  add_number(lease, kLeaseSeconds / 2, 4);
  add_number(lease, kLeaseSeconds, 4);
  if (is_prefix) lease.push_back(56);
  if (is_prefix) add(lease, prefix6(client));
  Octets association;
  add_number(association, is_prefix ? 8 : 7, 4);
  add_number(association, kLeaseSeconds / 2, 4);
  add_number(association, kLeaseSeconds, 4);
  add_option6(association, is_prefix ? 26 : 5, lease);
  return association;
}

// An address and a prefix.
Datagram dhcp6(bool is_reply, bool is_relayed, uint32_t client, uint32_t transaction) {
  const Octets server = address6(0xff, 1);
  const Octets relay = address6(0xfe, client % kRelays);
  Octets octets = {is_reply ? uint8_t{7} : uint8_t{5}};
  add_number(octets, transaction, 3);
  Octets duid = {0, 1, 0, 1, 0x12, 0x34, 0x56, 0x78};
  add(duid, mac_of(client));
  add_option6(octets, 1, duid);
  add_option6(octets, 2, Octets{0, 3, 0, 1, 2, 0, 0, 0, 0, 0x53});
  add_option6(octets, 3, lease6(false, client));
  add_option6(octets, 25, lease6(true, client));
  if (is_relayed) {
    Octets outer = {is_reply ? uint8_t{13} : uint8_t{12}, 0};
    add(outer, relay);
    add(outer, address6(0xaa, client));
    add_option6(outer, 18, numbered("access-node eth 1/1/", client));
    Octets remote = {0, 0, 0x0d, 0xe9};
    add(remote, numbered("line-", client));
    if (!is_reply) add_option6(outer, 37, remote);
    add_option6(outer, 9, octets);
    octets = outer;
  }
  Datagram datagram{.octets = octets, .header = {.kind = SignalKind::kDhcp6, .ipv6 = true}};
  std::ranges::copy(is_reply ? server : (is_relayed ? relay : address6(1, client)),
                    datagram.header.source.address.begin());
  return datagram;
}

dhcp6::Ipv6Octets array_of(const Octets& octets) {
  dhcp6::Ipv6Octets address{};
  std::ranges::copy(octets, address.begin());
  return address;
}

dhcp6::TrackerPlan plan6() {
  dhcp6::SourceSet set{.servers = {array_of(address6(0xff, 1))}};
  for (uint32_t i = 0; i < kRelays; ++i) set.relays.push_back(array_of(address6(0xfe, i)));
  return {.sets = {set}, .leases_max = 2 * (kSessions + 1024), .key = HashKey::random()};
}

// --- both ---

struct Counted : SessionSink {
  void on_event(const SessionEvent& /*event*/) noexcept override { ++events; }
  uint64_t events = 0;
};

using Make = Datagram (*)(bool is_answer, bool is_relayed, uint32_t client, uint32_t number);

// Of clients' renewals with another number each time.
class Renewals {
 public:
  explicit Renewals(Make make) : make_(make) { refill(); }
  void refill() {
    datagrams_.clear();
    for (size_t i = 0; i < kRenewals; ++i) {
      const uint32_t client = static_cast<uint32_t>(random_() % kSessions);
      const uint32_t number = random_() & 0xffffff;
      const bool is_relayed = i % 10 == 0;
      datagrams_.push_back(make_(false, is_relayed, client, number));
      datagrams_.push_back(make_(true, is_relayed, client, number));
    }
  }
  [[nodiscard]] const std::vector<Datagram>& datagrams() const { return datagrams_; }

 private:
  Make make_;
  std::mt19937 random_{1};
  std::vector<Datagram> datagrams_;
};

// One lcore's tracker and book, with everybody in it: made once, however often the bench is run.
template <typename AnyTracker>
class World {
 public:
  template <typename AnyPlan>
  World(AnyPlan plan, Make make)
      : book_(*SessionBook::make({.sessions_max = kSessions + 1024,
                                  .cells_bytes_max = uint64_t{kSessions + 1024} * 256,
                                  .key = HashKey::random()})),
        tracker_(std::move(plan), *book_),
        renewals_(make) {
    for (uint32_t client = 0; client < kSessions; ++client) {
      carry(make(false, true, client, client));
      carry(make(true, true, client, client));
    }
  }

  void run(benchmark::State& state) {
    const uint64_t renewed = tracker_.counters().renewed.get();
    for (auto unused : state) {
      if (at_ == renewals_.datagrams().size()) {
        state.PauseTiming();
        renewals_.refill();
        at_ = 0;
        now_ns_ += 10 * kNanosecondsPerSecond;
        state.ResumeTiming();
      }
      carry(renewals_.datagrams()[at_++]);
    }
    state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
    const SessionBookCounters& counters = book_->counters();
    state.counters["sessions"] = static_cast<double>(counters.opened.get() - counters.closed.get());
    // One for two messages, where each question has its answer.
    state.counters["renewed"] =
        static_cast<double>(tracker_.counters().renewed.get() - renewed) * 2 / static_cast<double>(state.iterations());
    state.counters["cells_bytes_a_session"] = static_cast<double>(book_->cells_bytes()) / kSessions;
  }

 private:
  void carry(const Datagram& datagram) {
    SignalRecord record{.header = datagram.header, .frame = datagram.octets, .message = datagram.octets};
    record.header.arrival = PacketTime{now_ns_ += kApartNs};
    tracker_.on_message(record, sink_);
  }

  std::unique_ptr<SessionBook> book_;
  AnyTracker tracker_;
  Renewals renewals_;
  Counted sink_;
  int64_t now_ns_ = kBeginNs;
  size_t at_ = 0;
};

void dhcp4_messages(benchmark::State& state) {
  static World<dhcp4::LeaseTracker> world(plan4(), dhcp4);
  world.run(state);
}

void dhcp6_messages(benchmark::State& state) {
  static World<dhcp6::LeaseTracker> world(plan6(), dhcp6);
  world.run(state);
}

template <typename Parser, typename Message>
void parse(benchmark::State& state, Make make) {
  const Renewals renewals(make);
  const auto parser = std::make_unique<Parser>();
  Message message;
  size_t at = 0;
  for (auto unused : state) {
    benchmark::DoNotOptimize(parser->read(renewals.datagrams()[at].octets, message));
    at = (at + 1) % renewals.datagrams().size();
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}

void dhcp4_parse(benchmark::State& state) { parse<dhcp4::Parser, dhcp4::Message>(state, dhcp4); }
void dhcp6_parse(benchmark::State& state) { parse<dhcp6::Parser, dhcp6::Message>(state, dhcp6); }

}  // namespace

// perf/run reads items_per_second: dhcp_messages_per_s and dhcp6_messages_per_s.
BENCHMARK(dhcp4_parse);
BENCHMARK(dhcp6_parse);
BENCHMARK(dhcp4_messages);
BENCHMARK(dhcp6_messages);

BENCHMARK_MAIN();
