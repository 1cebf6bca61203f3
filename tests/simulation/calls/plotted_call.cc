#include "tests/simulation/calls/plotted_call.h"

#include <algorithm>

namespace lictor::simulation {

using Kind = Meaning::Kind;

CallScript::Transaction PlottedCall::invite_for(int called) const {
  Transaction one = invite_;
  one.to = called;
  return one;
}

void PlottedCall::plot() {
  if (chance().one_in(8)) then(0, [this] { challenge(); });
  then(200, [this] { invite(); });
  then(100, [this] { ring(); });
  const int64_t outcome = chance().between(1, 20);
  talked_ms_ = chance().between(100, 1500);
  if (outcome <= 14) return plot_answered();
  const int64_t ms = std::max<int64_t>(talked_ms_, 200);
  if (outcome <= 16) {
    then(ms, [this] { refuse_all(); });
  } else if (outcome <= 18) {
    then(ms, [this] { give_up(); });
  } else {
    then(ms, [this] { take_while_given_up(); });
  }
}

void PlottedCall::plot_answered_alone() {
  then(1, [this] { invite(); });
  then(100, [this] { ring(); });
  then(200, [this] { take(1); });
  then(100, [this] { talk(1000, 6); });
}

void PlottedCall::plot_simple(int64_t talk_ms, bool ended_by_caller) {
  then(1, [this] { invite(); });
  then(100, [this] { ring(); });
  then(200, [this] { take(1); });
  then(100, [this, talk_ms] { talk(talk_ms, 10); });
  then(talk_ms, [this, ended_by_caller] { bye(1, ended_by_caller); });
}

void PlottedCall::plot_message(const std::string& method) {
  then(1, [this, method] {
    note(method);
    invite_ = begin(method, kCaller, 1);
    invite_.opens = true;
    ask(invite_, {});
    after_ms(60, [this] {
      answer(invite_, 200, {});
      set_over();
    });
  });
}

void PlottedCall::plot_answered() {
  is_late_offer_ = !plan().has_relay && called() == 1 && chance().one_in(6);
  winner_ = static_cast<int>(chance().between(1, called()));
  then(std::max<int64_t>(talked_ms_, 200), [this] { take(winner_); });
  if (called() > 1 && chance().one_in(4)) {
    second_ = winner_ == 1 ? 2 : 1;
    then(20, [this] { take_too(second_); });
  }
  talked_ms_ = 300;
  plot_changes();
  plot_end();
}

void PlottedCall::plot_changes() {
  const int64_t changes = chance().between(0, 3);
  for (int64_t i = 0; i < changes; ++i) {
    const int64_t ms = chance().between(200, 2500);
    then(talked_ms_, [this, ms] { talk(ms, chance().between(2, 12)); });
    then(ms, [this] {
      const bool by_caller = chance().one_in(2);
      if (chance().one_in(6)) return say(by_caller, "INFO", 200, {"Info-Package: dtmf"});
      change(by_caller, static_cast<Change>(chance().between(0, static_cast<int64_t>(Change::kCount) - 1)));
    });
    talked_ms_ = 200;
  }
}

void PlottedCall::plot_end() {
  const int64_t ms = chance().between(100, 4000);
  then(talked_ms_, [this, ms] { talk(ms, chance().between(4, 20)); });
  if (third_ != nullptr) then(ms, [this] { transfer(); });
  then(third_ != nullptr ? 1500 : ms, [this] { end_all(); });
}

// At once told who calls, and where to.
void PlottedCall::challenge() {
  note("challenged");
  party(kCaller).ports = take_ports(kCaller, kinds.size());
  invite_ = begin("INVITE", kCaller, 1);
  invite_.opens = true;
  ask(invite_, {.kind = Kind::kInvite, .has_sdp = true}, Reach::kNear);
  after_ms(20, [this] { answer(invite_, 407, {.kind = Kind::kRefused, .is_tried_again = true}, Reach::kNear); });
  after_ms(40, [this] { acknowledge_refusal(invite_, Reach::kNear); });
}

void PlottedCall::invite() {
  if (party(kCaller).ports.empty() && !is_late_offer_) party(kCaller).ports = take_ports(kCaller, kinds.size());
  const Said said{.kind = Kind::kInvite, .has_sdp = !is_late_offer_};
  invite_ = begin("INVITE", kCaller, 1);
  invite_.opens = true;
  for (int one = 1; one <= called(); ++one) take_relay(one, kinds.size());
  if (!plan().has_proxy) return ask(invite_, said);
  ask(invite_, said, Reach::kNear);
  after_ms(chance().between(8, 20), [this] { answer(invite_, 100, {}, Reach::kNear); });
  for (int one = 1; one <= called(); ++one) {
    after_ms(hop_ms() + one, [this, one, said] { ask(invite_for(one), said, Reach::kFar); });
    after_ms(hop_ms() + one + 10, [this, one] { answer(invite_for(one), 100, {}, Reach::kFar); });
  }
}

// Some are heard before they answer; of a phone behind a NAT nobody knows where yet.
void PlottedCall::ring() {
  for (int one = 1; one <= called(); ++one) {
    const bool is_heard = !is_late_offer_ && chance().one_in(3);
    if (!is_heard) {
      answer(invite_for(one), 180, {.kind = Kind::kProvisional});
      continue;
    }
    note("early media");
    if (party(one).ports.empty()) party(one).ports = take_ports(one, kinds.size());
    answer(invite_for(one), 183, {.kind = Kind::kProvisional, .has_sdp = true});
    party(one).talks = plan().has_relay || !plan().caller->host->is_translated();
    if (!plan().caller->host->is_translated()) send(one, false);
  }
  after_ms(2 * hop_ms() + 2, [this] { talk(100, 4); });
}

void PlottedCall::take(int called) {
  note("answered");
  if (replaced_ != nullptr) take_over(called, replaced_->party(1));
  if (party(called).ports.empty()) party(called).ports = take_ports(called, kinds.size());
  if (is_late_offer_) return take_late_offer(called);
  answer(invite_for(called), 200, {.kind = Kind::kTaken, .has_sdp = true});
  party(called).talks = true;
  if (!plan().caller->host->is_translated()) send(called, false);
  after_ms(2 * hop_ms() + 4, [this, called] {
    acknowledge(invite_for(called), {});
    send(called, true);
  });
  if (replaced_ != nullptr) after_ms(60, [this] { replaced_->bye(1, false); });
  for (int one = 1; one <= this->called(); ++one)
    if (one != called && one != second_) after_ms(hop_ms() + 2, [this, one] { let_go(one); });
}

void PlottedCall::take_late_offer(int called) {
  note("late offer");
  answer(invite_for(called), 200, {.kind = Kind::kTaken, .has_sdp = true});
  after_ms(2 * hop_ms() + 4, [this, called] {
    if (party(kCaller).ports.empty()) party(kCaller).ports = take_ports(kCaller, kinds.size());
    acknowledge(invite_for(called), {.has_sdp = true});
    party(called).talks = true;
    after_ms(hop_ms() + 2, [this, called] { send(called, true); });
  });
}

// It answered as well, before it was told to stop; who calls does not want both.
void PlottedCall::take_too(int called) {
  note("answered twice");
  if (party(called).ports.empty()) party(called).ports = take_ports(called, kinds.size());
  answer(invite_for(called), 200, {.kind = Kind::kTaken, .has_sdp = true});
  after_ms(40, [this, called] { acknowledge(invite_for(called), {}); });
  after_ms(120, [this, called] { bye(called, true); });
}

// By its proxy, when another has answered.
void PlottedCall::let_go(int called) {
  Party& one = party(called);
  one.talks = false;
  Transaction cancel = invite_for(called);
  cancel.method = "CANCEL";
  ask(cancel, {}, Reach::kFar);
  after_ms(14, [this, cancel] { answer(cancel, 200, {}, Reach::kFar); });
  after_ms(15, [this, called] { answer(invite_for(called), 487, {.kind = Kind::kRefused}, Reach::kFar); });
  after_ms(28, [this, called] { acknowledge_refusal(invite_for(called), Reach::kFar); });
  after_ms(30, [this, called] { give_all_back(called); });
}

void PlottedCall::refuse_all() {
  note("refused");
  const int status = chance().one_in(2) ? 486 : 480;
  for (int one = 1; one <= called(); ++one) {
    const bool is_last = one == called();
    after_ms(30 * one, [this, one, status, is_last] {
      party(one).talks = false;
      const Reach reach = is_last || !plan().has_proxy ? Reach::kAll : Reach::kFar;
      answer(invite_for(one), status, {.kind = Kind::kRefused}, reach);
      if (is_last) set_over();
      after_ms(3 * hop_ms(), [this, one, reach] {
        acknowledge_refusal(invite_for(one), reach);
        give_all_back(one);
      });
    });
  }
  after_ms(30 * called() + 3 * hop_ms() + 2, [this] { give_ports_back(kCaller, party(kCaller).ports); });
}

void PlottedCall::give_up() {
  note("cancelled");
  Transaction cancel = invite_;
  cancel.method = "CANCEL";
  set_over();
  const bool has_proxy = plan().has_proxy;
  ask(cancel, {}, Reach::kNear);
  after_ms(12, [this, cancel] { answer(cancel, 200, {}, Reach::kNear); });
  for (int one = 1; one <= called(); ++one) {
    party(one).talks = false;
    if (has_proxy) after_ms(hop_ms() + one, [this, one] { let_go(one); });
  }
  after_ms(60, [this] { answer(invite_, 487, {.kind = Kind::kRefused}, Reach::kNear); });
  after_ms(75, [this, has_proxy] {
    acknowledge_refusal(invite_, Reach::kNear);
    if (!has_proxy) give_all_back(1);
    give_ports_back(kCaller, party(kCaller).ports);
  });
}

// The answer and the CANCEL cross; who called ends what he did not want.
void PlottedCall::take_while_given_up() {
  if (called() > 1) return give_up();
  note("cancelled and answered");
  Transaction cancel = invite_;
  cancel.method = "CANCEL";
  ask(cancel, {});
  after_ms(5, [this] { take(1); });
  after_ms(3 * hop_ms(), [this, cancel] { answer(cancel, 481, {}); });
  after_ms(100, [this] { bye(1, true); });
}

}  // namespace lictor::simulation
