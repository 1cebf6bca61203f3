// What RADIUS accounting costs one session lcore with a million sessions in the book: messages that are read alone, are
// believed by their address, and are verified by their secret. Interims of random sessions, of which some have another
// address each; a Stop and a Start now and then.
#include <benchmark/benchmark.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <random>
#include <vector>

#include "dataplane/session/radius/tracker.h"

namespace {

using namespace lictor;
using namespace lictor::radius;

constexpr uint32_t kSessions = 1'000'000;
constexpr uint64_t kCellsBytesMax = uint64_t{kSessions} * 320;
constexpr uint32_t kNases = 200;
constexpr size_t kMessages = 1 << 14;  // 5 MB, which come from a ring otherwise
constexpr std::string_view kSecret = "the secret of all";
constexpr int64_t kBeginNs = 1'700'000'000 * kNanosecondsPerSecond;

struct Datagram {
  std::vector<uint8_t> octets;
  SignalRecordHeader header;
};

class Builder {
 public:
  void add(uint8_t type, Bytes value) {
    octets_.push_back(type);
    octets_.push_back(static_cast<uint8_t>(value.size() + 2));
    octets_.insert(octets_.end(), value.begin(), value.end());
  }
  void add(uint8_t type, std::string_view text) { add(type, as_bytes(text)); }
  void add(uint8_t type, uint32_t number) {
    const std::array<uint8_t, 4> octets = {static_cast<uint8_t>(number >> 24), static_cast<uint8_t>(number >> 16),
                                           static_cast<uint8_t>(number >> 8), static_cast<uint8_t>(number)};
    add(type, octets);
  }
  void add_prefix(uint8_t type, uint8_t bits, uint32_t number) {
    std::array<uint8_t, 18> value = {0, bits, 0x20, 0x01, 0x0d, 0xb8};
    for (size_t i = 0; i < 3; ++i) value[6 + i] = static_cast<uint8_t>(number >> (16 - 8 * i));
    add(type, value);
  }
  // As RFC 2866 section 3 signs it.
  std::vector<uint8_t> finish(uint8_t id) {
    octets_[0] = 4;
    octets_[1] = id;
    octets_[2] = static_cast<uint8_t>(octets_.size() >> 8);
    octets_[3] = static_cast<uint8_t>(octets_.size());
    std::vector<uint8_t> signed_octets = octets_;
    signed_octets.insert(signed_octets.end(), kSecret.begin(), kSecret.end());
    EVP_Digest(signed_octets.data(), signed_octets.size(), octets_.data() + 4, nullptr, EVP_md5(), nullptr);
    return octets_;
  }

 private:
  std::vector<uint8_t> octets_ = std::vector<uint8_t>(20);
};

// A subscriber's message with the attributes that access servers commonly send: some 230 octets.
Datagram accounting(StatusType status, uint32_t session, uint32_t round) {
  Builder builder;
  std::array<char, 32> text{};
  const auto words = [&text](const char* form, uint32_t number) {
    return std::string_view(text.data(), static_cast<size_t>(std::snprintf(text.data(), text.size(), form, number)));
  };
  const uint32_t nas = session % kNases;
  builder.add(40, static_cast<uint32_t>(status));
  builder.add(44, words("%08X-0001", session));
  builder.add(1, words("user%08u@example.org", session));
  builder.add(4, 0xc0000200 + nas);
  builder.add(5, session / kNases);
  builder.add(6, 2);
  builder.add(7, 1);
  builder.add(8, 0x0a000000 + session + 1);
  builder.add_prefix(97, 64, session);
  builder.add_prefix(123, 56, session);
  builder.add(42, round * 1000);
  builder.add(43, round * 5000);
  builder.add(46, round * 600);
  builder.add(52, 0U);
  builder.add(53, 1U);
  builder.add(61, 15);
  builder.add(32, words("bras%u", nas));
  Datagram datagram{.octets = builder.finish(static_cast<uint8_t>(round)), .header = {}};
  datagram.header.source.address = {192, 0, 2, static_cast<uint8_t>(nas)};
  datagram.header.source.port = 40'000;
  datagram.header.destination.address = {198, 51, 100, 1};
  datagram.header.destination.port = 1813;
  return datagram;
}

TrackerPlan plan_with(bool verify) {
  TrackerPlan plan;
  ClientPlan clients{.addresses = *IpPrefix::parse("192.0.2.0/24")};
  if (verify) clients.secret = *SharedSecret::make(as_bytes(kSecret));
  plan.peers = {{.source_set = 0, .servers = {*IpPrefix::parse("198.51.100.1")}, .clients = {clients}}};
  plan.key = HashKey::random();
  return plan;
}

struct Counted : SessionSink {
  void on_event(const SessionEvent& /*event*/) noexcept override { ++events; }
  uint64_t events = 0;
};

// Reads the clock of packets as if each message came 2 microseconds behind the last one.
struct Carrier {
  RadiusTracker& tracker;
  Counted sink{};
  int64_t now_ns = kBeginNs;

  void carry(const Datagram& datagram) {
    SignalRecord record{.header = datagram.header, .frame = datagram.octets, .message = datagram.octets};
    record.header.arrival = PacketTime{now_ns += 2000};
    tracker.on_message(record, sink);
  }
};

struct Loaded {
  explicit Loaded(bool verify)
      : book(*SessionBook::make(
            {.sessions_max = kSessions + 1024, .cells_bytes_max = kCellsBytesMax, .key = HashKey::random()})),
        tracker(*RadiusTracker::make(plan_with(verify), *book)),
        carrier{*tracker} {
    for (uint32_t session = 0; session < kSessions; ++session)
      carrier.carry(accounting(StatusType::kStart, session, 0));
    std::fprintf(stderr, "%llu sessions\n", static_cast<unsigned long long>(book->counters().opened.get()));
  }
  std::unique_ptr<SessionBook> book;
  std::unique_ptr<RadiusTracker> tracker;
  Carrier carrier;
};

// Of random sessions, and of a new round each time that they have been used up.
std::vector<Datagram> interims(uint32_t round) {
  std::mt19937 random(round);
  std::vector<Datagram> datagrams;
  datagrams.reserve(kMessages);
  for (size_t i = 0; i < kMessages; ++i)
    datagrams.push_back(accounting(StatusType::kInterim, static_cast<uint32_t>(random() % kSessions), round));
  return datagrams;
}

// Once for all repetitions.
Loaded& loaded_with(bool verify) {
  static std::array<std::unique_ptr<Loaded>, 2> books;
  std::unique_ptr<Loaded>& one = books[verify ? 1 : 0];
  if (one == nullptr) one = std::make_unique<Loaded>(verify);
  return *one;
}

void track(benchmark::State& state, bool verify) {
  Loaded& loaded = loaded_with(verify);
  static uint32_t round = 1;
  std::vector<Datagram> datagrams = interims(round);
  size_t at = 0;
  for (auto unused : state) {
    if (at == datagrams.size()) {
      state.PauseTiming();
      datagrams = interims(++round);
      at = 0;
      state.ResumeTiming();
    }
    loaded.carrier.carry(datagrams[at++]);
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
  const TrackerCounters& counters = loaded.tracker->counters();
  state.counters["used"] =
      static_cast<double>(counters.fates.get(Fate::kUsed)) / static_cast<double>(counters.fates.total());
  const SessionBook& book = *loaded.book;
  state.counters["bytes_a_session"] =
      static_cast<double>(book.bytes_max() - kCellsBytesMax + book.cells_bytes()) / static_cast<double>(kSessions);
}

void radius_messages(benchmark::State& state) { track(state, false); }
void radius_verified_messages(benchmark::State& state) { track(state, true); }

void radius_parse(benchmark::State& state) {
  const AttributeMap map = AttributeMap::standard();
  const std::vector<Datagram> datagrams = interims(1);
  auto message = std::make_unique<Message>();
  size_t at = 0;
  for (auto unused : state) {
    benchmark::DoNotOptimize(parse_message(datagrams[at].octets, map, *message));
    at = (at + 1) % datagrams.size();
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}

}  // namespace

// perf/run reads items_per_second of these: radius_messages_per_s and radius_verified_messages_per_s.
BENCHMARK(radius_parse);
BENCHMARK(radius_messages);
BENCHMARK(radius_verified_messages);

BENCHMARK_MAIN();
