// A dataplane without packets, talking to the administration directly: attaches, fetches what it is sent, answers.
// Keeps what it holds between streams, as a real one does.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "control/admin/administration.h"
#include "dataplane/base/ids.h"

namespace lictor::control {

class FakeDataplane {
 public:
  FakeDataplane(Administration& administration, const std::string& id, char incarnation = 'a')
      : administration_(administration) {
    hello_.set_network_element_id(id);
    hello_.set_incarnation(std::string(16, incarnation));
    hello_.set_software_version("test");
  }

  v1::Hello& hello() { return hello_; }

  // A new process: holds nothing.
  void restart(char incarnation) {
    hello_.set_incarnation(std::string(16, incarnation));
    hello_.clear_fleet_id();
    hello_.clear_resume_epoch();
    hello_.clear_resume_generation();
    taps.clear();
    mediations.clear();
    withdrawn.clear();
  }

  Status attach() {
    Result<Attachment> attachment = administration_.attach(
        hello_, {.wake = [this] { ++wakes; }, .news = [this] { ++news_wakes; }, .cancel = [this] { ++cancels; }});
    if (!attachment.ok()) return attachment.status();
    id_ = attachment->id;
    welcome = attachment->welcome;
    if (welcome.full()) {
      taps.clear();
      mediations.clear();
    }
    hello_.set_fleet_id(welcome.fleet_id());
    hello_.set_resume_epoch(welcome.epoch());
    return absl::OkStatus();
  }

  // Takes what there is, up to `limit` directives and the rest of a batch, and applies and acknowledges it. How many
  // directives came.
  size_t take(size_t limit = SIZE_MAX, bool acknowledge = true) {
    size_t count = 0;
    while (count < limit) {
      std::optional<v1::ControlMessage> message = administration_.next_news(id_);
      if (!message) message = administration_.next_message(id_);
      if (!message) break;
      if (message->has_in_sync()) {
        in_sync = message->in_sync().generation();
        continue;
      }
      if (message->has_session_news()) {
        news.push_back(message->session_news());
        continue;
      }
      if (message->has_acceptance()) {
        orders.push_back(message->acceptance());
        continue;
      }
      if (message->has_message()) {
        messages.push_back(message->message());
        continue;
      }
      EXPECT_EQ(message->has_directives(), hello_.takes_batches());
      if (message->has_directive()) count += take(message->directive().directive(), acknowledge);
      for (const std::string& octets : message->directives().directives()) count += take(octets, acknowledge);
    }
    return count;
  }

  // The next message, whatever it is, untouched.
  std::optional<v1::ControlMessage> next() { return administration_.next_message(id_); }

  // The oldest order about an acceptance run that was not asked for yet.
  std::optional<v1::AcceptanceOrder> next_order() {
    take();
    if (orders.empty()) return std::nullopt;
    const v1::AcceptanceOrder order = orders.front();
    orders.pop_front();
    return order;
  }

  void answer(uint64_t generation, v1::DirectiveResult result, const std::string& reason = "") {
    v1::DataplaneMessage message;
    message.mutable_acknowledgement()->set_generation(generation);
    message.mutable_acknowledgement()->set_result(result);
    message.mutable_acknowledgement()->set_reason(reason);
    administration_.report(id_, message);
  }

  // The task has ended here, and everything of it is delivered.
  void report_delivered(const std::string& xid_octets) {
    v1::DataplaneMessage message;
    v1::TaskStatistics& task = *message.mutable_statistics()->add_tasks();
    task.set_xid(xid_octets);
    task.set_state(v1::TAP_STATE_ENDED);
    administration_.report(id_, message);
  }

  void report(const v1::DataplaneMessage& message) { administration_.report(id_, message); }
  void detach() { administration_.detach(id_); }

  static std::string text_of(const std::string& octets) { return Xid::from_octets(as_bytes(octets))->to_string(); }

  std::map<std::string, v1::Tap> taps;
  std::map<std::string, v1::Mediation> mediations;
  std::vector<v1::Withdrawal> withdrawals;
  std::set<std::string> withdrawn;  // these do not come back to this process
  v1::Welcome welcome;
  std::deque<v1::AcceptanceOrder> orders;
  std::vector<v1::OperatorMessage> messages;
  std::vector<v1::SessionNews> news;
  uint64_t in_sync = 0;
  int wakes = 0;
  int news_wakes = 0;
  int cancels = 0;

 private:
  size_t take(const std::string& octets, bool acknowledge) {
    v1::Directive directive;
    EXPECT_TRUE(directive.ParseFromString(octets));
    EXPECT_GT(directive.generation(), hello_.resume_generation());
    hold(directive);
    hello_.set_resume_generation(directive.generation());
    if (acknowledge) answer(directive.generation(), v1::DIRECTIVE_RESULT_APPLIED);
    return 1;
  }

  void hold(const v1::Directive& directive) {
    switch (directive.kind_case()) {
      case v1::Directive::kTap:
        EXPECT_EQ(withdrawn.count(text_of(directive.tap().xid())), 0u) << "a tap for a task that was withdrawn";
        taps[text_of(directive.tap().xid())] = directive.tap();
        return;
      case v1::Directive::kMediation:
        EXPECT_EQ(taps.count(text_of(directive.mediation().xid())), directive.mediation().draining() ? 0u : 1u)
            << "a mediation without its tap, or a tap for what only drains";
        mediations[text_of(directive.mediation().xid())] = directive.mediation();
        return;
      case v1::Directive::kWithdrawal:
        taps.erase(text_of(directive.withdrawal().xid()));
        EXPECT_EQ(mediations.erase(text_of(directive.withdrawal().xid())), 1u) << "a withdrawal of what was never held";
        withdrawals.push_back(directive.withdrawal());
        withdrawn.insert(text_of(directive.withdrawal().xid()));
        return;
      case v1::Directive::KIND_NOT_SET:
        ADD_FAILURE() << "an empty directive";
    }
  }

  Administration& administration_;
  v1::Hello hello_;
  StreamId id_{};
};

}  // namespace lictor::control
