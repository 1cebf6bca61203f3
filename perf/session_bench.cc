// What a session costs: a full book whose every session has a name of 24 octets, an IPv4 address, an IPv6 address and a
// delegated prefix, divided by its sessions.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <array>

#include "dataplane/base/check.h"
#include "dataplane/session/session_book.h"

namespace lictor {
namespace {

constexpr uint32_t kSessions = 1U << 20;
constexpr size_t kNameBytes = 24;
// Of names and addresses: as SessionBookPlan says, without a MAC address.
constexpr uint64_t kCellsBytes = uint64_t{kSessions} * 144;

class Nobody final : public SessionSink {
 public:
  void on_event(const SessionEvent& /*event*/) noexcept override {}
};

IpPrefix prefix_of(std::initializer_list<uint8_t> first, uint32_t number, size_t at, uint8_t bits) {
  IpPrefix prefix{.ipv6 = first.size() > 1, .bits = bits};
  std::ranges::copy(first, prefix.octets.begin());
  for (size_t i = 0; i < 4; ++i) prefix.octets[at + i] |= static_cast<uint8_t>(number >> (24 - 8 * i));
  return prefix;
}

void fill(SessionBook& book) {
  Nobody nobody;
  for (uint32_t number = 0; number < kSessions; ++number) {
    const std::string name = fmt::format("user-{:07}@example.org", number);
    LICTOR_CHECK(name.size() == kNameBytes);
    const SessionId session =
        book.open(book.key(SessionSource::kRadius, 0, as_bytes(name)), SessionSource::kRadius, 0, SessionGroup(1), {1});
    LICTOR_CHECK(session != kNoSession);
    const ShownIdentity shown{IdentityKind::kRadiusUser, as_bytes(name)};
    const std::array<SessionAddress, 3> addresses = {
        SessionAddress{.prefix = prefix_of({10}, number, 0, 32)},
        SessionAddress{.prefix = prefix_of({0x20, 0x01, 0x0d, 0xb8}, number, 4, 128)},
        SessionAddress{.prefix = prefix_of({0x20, 0x01, 0x0d, 0xb9}, number, 3, 56),
                       .use = SessionAddress::Use::kDelegated}};
    book.apply(session,
               {.kind = AccessEvent::kAccept,
                .received = {1},
                .effective = {1},
                .shown = {&shown, 1},
                .addresses = std::span<const SessionAddress>(addresses)},
               nobody);
  }
  LICTOR_CHECK(book.counters().cells_full.get() == 0 && book.counters().addresses_taken.get() == 0);
}

void sessions(benchmark::State& state) {
  const auto book =
      *SessionBook::make({.sessions_max = kSessions, .cells_bytes_max = kCellsBytes, .key = HashKey::random()});
  fill(*book);
  for (auto unused : state)
    benchmark::DoNotOptimize(book->find(book->key(SessionSource::kRadius, 0, as_bytes("nobody"))));
  state.counters["bytes_a_session"] = static_cast<double>(book->bytes_max()) / kSessions;
}

}  // namespace
}  // namespace lictor

// perf/run reads bytes_a_session: session_bytes.
BENCHMARK(lictor::sessions)->Name("sessions")->Iterations(1000);

BENCHMARK_MAIN();
