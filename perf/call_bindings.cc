#include "perf/call_bindings.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/packet/target_table_builder.h"
#include "dataplane/session/sip/call_desk.h"
#include "perf/random_address.h"

namespace lictor::perf {
namespace {

constexpr uint32_t kTasks = 1024;
constexpr uint32_t kEndsPerCall = 4;
constexpr std::string_view kServer = "198.51.100.1";

// An end of a call's media.
struct End {
  IpPrefix host;
  uint16_t port = 0;
};

struct Call {
  uint32_t number = 0;
  std::string called;
  End caller_end;
  End called_end;
};

// Tasks for which nothing but the rules is kept.
class Office : public TaskOffice {
 public:
  Office() : tasks_(kTasks) {
    for (uint32_t i = 0; i < kTasks; ++i) {
      tasks_[i].slot = TaskSlot{i};
      tasks_[i].stop = {INT64_MAX};
    }
  }
  [[nodiscard]] const WatchedTask* watched(TaskSlot slot) const noexcept override { return &tasks_[index_of(slot)]; }
  uint32_t take_cin(TaskSlot /*slot*/) noexcept override { return ++cins_; }
  bool write(const SessionReport& /*report*/) noexcept override { return true; }
  std::vector<BindingChange>& bindings() noexcept override { return changes_; }
  void tell_others(const SessionReport& /*report*/) noexcept override {}
  void bind_remote_calls(TaskSlot /*slot*/, const MediaPlace& /*place*/) noexcept override {}
  std::atomic<int64_t>* media_clock(TaskSlot /*slot*/, uint32_t /*number*/) noexcept override { return nullptr; }

 private:
  std::vector<WatchedTask> tasks_;
  std::vector<BindingChange> changes_;
  uint32_t cins_ = 0;
};

struct NoSessions : SessionSink {
  void on_event(const SessionEvent& /*event*/) noexcept override {}
};

std::string text_of(const IpPrefix& host) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(host.ipv6 ? AF_INET6 : AF_INET, host.octets.data(), text.data(), text.size());
  return text.data();
}

std::string message_of(const Call& call, bool is_answer) {
  const End& end = is_answer ? call.called_end : call.caller_end;
  const std::string address = fmt::format("IN IP{} {}", end.host.ipv6 ? 6 : 4, text_of(end.host));
  const std::string body =
      fmt::format("v=0\r\no=- 1 1 {0}\r\ns=-\r\nc={0}\r\nt=0 0\r\nm=audio {1} RTP/AVP 8\r\n", address, end.port);
  return fmt::format(
      "{}\r\nVia: SIP/2.0/UDP 203.0.113.8;branch=z9hG4bK{}\r\nFrom: <sip:caller@example.org>;tag=a\r\nTo: "
      "<sip:{}@example.org>{}\r\nCall-ID: {}@example.org\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n"
      "Content-Length: {}\r\n\r\n{}",
      is_answer ? "SIP/2.0 200 OK" : fmt::format("INVITE sip:{}@example.org SIP/2.0", call.called), call.number,
      call.called, is_answer ? ";tag=b" : "", call.number, body.size(), body);
}

End draw_end(Random& random, size_t number, const Traffic& traffic) {
  const auto draw = [&] { return random_host(random, number / 2 % 10 == 9); };
  End end{.host = draw(), .port = static_cast<uint16_t>((16'384 + random() % 32'768) & ~1U)};  // no service's
  while (traffic.occurs(end.host)) end.host = draw();
  return end;
}

std::shared_ptr<const sip::CallWatch> watch() {
  std::vector<sip::AskedName> asked;
  for (uint32_t i = 0; i < kTasks; ++i)
    asked.push_back({TaskSlot{i}, {IdentityKind::kSipUser, fmt::format("target{}", i)}});
  return *sip::CallWatch::make(asked, HashKey::random());
}

// A desk that hears of calls, and what becomes of rules.
class Exchange {
 public:
  explicit Exchange(uint32_t calls_max) {
    sip::CallDeskPlan plan;
    plan.tracker = {.calls_max = calls_max, .key = HashKey::random()};
    plan.streams = {.streams_max = 1, .rooms_max = 1, .held_max = 1, .key = HashKey::random()};
    plan.sets.emplace_back();
    plan.scopes.emplace_back();
    desk_ = *sip::CallDesk::make(std::move(plan), office_);
    desk_->tasks_changed(watch(), {}, {}, {});
    builder_.watch(*IpPrefix::parse(kServer));
  }

  void hear(const Call& call) {
    for (const bool is_answer : {false, true}) {
      const std::string text = message_of(call, is_answer);
      SignalRecord record;
      record.header.kind = SignalKind::kSip;
      record.header.arrival = {kNanosecondsPerSecond};
      record.header.frame_bytes = record.header.message_bytes = static_cast<uint32_t>(text.size());
      record.frame = record.message = as_bytes(text);
      NoSessions none;
      desk_->on_message(record, none);
      apply_changes();
    }
  }
  [[nodiscard]] size_t rules() const { return builder_.rules(); }
  [[nodiscard]] uint64_t shared() const { return desk_->counters().shared.get(); }
  [[nodiscard]] std::unique_ptr<const TargetTable> table() { return builder_.build(); }

 private:
  // As SessionLoop does.
  void apply_changes() {
    for (const BindingChange& change : office_.bindings()) {
      if (change.kind == BindingChange::Kind::kAdd) {
        builder_.add(change.rule);
      } else {
        builder_.remove(change.rule.slot, {&change.rule, 1});
      }
    }
    office_.bindings().clear();
  }

  Office office_;
  std::unique_ptr<sip::CallDesk> desk_;
  TargetTableBuilder builder_;
};

}  // namespace

std::unique_ptr<const TargetTable> make_call_bindings(uint32_t endpoints, const Traffic& traffic) {
  LICTOR_CHECK(endpoints % (2 * kEndsPerCall) == 0);
  Random random(11);
  Exchange exchange(endpoints / 2 + 1);
  for (uint32_t number = 0; number < endpoints / kEndsPerCall; ++number) {
    const Call call{.number = number,
                    .called = fmt::format("target{}", number % kTasks),
                    .caller_end = draw_end(random, number, traffic),
                    .called_end = draw_end(random, number, traffic)};
    exchange.hear(call);
    if (number % 2 == 0) continue;
    Call stranger = call;
    stranger.number += endpoints;
    stranger.called = "stranger";
    exchange.hear(stranger);
  }
  std::unique_ptr<const TargetTable> table = exchange.table();
  // A rule each, and where another call names them one for each other end of the call.
  LICTOR_CHECK(exchange.shared() == endpoints / 2);
  LICTOR_CHECK(exchange.rules() == endpoints / 2 + endpoints / 2 * (kEndsPerCall - 1));
  return table;
}

}  // namespace lictor::perf
