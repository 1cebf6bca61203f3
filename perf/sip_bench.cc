// What SIP costs one session lcore. Of strangers: messages of 800 octets that are read whole, every identity in them
// looked for, none of which is a target's, and their calls followed with their media; with ten target identities and
// with a hundred thousand. Of targets: how many calls at once have both ends of their media in the table, each under
// its own CIN.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/packet/target_table_builder.h"
#include "dataplane/session/sip/call_desk.h"

namespace {

using namespace lictor;
using namespace lictor::sip;

constexpr size_t kMessageBytes = 800;
constexpr size_t kMessages = 1 << 14;  // 13 MB, which come from a ring otherwise
constexpr size_t kManyTargets = 100'000;
constexpr size_t kFewTargets = 10;

constexpr const char* kHead =
    "%s\r\n"
    "Via: SIP/2.0/UDP 192.0.2.%u:5060;branch=z9hG4bK%08x;rport\r\n"
    "Max-Forwards: 69\r\n"
    "From: \"Subscriber %u\" <sip:+4930%07u@ims.example.org;user=phone>;tag=%08x\r\n"
    "To: <sip:user%u@ims.example.org>%s\r\n"
    "Call-ID: %08x%08x@192.0.2.%u\r\n"
    "CSeq: %u %s\r\n"
    "Contact: <sip:+4930%07u@192.0.2.%u:5060;transport=udp>\r\n"
    "P-Asserted-Identity: <sip:+4930%07u@ims.example.org>, <tel:+4930%07u>\r\n"
    "User-Agent: Gateway\r\n";

constexpr const char* kSdp =
    "v=0\r\no=- %u 1 IN IP4 198.51.100.%u\r\ns=-\r\nc=IN IP4 198.51.100.%u\r\nt=0 0\r\n"
    "m=audio %u RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=sendrecv\r\n";

template <typename... Values>
std::string written(const char* form, Values... values) {
  std::array<char, 2048> text{};
  return {text.data(), static_cast<size_t>(std::snprintf(text.data(), text.size(), form, values...))};
}

// Calls of random subscribers: an INVITE, its answer with a description, ACK and BYE, each as often.
std::string message(std::mt19937& random) {
  const auto below = [&random](unsigned bound) { return static_cast<unsigned>(random() % bound); };
  const unsigned kind = below(4);
  const unsigned caller = below(10'000'000);
  const unsigned called = below(10'000'000);
  const unsigned host = below(250) + 1;
  constexpr std::array<const char*, 4> kMethods = {"INVITE", "INVITE", "ACK", "BYE"};
  const std::string start =
      kind == 1 ? "SIP/2.0 200 OK"
                : written("%s sip:+4930%07u@ims.example.org;user=phone SIP/2.0", kMethods[kind], called);
  std::string head =
      written(kHead, start.c_str(), host, static_cast<unsigned>(random()), caller, caller,
              static_cast<unsigned>(random()), called, kind == 0 ? "" : ";tag=5fa81", static_cast<unsigned>(random()),
              static_cast<unsigned>(random()), host, below(100), kMethods[kind], caller, host, caller, caller);
  const std::string body = kind < 2 ? written(kSdp, caller, host, host, 10'000 + 2 * below(20'000)) : "";
  if (kind < 2) head += "Content-Type: application/sdp\r\n";
  const std::string end = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  constexpr std::string_view kAllow =
      "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, UPDATE, REFER, NOTIFY, INFO\r\n";
  if (head.size() + end.size() + body.size() + kAllow.size() < kMessageBytes) head += kAllow;
  constexpr std::string_view kFiller = "X-Filler: \r\n";
  const size_t bytes = head.size() + end.size() + body.size();
  if (bytes + kFiller.size() <= kMessageBytes)
    head += "X-Filler: " + std::string(kMessageBytes - bytes - kFiller.size(), 'x') + "\r\n";
  return head + end + body;
}

const std::vector<std::string>& messages() {
  static const std::vector<std::string> all = [] {
    std::mt19937 random(7);
    std::vector<std::string> made;
    made.reserve(kMessages);
    for (size_t i = 0; i < kMessages; ++i) made.push_back(message(random));
    return made;
  }();
  return all;
}

// Of each kind as many, and none of whom the messages tell.
std::shared_ptr<const CallWatch> watch_of(size_t targets) {
  std::vector<AskedName> asked;
  for (size_t i = 0; i < targets; ++i) {
    const std::string number = std::to_string(i);
    const auto slot = TaskSlot{static_cast<uint32_t>(i)};
    switch (i % 3) {
      case 0:
        asked.push_back({slot, {IdentityKind::kSipUri, "target" + number + "@ims.example.org"}});
        break;
      case 1:
        asked.push_back({slot, {IdentityKind::kSipUser, "target" + number}});
        break;
      default:
        asked.push_back({slot, {IdentityKind::kTelUri, "+4940" + number}});
    }
  }
  return *CallWatch::make(asked, HashKey::random());
}

// One task, for which nothing but the rules is kept.
class Office : public TaskOffice {
 public:
  [[nodiscard]] const WatchedTask* watched(TaskSlot slot) const noexcept override {
    return slot == task_.slot ? &task_ : nullptr;
  }
  uint32_t take_cin(TaskSlot /*slot*/) noexcept override { return ++cins; }
  bool write(const SessionReport& /*report*/) noexcept override {
    ++reports;
    return true;
  }
  std::vector<BindingChange>& bindings() noexcept override { return changes; }
  std::atomic<int64_t>* media_clock(TaskSlot /*slot*/, uint32_t number) noexcept override { return clocks.at(number); }
  void tell_others(const SessionReport& /*report*/) noexcept override {}
  void bind_remote_calls(TaskSlot /*slot*/, const MediaPlace& /*place*/) noexcept override {}

  MediaClocks clocks{1 << 16};
  uint32_t cins = 0;
  uint64_t reports = 0;
  std::vector<BindingChange> changes;

 private:
  const WatchedTask task_{.slot = TaskSlot{0}, .start = {1}, .stop = {INT64_MAX}, .cc = true};
};

struct NoSessions : SessionSink {
  void on_event(const SessionEvent& /*event*/) noexcept override {}
};

SignalRecord record_of(const std::string& text, bool is_answer = false) {
  SignalRecord record;
  record.header.kind = SignalKind::kSip;
  record.header.arrival = {kNanosecondsPerSecond};
  record.header.source = {.address = {198, 51, 100, 1}, .port = 5060};
  record.header.destination = {.address = {203, 0, 113, 1}, .port = 5060};
  if (is_answer) std::swap(record.header.source, record.header.destination);
  record.header.frame_bytes = record.header.message_bytes = static_cast<uint32_t>(text.size());
  record.frame = record.message = as_bytes(text);
  return record;
}

const NumberPlan& numbers() {
  static const NumberPlan one{.country_code = "49", .international_prefixes = {"00"}, .trunk_prefix = "0"};
  return one;
}

CallDeskPlan plan_of(uint32_t calls) {
  CallDeskPlan plan;
  plan.tracker = {.calls_max = calls, .key = HashKey::random()};
  plan.streams = {.streams_max = 1, .rooms_max = 1, .held_max = 1, .key = HashKey::random()};
  plan.sets.push_back(
      {.trusted = {*IpPrefix::parse("198.51.100.1")}, .from = true, .preferred = true, .numbers = numbers()});
  plan.scopes.emplace_back();
  return plan;
}

void sip_parse(benchmark::State& state) {
  const std::vector<std::string>& all = messages();
  auto read = std::make_unique<Message>();
  size_t at = 0;
  for (auto unused : state) {
    benchmark::DoNotOptimize(parse_message(as_bytes(all[at]), *read));
    at = (at + 1) % all.size();
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
}

// Where the number of a message's round goes in it: every round has other calls.
size_t call_id_at(const std::string& text) { return text.find("Call-ID: ") + 9; }

void match(benchmark::State& state, size_t targets) {
  std::vector<std::string> all = messages();
  std::vector<size_t> call_ids;
  for (const std::string& text : all) call_ids.push_back(call_id_at(text));
  Office office;
  const auto desk = *CallDesk::make(plan_of(1 << 14), office);
  desk->tasks_changed(watch_of(targets), {}, {}, {});
  NoSessions none;
  uint64_t bytes = 0;
  uint32_t round = 0;
  size_t at = 0;
  for (auto unused : state) {
    std::string& text = all[at];
    for (size_t digit = 0; digit < 8; ++digit)
      text[call_ids[at] + digit] = static_cast<char>('a' + (round >> 4 * digit & 15));
    bytes += text.size();
    desk->on_message(record_of(text), none);
    if (++at != all.size()) continue;
    at = 0;
    ++round;
  }
  if (desk->counters().malformed.get() != 0) state.SkipWithError("a message that is none");
  if (office.reports != 0) state.SkipWithError("a stranger matched");
  const auto iterations = static_cast<double>(state.iterations());
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
  state.counters["bytes_a_message"] = static_cast<double>(bytes) / iterations;
  state.counters["calls"] = static_cast<double>(desk->tracker().counters().opened.get());
}

void sip_messages_100k(benchmark::State& state) { match(state, kManyTargets); }
void sip_messages_10(benchmark::State& state) { match(state, kFewTargets); }

constexpr uint32_t kTargetCalls = 50'000;

// Both ends of a call's media, each with an address of its own for every 16,384 calls.
std::string call_message(uint32_t number, bool is_answer) {
  const unsigned port = 16'384 + 2 * (number % 16'384);
  const std::string address = written("192.0.%u.%u", is_answer ? 2 : 3, number / 16'384 + 1);
  const std::string body =
      written("v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %u RTP/AVP 8\r\n", address.c_str(),
              address.c_str(), port);
  return written(
             "%s\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK%u\r\nFrom: <sip:a@example.org>;tag=f%u\r\n"
             "To: <sip:target0@ims.example.org>%s\r\nCall-ID: %u@example.org\r\nCSeq: 1 INVITE\r\n"
             "Content-Type: application/sdp\r\nContent-Length: %u\r\n\r\n",
             is_answer ? "SIP/2.0 200 OK" : "INVITE sip:target0@ims.example.org SIP/2.0", number, number,
             is_answer ? ";tag=t" : "", number, static_cast<unsigned>(body.size())) +
         body;
}

bool is_matched(const TargetTable& table, uint32_t number, bool is_answer, uint32_t cin) {
  const std::array<uint8_t, 4> address = {192, 0, static_cast<uint8_t>(is_answer ? 2 : 3),
                                          static_cast<uint8_t>(number / 16'384 + 1)};
  const auto port = static_cast<uint16_t>(16'384 + 2 * (number % 16'384));
  const TargetTable::Found found = table.find(endpoint_key(ipv4_key(address.data()), port));
  return found.rules.size() == 1 && found.rules[0].cin == cin && found.rules[0].is_peer == !is_answer;
}

void calls(benchmark::State& state) {
  Office office;
  const auto desk = *CallDesk::make(plan_of(1 << 16), office);
  desk->tasks_changed(watch_of(kFewTargets), {}, {}, {});
  NoSessions none;
  for (uint32_t number = 0; number < kTargetCalls; ++number)
    for (const bool is_answer : {false, true})
      desk->on_message(record_of(call_message(number, is_answer), is_answer), none);
  TargetTableBuilder builder;
  for (const BindingChange& change : office.changes) {
    if (change.kind == BindingChange::Kind::kAdd)
      builder.add(change.rule);
    else
      builder.remove(change.rule.slot, {&change.rule, 1});
  }
  const std::unique_ptr<const TargetTable> table = builder.build();
  uint32_t matched = 0;
  for (uint32_t number = 0; number < kTargetCalls; ++number)  // CINs are given in the order of the calls
    matched += is_matched(*table, number, false, number + 1) && is_matched(*table, number, true, number + 1) ? 1 : 0;
  uint32_t at = 0;
  for (auto unused : state) benchmark::DoNotOptimize(is_matched(*table, at++ % kTargetCalls, true, 0));
  state.counters["calls_tracked"] = matched;
}

}  // namespace

// perf/run reads items_per_second of these, sip_messages_per_s and sip_identity_100k_vs_10, and calls_tracked.
BENCHMARK(sip_parse);
BENCHMARK(sip_messages_100k);
BENCHMARK(sip_messages_10);
BENCHMARK(calls)->Iterations(100'000);

BENCHMARK_MAIN();
