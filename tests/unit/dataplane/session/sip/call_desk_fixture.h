// A desk of calls with tasks, and what it says and binds in words. One thread.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/session/sip/call_desk.h"
#include "tests/unit/dataplane/session/sip/sip_calls.h"
#include "tests/unit/dataplane/session/sip/watched_tasks.h"

namespace lictor::sip {

constexpr int64_t kS = kNanosecondsPerSecond;

struct NoSessions : SessionSink {
  void on_event(const SessionEvent& /*event*/) noexcept override {}
};

// Keeps what it is told, in words.
class Office : public TaskOffice {
 public:
  const WatchedTask* watched(TaskSlot slot) const noexcept override { return find_task(tasks, slot); }
  uint32_t take_cin(TaskSlot /*slot*/) noexcept override { return cins_left == 0 ? 0 : (--cins_left, next_cin++); }
  bool write(const SessionReport& report) noexcept override {
    if (is_full) return false;
    constexpr const char* kSteps[] = {"begin", "continue", "end", "report"};
    constexpr const char* kWays[] = {" from", " to", ""};
    constexpr const char* kKinds[] = {"", "active ", "state ", "gone"};
    std::string words = std::to_string(static_cast<uint32_t>(report.slot)) + "#" + std::to_string(report.cin) + " " +
                        kKinds[static_cast<size_t>(report.kind)];
    if (report.kind != SessionReport::Kind::kGone) words += kSteps[static_cast<size_t>(report.call->step)];
    words += kWays[static_cast<size_t>(report.call->direction)];
    if (report.call->reason != CallEndReason::kNone)
      words += " reason " + std::to_string(static_cast<int>(report.call->reason));
    for (const SessionAddress& address : report.addresses) words += " :" + std::to_string(address.ports.first);
    said.push_back(words);
    messages.emplace_back(as_text(report.raw.subspan(report.call->message_at)));
    headers.push_back(report.call->message_at);
    return true;
  }
  std::vector<BindingChange>& bindings() noexcept override { return changes; }
  void tell_others(const SessionReport& /*report*/) noexcept override {}
  void bind_remote_calls(TaskSlot /*slot*/, const MediaPlace& /*place*/) noexcept override {}
  std::atomic<int64_t>* media_clock(TaskSlot /*slot*/, uint32_t number) noexcept override { return clocks.at(number); }

  // Ports of rules that hold, by slot and CIN.
  std::vector<std::string> rules() {
    for (const BindingChange& change : changes) {
      const auto is_key = [&](const TargetRule& rule) {
        return rule.slot == change.rule.slot && rule.prefix == change.rule.prefix &&
               rule.target_ports == change.rule.target_ports;
      };
      if (change.kind == BindingChange::Kind::kRemove)
        std::erase_if(held, is_key);
      else
        held.push_back(change.rule);
    }
    changes.clear();
    std::vector<std::string> words;
    for (const TargetRule& rule : held) {
      EXPECT_EQ(rule.key, RuleKey::kEndpoint);
      words.push_back(std::to_string(static_cast<uint32_t>(rule.slot)) + "#" + std::to_string(rule.cin) + " :" +
                      std::to_string(rule.target_ports.first) + (rule.is_peer ? " peer" : "") +
                      (rule.remote.bits == 0 ? "" : " with :" + std::to_string(rule.remote_ports.first)));
    }
    std::ranges::sort(words);
    return words;
  }

  WatchedTasks tasks;
  MediaClocks clocks{8};
  std::vector<std::string> said;
  std::vector<std::string> messages;
  std::vector<uint32_t> headers;
  std::vector<BindingChange> changes;
  std::vector<TargetRule> held;
  uint32_t next_cin = 1;
  uint32_t cins_left = 100;
  bool is_full = false;  // the encoder's ring
};

using Lines = std::vector<std::string>;

class CallDeskTest : public testing::Test {
 protected:
  CallDeskTest() {
    plan_.sets.emplace_back().numbers.country_code = "49";
    plan_.sets[0].trusted = {*IpPrefix::parse("198.51.100.1")};
    plan_.scopes = {BindingScope{.ports = 0b11}};
    plan_.tracker.key = {3, 4};
    desk_ = *CallDesk::make(plan_, office_);
  }

  void watch(uint32_t slot, const Lines& uris, bool cc = true) {
    office_.tasks[TaskSlot{slot}] = task_for(TaskSlot{slot}, uris, cc);
    changed({}, {TaskSlot{slot}});
  }
  void unwatch(uint32_t slot) {
    office_.tasks.erase(TaskSlot{slot});
    changed({TaskSlot{slot}}, {});
  }
  void changed(const std::vector<TaskSlot>& removed, const std::vector<TaskSlot>& added) {
    desk_->tasks_changed(watch_of(office_.tasks), removed, added, {kS});
  }

  // `node` sends it; 0: who calls, or who is called, by what it is.
  void see(const std::string& text, int64_t second = 1, uint8_t node = 0, uint16_t port = 0) {
    // IPv4 and UDP in front, as a frame without a link header has them.
    std::string frame(28, '\0');
    frame[0] = 0x45;
    frame[9] = 17;
    frame += text;
    SignalRecord record;
    record.header.frame_bytes = static_cast<uint32_t>(frame.size());
    record.header.message_offset = 28;
    record.header.message_bytes = static_cast<uint32_t>(text.size());
    record.header.arrival = {second * kS};
    record.header.kind = SignalKind::kSip;
    record.header.port = port;
    record.header.source = {.address = {203, 0, 113, std::max(node, uint8_t{1})}, .port = 5060};
    record.header.destination = {.address = {198, 51, 100, 2}, .port = 5060};
    const bool of_called = text.find("<sip:a@example.org>;tag=2") != std::string::npos;
    if (node == 0 && text.starts_with("SIP/2.0") != of_called)
      std::swap(record.header.source, record.header.destination);
    if (ports_) {
      record.header.source = {.address = {198, 51, 100, 1}, .port = ports_->first};
      record.header.destination = {.address = {198, 51, 100, 1}, .port = ports_->second};
    }
    record.frame = as_bytes(frame);
    record.message = record.frame.subspan(28);
    desk_->on_message(record, none_);
  }
  // Of two nodes at one address.
  void see_between(const std::string& text, uint16_t one, uint16_t other) {
    ports_ = {one, other};
    see(text);
    ports_.reset();
  }
  static std::string request(const std::string& method, const Leg& leg = {}, int port = 0) {
    return with_sdp(method + " sip:b@example.org SIP/2.0", method, leg, port);
  }
  static std::string answer(int status, const std::string& method, const Leg& leg, int port = 0) {
    return with_sdp("SIP/2.0 " + std::to_string(status) + " Is", method, leg, port);
  }
  // The same of other people.
  static std::string with_name(std::string text, const std::string& name, const std::string& other) {
    for (size_t at; (at = text.find(name)) != std::string::npos;) text.replace(at, name.size(), other);
    return text;
  }
  static std::string to_x(const std::string& text) { return with_name(text, "b@example", "x@example"); }
  void tick(int64_t second) { desk_->on_tick({second * kS}, none_); }

  std::optional<std::pair<uint16_t, uint16_t>> ports_;  // of the next message
  Office office_;
  NoSessions none_;
  CallDeskPlan plan_;
  std::unique_ptr<CallDesk> desk_;
};

}  // namespace lictor::sip
