#include "tests/simulation/simulation.h"

namespace lictor::simulation {
namespace {

constexpr uint32_t kEnoughSessions = 2048;

SessionBookPlan book_plan(const Faults& faults) {
  const uint32_t sessions_max = faults.sessions_max == 0 ? kEnoughSessions : faults.sessions_max;
  return {.sessions_max = sessions_max, .cells_bytes_max = uint64_t{sessions_max} * 168};
}

}  // namespace

Simulation::Simulation(const Faults& faults, uint64_t seed)
    : world_(faults, seed),
      book_(SessionBook::make(book_plan(faults)).value()),
      radius_(radius::RadiusTracker::make(SimulatedRadius::plan(), *book_).value()),
      pppoe_(SimulatedPppoe::plan(), *book_),
      dhcp4_(SimulatedDhcp4::plan(), *book_),
      dhcp6_(SimulatedDhcp6::plan(), *book_),
      radius_network_(world_),
      pppoe_network_(world_),
      dhcp4_network_(world_),
      dhcp6_network_(world_) {}

void Simulation::run_minute() {
  for (int64_t ms = 0; ms < 60'000; ms += kStepMs) {
    radius_network_.step();
    pppoe_network_.step();
    dhcp4_network_.step();
    dhcp6_network_.step();
    pass(kStepMs);
  }
  compare_all();
}

void Simulation::run_out() {
  constexpr int64_t kLongestMs = 1'200'000;  // more than the silence after which each protocol's sessions are over
  for (int64_t ms = 0; ms < kLongestMs; ms += 1'000) pass(1'000);
  compare_all();
  EXPECT_EQ(book_->counters().opened.get(), book_->counters().closed.get());
  EXPECT_EQ(book_->cells_bytes(), 0U);
}

void Simulation::pass(int64_t ms) {
  world_.now = world_.in_ms(ms);
  world_.tap.read_until(world_.now, [this](const SignalRecord& record) { read(record); });
  // The session lcore ticks ten times as often.
  for (int64_t tick = 0; tick < ms / 10; ++tick) {
    radius_->on_tick(world_.now, sink_);
    dhcp6_.on_tick(world_.now, sink_);
    book_->expire(world_.now, sink_);
  }
}

void Simulation::read(const SignalRecord& record) {
  switch (record.header.kind) {
    case SignalKind::kRadius:
      return radius_->on_message(record, sink_);
    case SignalKind::kDhcp4:
      return dhcp4_.on_message(record, sink_);
    case SignalKind::kDhcp6:
      return dhcp6_.on_message(record, sink_);
    default:
      return pppoe_.on_message(record, sink_);
  }
}

void Simulation::compare_all() {
  compare(radius_network_);
  compare(pppoe_network_);
  compare(dhcp4_network_);
  compare(dhcp6_network_);
  const SessionBookCounters& counters = book_->counters();
  EXPECT_LE(counters.opened.get() - counters.closed.get(), book_->sessions_max());
  EXPECT_LE(book_->cells_bytes(), book_->bytes_max());
}

template <typename Network>
void Simulation::compare(const Network& network) {
  for (const std::string& address : network.addresses()) compare(Network::kSourceSet, Network::kNamedBy, address);
}

Simulation::Holder Simulation::holder_of(uint16_t source_set, IdentityKind named_by, const std::string& address) const {
  Holder holder;
  book_->for_each_holder(source_set, *IpPrefix::parse(address),
                         [&](SessionId session, const SessionAddress&, PacketTime) {
                           ++holder.count;
                           book_->for_each_identity(session, [&holder, named_by](IdentityKind kind, Bytes shown) {
                             if (kind == named_by) holder.name = std::string(as_text(shown));
                           });
                         });
  return holder;
}

// A name may have been lost.
bool Simulation::is_named(const Holder& holder, const Reference::Claim& claim) {
  return holder.name == claim.name || (holder.name.empty() && !claim.name_is_known);
}

// Whom the reference names has it, or nobody has.
void Simulation::compare(uint16_t source_set, IdentityKind named_by, const std::string& address) {
  const Holder holder = holder_of(source_set, named_by, address);
  const Reference::Answer expected = world_.reference.find(address, world_.now);
  const bool is_leased = source_set == SimulatedDhcp4::kSourceSet || source_set == SimulatedDhcp6::kSourceSet;
  if (holder.count > 0 && is_leased && !holder.name.empty()) {
    EXPECT_LE(world_.now.unix_ns, world_.promised(address, holder.name).unix_ns + kSlackNs)
        << address << " outlives its lease";
  }
  const bool is_held = expected.state == Reference::State::kHeld;
  const bool agrees = is_held ? holder.count == 1 && is_named(holder, *expected.claim) : holder.count == 0;
  if (agrees) {
    agreed_.at(source_set) += is_held ? 1 : 0;
    return;
  }
  // Deadlines are whole seconds, rounded up, and are looked at once a second.
  const bool has_just_ended =
      expected.state == Reference::State::kExpired && world_.now.unix_ns <= expected.claim->until.unix_ns + kSlackNs;
  if (has_just_ended && holder.count == 1 && is_named(holder, *expected.claim)) return;
  EXPECT_TRUE(may_be(holder, expected, address))
      << address << " has " << holder.count << " holders, " << testing::PrintToString(holder.name) << ", for state "
      << static_cast<int>(expected.state) << " of " << (expected.claim == nullptr ? "nobody" : expected.claim->session)
      << " since "
      << (expected.claim == nullptr ? 0 : (world_.now.unix_ns - expected.claim->since.unix_ns) / kMillisecond) << " ms";
  ++excused_.at(source_set);
}

// Where nobody may be right: see README.
bool Simulation::may_be(const Holder& holder, const Reference::Answer& expected, const std::string& address) const {
  using enum Reference::State;
  const Faults& faults = world_.tap.faults();
  if (expected.claim == nullptr || holder.count > 1) return false;
  const Reference::Claim& claim = *expected.claim;
  const bool misses_some = faults.lost > 0 || faults.late > 0;
  if (holder.count == 0) {
    const bool may_be_gone = faults.late > 0 || faults.sessions_max > 0 || (misses_some && !claim.line_is_known);
    return expected.state == kHeld && may_be_gone;
  }
  const bool may_lack_name = faults.late > 0 || faults.sessions_max > 0;
  if (!is_named(holder, claim) && !(may_lack_name && holder.name.empty())) return false;
  switch (expected.state) {
    case kHeld:
      return true;
    case kExpired:
      return world_.now.unix_ns <= std::max(claim.until, world_.promised(address, claim.name)).unix_ns + kSlackNs;
    case kMoved:
      return misses_some;
    case kOver:
      return faults.late > 0 && claim.is_one_of_several;
    default:
      return false;
  }
}

void Simulation::expect_something_compared() const {
  constexpr uint64_t kOften = 20;
  const Faults& faults = world_.tap.faults();
  const bool sees_all = faults.lost == 0 && faults.late == 0;
  for (size_t set = 0; set < agreed_.size(); ++set) {
    EXPECT_GT(agreed_.at(set), kOften) << set;
    EXPECT_LE(excused_.at(set) * (sees_all ? 100 : 10), agreed_.at(set)) << set;
  }
}

}  // namespace lictor::simulation
