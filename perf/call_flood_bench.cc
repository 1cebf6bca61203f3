// What a flood of strangers' INVITEs and REGISTERs costs a session lcore while a target is called in the midst of it:
// rounds of the real loop, with rings in front and behind, of messages no two of which are of one call. After each
// round the target's own message must have been told, and its media be found by the table that was published: else the
// figure is refused.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/session/session_loop.h"
#include "dataplane/session/sip/call_desk.h"

namespace {

using namespace lictor;
using namespace lictor::sip;

constexpr size_t kRingBytes = 8 << 20;  // both as configured by default
constexpr size_t kReportRingBytes = 4 << 20;
constexpr size_t kForeignARound = 255;  // and one of the target's: as many as the loop takes
constexpr uint32_t kForeign = 1 << 13;  // messages in memory, each of another caller with other media
constexpr uint32_t kTargets = 100'000;
constexpr int64_t kApartNs = 5'000;  // 200,000 a second, by the packets' clock
constexpr std::string_view kNumber = "99999999";
constexpr std::string_view kPort = "65000";
constexpr uint32_t kPorts = 25'000;

constexpr const char* kHead =
    "%s\r\n"
    "Via: SIP/2.0/UDP 203.0.113.8:5060;branch=z9hG4bK%s;rport\r\n"
    "Max-Forwards: 70\r\n"
    "From: <sip:%s@ims.example.org>;tag=a%s\r\n"
    "To: <sip:%s@ims.example.org>%s\r\n"
    "Call-ID: %s@203.0.113.8\r\n"
    "CSeq: %u %s\r\n"
    "Contact: <sip:%s@203.0.113.8:5060;transport=udp>\r\n"
    "User-Agent: Gateway\r\n"
    "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, UPDATE, REFER, NOTIFY, INFO\r\n";
constexpr const char* kCredentials =
    "Authorization: Digest username=\"%s@ims.example.org\", realm=\"ims.example.org\", nonce=\"f84f1cec41e6cbe5\", "
    "uri=\"sip:ims.example.org\", response=\"dfe56131d1958046689d83306477ecc4\"\r\nExpires: 3600\r\n";
constexpr const char* kSdp =
    "v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %s RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n";

template <typename... Values>
std::string written(const char* form, Values... values) {
  std::array<char, 2048> text{};
  return {text.data(), static_cast<size_t>(std::snprintf(text.data(), text.size(), form, values...))};
}

struct Names {
  std::string caller;
  std::string called;
  std::string number;  // of the call
};

std::string message(const std::string& start, const char* method, const Names& names, unsigned cseq, bool tagged,
                    const std::string& more, const std::string& body) {
  const std::string head =
      written(kHead, start.c_str(), names.number.c_str(), names.caller.c_str(), names.number.c_str(),
              names.called.c_str(), tagged ? ";tag=b" : "", names.number.c_str(), cseq, method, names.caller.c_str());
  const std::string kind = body.empty() ? "" : "Content-Type: application/sdp\r\n";
  return head + more + kind + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string sdp(const std::string& address, std::string_view port) {
  return written(kSdp, address.c_str(), address.c_str(), std::string(port).c_str());
}

// Where its numbers go: as many digits, whatever the number.
struct Foreign {
  std::string text;
  size_t call_id_at = 0;
  size_t port_at = std::string::npos;  // none: it describes no media
};

Foreign make_foreign(uint32_t number) {
  const Names names{"user" + std::to_string(number), "peer" + std::to_string(number), std::string(kNumber)};
  const std::string address = written("100.64.%u.%u", number / 250, 1 + number % 250);
  Foreign made;
  made.text = number % 2 == 0 ? message("INVITE sip:" + names.called + "@ims.example.org SIP/2.0", "INVITE", names, 1,
                                        false, "", sdp(address, kPort))
                              : message("REGISTER sip:ims.example.org SIP/2.0", "REGISTER",
                                        {names.caller, names.caller, names.number}, 1, false,
                                        written(kCredentials, names.caller.c_str()), "");
  made.call_id_at = made.text.find("Call-ID: ") + 9;
  const size_t media = made.text.find("m=audio ");
  if (media != std::string::npos) made.port_at = media + 8;
  return made;
}

void write_digits(uint8_t* at, size_t digits, uint32_t value) {
  for (size_t digit = digits; digit-- > 0; value /= 10) at[digit] = static_cast<uint8_t>('0' + value % 10);
}

// One call of the target after the other, at most a message of it a round. While it rings more strangers' calls begin
// than there is room for.
constexpr uint32_t kAnswer = 150;
constexpr uint32_t kBye = kAnswer + 30;
constexpr uint32_t kSteps = kBye + 2;
constexpr uint32_t kRounds = 10 * kSteps;
static_assert(kAnswer * kForeignARound / 2 > CallTrackerPlan{}.calls_max);
constexpr std::array<uint8_t, 4> kCallerHost = {203, 0, 113, 77};
constexpr std::array<uint8_t, 4> kTargetHost = {192, 0, 2, 77};

std::string own_message(uint32_t call, uint32_t step) {
  const Names names{"alice", "target0", "own" + std::to_string(call)};
  const std::string uri = " sip:target0@ims.example.org SIP/2.0";
  switch (step) {
    case 0:
      return message("INVITE" + uri, "INVITE", names, 1, false, "", sdp("203.0.113.77", "40000"));
    case 1:
      return message("SIP/2.0 180 Ringing", "INVITE", names, 1, true, "", "");
    case kAnswer:
      return message("SIP/2.0 200 OK", "INVITE", names, 1, true, "", sdp("192.0.2.77", "40002"));
    case kAnswer + 1:
      return message("ACK" + uri, "ACK", names, 1, true, "", "");
    case kBye:
      return message("BYE" + uri, "BYE", names, 2, true, "", "");
    case kBye + 1:
      return message("SIP/2.0 200 OK", "BYE", names, 2, true, "", "");
    default:
      return "";  // it rings, or they talk
  }
}

class Flood : private BindingOutlet {
 public:
  Flood() {
    for (uint32_t i = 0; i < kForeign; ++i) foreign_.push_back(make_foreign(i));
    signals_.bytes = *SpscByteRing::make(kRingBytes);
    reports_.bytes = *SpscByteRing::make(kReportRingBytes);
    book_ = *SessionBook::make({.sessions_max = 64, .cells_bytes_max = 65'536});
    desk_ = std::make_unique<SessionDesk>(
        SessionDeskPlan{.tasks_max = 8, .target_sessions_max = 64, .scopes = {BindingScope()}, .reports = {&reports_}},
        *book_);
    CallDeskPlan plan;
    plan.tracker.key = HashKey::random();
    plan.streams = {.streams_max = 1, .rooms_max = 1, .held_max = 1, .key = HashKey::random()};
    plan.sets.push_back({.trusted = {*IpPrefix::parse("198.51.100.1")}, .from = true, .preferred = true});
    plan.scopes.emplace_back();
    calls_ = *CallDesk::make(std::move(plan), *desk_);
    desk_->follow_calls_by(*calls_);
    SessionLoopPlan loop{
        .signals = {&signals_}, .changes = &changes_, .book = book_.get(), .desk = desk_.get(), .outlet = this};
    loop.trackers[static_cast<size_t>(SignalKind::kSip)] = calls_.get();
    loop_ = std::make_unique<SessionLoop>(std::move(loop));
    watch();
  }

  // Null: everything is as it should be.
  const char* round() {
    const std::string own = own_message(call_, step_);
    for (size_t i = 0; i < kForeignARound; ++i) {
      if (i == kForeignARound / 2 && !own.empty()) put(own);
      put_foreign();
    }
    signals_.bytes->publish();
    signals_.passed({now_ns_});
    loop_->run_once({now_ns_});
    return is_heard(own);
  }

  [[nodiscard]] uint32_t calls() const { return call_; }
  [[nodiscard]] const CallDesk& desk() const { return *calls_; }

 private:
  void publish(std::unique_ptr<const TargetTable> table) noexcept override { table_ = std::move(table); }
  void tend() noexcept override {}

  void watch() {
    std::vector<AskedName> asked;
    for (uint32_t i = 0; i < kTargets; ++i)
      asked.push_back({TaskSlot{0}, {IdentityKind::kSipUri, "target" + std::to_string(i) + "@ims.example.org"}});
    WatchedTask task{.slot = TaskSlot{0}, .start = {1}, .stop = {INT64_MAX}, .cins = {1, UINT32_MAX / 2}};
    task.identities.push_back({IdentityKind::kSipUri, asked[0].name.value});
    WatchChange change;
    change.table = std::make_unique<WatchTable>(IdentityForm{}, std::span<const WatchedIdentity>());
    change.calls = *CallWatch::make(asked, HashKey::random());
    change.added.push_back(std::move(task));
    changes_.push(std::move(change));
    loop_->run_once({now_ns_});
  }

  // Where the message is in the ring; it goes there as rx lcores write it.
  uint8_t* put(std::string_view text) {
    const size_t bytes = signal_record_bytes(text.size());
    const MutableBytes room = signals_.bytes->reserve(bytes);
    now_ns_ += kApartNs;
    const auto size = static_cast<uint32_t>(text.size());
    SignalRecordHeader header{.record_bytes = static_cast<uint32_t>(bytes),
                              .frame_bytes = size,
                              .message_bytes = size,
                              .arrival = {now_ns_},
                              .kind = SignalKind::kSip,
                              .source = {.address = {203, 0, 113, 8}, .port = 5060},
                              .destination = {.address = {198, 51, 100, 1}, .port = 5060}};
    if (text.starts_with("SIP/2.0")) std::swap(header.source, header.destination);
    std::memcpy(room.data(), &header, sizeof header);
    std::memcpy(room.data() + sizeof header, text.data(), text.size());
    signals_.bytes->commit(bytes);
    return room.data() + sizeof header;
  }

  void put_foreign() {
    const Foreign& one = foreign_[number_ % kForeign];
    uint8_t* const text = put(one.text);
    write_digits(text + one.call_id_at, kNumber.size(), number_);
    if (one.port_at != std::string::npos)
      write_digits(text + one.port_at, kPort.size(), 10'000 + 2 * (number_ / kForeign % kPorts));
    ++number_;
  }

  const char* is_heard(const std::string& own) {
    const Bytes told = reports_.bytes->readable();
    if (told.empty() != own.empty()) return "a message of the target was not told, or a stranger's was";
    if (!told.empty()) {
      SessionReport report;
      SessionReportParts parts;
      if (read_session_report(told, report, parts) != told.size()) return "more than the target's message was told";
      if (report.cin != call_ + 1 || as_text(report.raw) != own) return "the message that was told is another one";
      if ((report.call->step == CallStep::kEnd) != (step_ == kSteps - 1)) return "the call ended before its time";
      reports_.bytes->release(told.size());
    }
    // Behind the end they are the call's for a moment.
    const bool ends = step_ == kSteps - 1;
    if (!ends && !is_bound(kCallerHost, 40'000)) return "the caller's media are not bound";
    if (!ends && step_ >= kAnswer && !is_bound(kTargetHost, 40'002)) return "the target's media are not bound";
    if (++step_ == kSteps) {
      step_ = 0;
      ++call_;
    }
    return nullptr;
  }

  [[nodiscard]] bool is_bound(const std::array<uint8_t, 4>& host, uint16_t port) const {
    const TargetTable::Found found = table_->find(endpoint_key(ipv4_key(host.data()), port));
    return found.rules.size() == 1 && found.rules[0].cin == call_ + 1;
  }

  std::vector<Foreign> foreign_;
  MatchRing signals_;
  ReportRing reports_;
  SpscQueue<WatchChange> changes_{4};
  std::unique_ptr<SessionBook> book_;
  std::unique_ptr<SessionDesk> desk_;
  std::unique_ptr<CallDesk> calls_;
  std::unique_ptr<const TargetTable> table_;
  std::unique_ptr<SessionLoop> loop_;
  int64_t now_ns_ = kNanosecondsPerSecond;
  uint32_t number_ = 0;
  uint32_t call_ = 0;
  uint32_t step_ = 0;
};

void call_flood(benchmark::State& state) {
  Flood flood;
  const uint64_t had = flood.desk().tracker().counters().evicted.get();
  for (auto unused : state) {
    if (const char* const wrong = flood.round(); wrong != nullptr) {
      state.SkipWithError(wrong);
      break;
    }
  }
  const CallDeskCounters& counted = flood.desk().counters();
  if (counted.malformed.get() + counted.calls_over.get() + counted.exchanges_evicted.get() +
          counted.reports_lost.get() + counted.shared.get() !=
      0)
    state.SkipWithError("something was lost, or taken for what it is not");
  if (flood.calls() == 0) state.SkipWithError("no call came to its end");
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kForeignARound));
  state.counters["calls_of_the_target"] = flood.calls();
  state.counters["evicted"] = static_cast<double>(flood.desk().tracker().counters().evicted.get() - had);
}

}  // namespace

// perf/run reads items_per_second, the strangers' messages alone: call_flood_messages_per_s.
BENCHMARK(call_flood)->Iterations(kRounds);

BENCHMARK_MAIN();
