#include "tests/simulation/calls/world.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace lictor::simulation {
namespace {

constexpr uint32_t kPeoplePerNetwork = 40;
constexpr int64_t kTickMs = 20;

sip::CallDeskPlan desk_plan(const std::vector<Network>& networks) {
  sip::CallDeskPlan plan;
  for (const Network& network : networks) {
    sip::CallSet& set = plan.sets.emplace_back();
    set.trusted = network.proxies;
    set.from = network.from_is_believed;
    set.numbers = {.country_code = "49", .international_prefixes = {"00"}, .trunk_prefix = "0"};
    plan.scopes.push_back({.ports = 1U << network.source_set});
  }
  plan.tracker.calls_max = 4096;
  plan.tracker.silence_ns = kSilenceSeconds * kNanosecondsPerSecond;
  plan.tracker.key = {3, 4};
  plan.streams = {.streams_max = 1, .rooms_max = 1, .held_max = 1};
  return plan;
}

}  // namespace

World::World(const CallFaults& faults, uint64_t seed)
    : faults_(faults), chance_(seed), ticked_(now_), audit_(make_people()) {
  if (const char* const shown = std::getenv("LICTOR_CALL"); shown != nullptr) shown_call_ = std::stoul(shown);
  desk_ = *sip::CallDesk::make(desk_plan(networks_), audit_);
  audit_.serve(*desk_);
}

// Phones behind a NAT have the same addresses in both.
void World::add_network(uint16_t source_set) {
  Network& network = networks_.emplace_back();
  const std::string number = std::to_string(source_set);
  network.source_set = source_set;
  network.from_is_believed = source_set == 0;
  const auto add = [this](const std::string& address, const std::string& outside) {
    return hosts_.emplace_back(std::make_unique<MediaHost>(address, outside)).get();
  };
  const std::string ipv6 = "2001:db8::" + number + ":";
  network.hosts = {add("192.0.2.1" + number, ""),
                   add("192.0.2.2" + number, ""),
                   add(ipv6 + "5", ""),
                   add(ipv6 + "6", ""),
                   add("203.0.113.250", "203.0.113.1" + number),
                   add("203.0.113.250", "203.0.113.2" + number)};
  network.relays = {add("198.51.100.1" + number, ""), add(ipv6 + "99", "")};
  network.proxies = {*IpPrefix::parse("198.51.100.20" + number), *IpPrefix::parse(ipv6 + "200")};
  for (uint32_t i = 0; i < kPeoplePerNetwork; ++i)
    network.people.push_back(
        {.number = source_set * kPeoplePerNetwork + i, .host = network.hosts[i % network.hosts.size()]});
}

// One person by one task, by two, by one that asks for others as well, and by those that ask for no content.
std::vector<WatchedPeople> World::make_people() {
  networks_.reserve(2);
  add_network(0);
  add_network(1);
  std::vector<WatchedPeople> watched;
  uint32_t slot = 1;
  for (const Network& network : networks_) {
    const std::vector<Person>& people = network.people;
    const auto add = [&](const std::vector<const Person*>& asked, bool cc) {
      watched.push_back({.slot = TaskSlot{slot++}, .people = asked, .cc = cc});
    };
    add({&people[0]}, true);
    add({&people[0]}, false);
    add({&people[1]}, true);
    add({&people[1], &people[2], &people[4]}, true);
    add({&people[2]}, true);
    add({&people[5], &people[6]}, false);
    add({&people[3], &people[9]}, true);
  }
  return watched;
}

void World::occupy(CallRecord& call, const MediaEnd& described) {
  call.in_use.insert(described);
  occupied_.insert(described);
}

void World::vacate(CallRecord& call, const MediaEnd& described, const MediaEnd& on_wire) {
  call.in_use.erase(call.in_use.find(described));
  occupied_.erase(occupied_.find(described));
  for (const int64_t ms : {40, 2500}) {
    after_ms(ms, [this, on_wire, described, port = call.port] {
      if (occupied_.contains(described)) return;
      const MediaEnd stranger{*IpPrefix::parse(described.host.ipv6 ? "2001:db8:ffff::1" : "198.51.100.99"), 4000};
      see({.from = stranger, .to = on_wire, .port = port});
    });
  }
}

void World::carry(PassingMessage message) {
  constexpr int64_t kRetransmissionMs = 500;
  CallRecord& call = *message.call;
  call.named.insert(message.named.begin(), message.named.end());
  const auto shared = std::make_shared<const PassingMessage>(std::move(message));
  const auto was_read = std::make_shared<bool>(false);
  const bool is_repeated = chance_.share(faults_.repeated);
  const int64_t again_ms = chance_.one_in(2) ? kRetransmissionMs : chance_.between(1, 20);
  for (int copy = 0; copy < (is_repeated ? 2 : 1); ++copy) {
    if (chance_.share(faults_.lost)) {
      ++call.lost;
      continue;
    }
    ++call.unread;
    const int64_t passes_ms = copy == 0 ? 0 : again_ms;
    const PacketTime passed{now_.unix_ns + passes_ms * kMillisecond};
    const int64_t jitter_ms = faults_.jitter_ms == 0 ? 0 : chance_.between(0, faults_.jitter_ms);
    after_ms(passes_ms + jitter_ms, [this, shared, passed, was_read] { read(shared, passed, was_read); });
  }
}

void World::read(const std::shared_ptr<const PassingMessage>& message, PacketTime passed,
                 const std::shared_ptr<bool>& was_read) {
  // Nobody asks again for what was answered.
  const TapView& view = message->call->view;
  const bool is_over = message->meaning.kind == Meaning::Kind::kInvite && view.is_known() && !view.is_open();
  --message->call->unread;
  if (is_over && !*was_read) return;
  const bool ipv6 = message->source.ipv6;
  std::string frame(ipv6 ? 48 : 28, '\0');
  frame[0] = ipv6 ? 0x60 : 0x45;
  frame[ipv6 ? 6 : 9] = 17;
  SignalRecord record;
  record.header.message_offset = static_cast<uint32_t>(frame.size());
  frame += message->text;
  record.header.frame_bytes = static_cast<uint32_t>(frame.size());
  record.header.message_bytes = static_cast<uint32_t>(message->text.size());
  record.header.arrival = passed;
  record.header.kind = SignalKind::kSip;
  record.header.ipv6 = ipv6;
  record.header.port = message->call->port;
  record.header.source_set = message->source_set;
  record.header.source = {.address = message->source.octets, .port = 5060};
  record.header.destination = {.address = message->destination.octets, .port = 5060};
  record.frame = as_bytes(frame);
  record.message = record.frame.subspan(record.header.message_offset);
  if (shown_call_ == message->call->number)
    std::printf("%lld ms%s\n%s\n", static_cast<long long>(passed.unix_ns / kMillisecond % 1'000'000),
                *was_read ? ", again" : "", message->text.c_str());
  audit_.hear({*message->call, message->meaning, message->named, *was_read, record});
  *was_read = message->call->view.is_known();  // what was read of no call counts once there is one
}

void World::run() {
  while (!events_.empty() && !testing::Test::HasFailure()) {
    now_ = {events_.begin()->first};
    while (ticked_.unix_ns + kTickMs * kMillisecond <= now_.unix_ns) {
      ticked_.unix_ns += kTickMs * kMillisecond;
      audit_.tick(ticked_);
    }
    const std::function<void()> what = std::move(events_.begin()->second);
    events_.erase(events_.begin());
    what();
  }
}

void World::run_out() {
  for (int round = 0; round < 3; ++round) {
    now_.unix_ns += 2 * kSilenceSeconds * kNanosecondsPerSecond;
    for (int i = 0; i < 300; ++i) audit_.tick({now_.unix_ns + i});
  }
  audit_.expect_all_over();
  EXPECT_EQ(desk_->tracker().counters().no_room.get(), 0U);
  EXPECT_EQ(desk_->tracker().counters().evicted.get(), 0U);
  EXPECT_EQ(desk_->tracker().calls(), 0U);
}

}  // namespace lictor::simulation
