// What happens in a call that was answered, and how it ends.
#include <algorithm>
#include <utility>

#include "tests/simulation/calls/plotted_call.h"

namespace lictor::simulation {

using Kind = Meaning::Kind;

namespace {

constexpr int64_t kAnsweredMs = 50;  // behind what is asked

}  // namespace

void PlottedCall::change(bool by_caller, Change what) {
  constexpr std::array<const char*, static_cast<size_t>(Change::kCount)> kWords = {"held by sendonly",
                                                                                   "held by inactive",
                                                                                   "held by address",
                                                                                   "resumed",
                                                                                   "codec",
                                                                                   "ports",
                                                                                   "ports of both",
                                                                                   "video",
                                                                                   "fax",
                                                                                   "refused",
                                                                                   "late offer",
                                                                                   "update"};
  note(std::string(by_caller ? "caller: " : "called: ") + kWords[static_cast<size_t>(what)]);
  const int asker = by_caller ? kCaller : winner_;
  const int other = by_caller ? winner_ : kCaller;
  std::vector<uint16_t> ports = party(asker).ports;
  const bool is_other = what == Change::kPorts || what == Change::kPortsOfBoth || what == Change::kRefused ||
                        what == Change::kLateOffer || what == Change::kUpdate || what == Change::kFax;
  if (what == Change::kFax) kinds = {SdpStream::Kind::kFax};
  if (what == Change::kVideo && kinds.size() == 1 && kinds[0] == SdpStream::Kind::kAudio)
    kinds.push_back(SdpStream::Kind::kVideo);
  if (is_other) ports = take_ports(asker, kinds.size());
  while (ports.size() < kinds.size()) ports.push_back(take_ports(asker, 1)[0]);
  take_relay(winner_, kinds.size());
  const Transaction asked = begin(what == Change::kUpdate ? "UPDATE" : "INVITE", asker, other);
  Said said{.kind = what == Change::kUpdate ? Kind::kOther : Kind::kInvite,
            .has_sdp = what != Change::kLateOffer,
            .is_held_by_address = what == Change::kHoldByAddress,
            .codec = what == Change::kCodec ? 1 : 0,
            .ports = ports};
  if (what == Change::kHoldSendOnly) said.direction = "sendonly";
  if (what == Change::kHoldInactive) said.direction = "inactive";
  ask(asked, said);
  after_ms(kAnsweredMs, [this, asked, what, ports] { answer_change(asked, what, ports); });
}

void PlottedCall::answer_change(const Transaction& asked, Change what, std::vector<uint16_t> ports) {
  if (what == Change::kRefused) {
    answer(asked, 488, {.kind = Kind::kRefused});
    after_ms(3 * hop_ms(), [this, asked, ports]() mutable {
      acknowledge_refusal(asked, Reach::kAll);
      give_ports_back(asked.from, ports);
    });
    return;
  }
  const int other = asked.to;
  std::vector<uint16_t> others = party(other).ports;
  if (what == Change::kPortsOfBoth || what == Change::kFax) others = take_ports(other, kinds.size());
  while (others.size() < kinds.size()) others.push_back(take_ports(other, 1)[0]);
  const bool is_update = what == Change::kUpdate;
  answer(asked, 200, {.kind = is_update ? Kind::kChangeTaken : Kind::kTaken, .has_sdp = true, .ports = others});
  // Whoever asked sends where it did until the answer is with it.
  after_ms(2, [this, asked] { send(winner_, asked.from == kCaller, true); });
  const bool is_late = what == Change::kLateOffer;
  after_ms(2 * hop_ms() + 3, [this, asked, ports, others, is_update, is_late] {
    if (!is_update) acknowledge(asked, {.has_sdp = is_late, .ports = is_late ? std::optional(ports) : std::nullopt});
    after_ms(is_late ? 2 * hop_ms() : 0, [this, asked, ports, others] {
      switch_ports(asked.from, ports);
      switch_ports(asked.to, others);
    });
  });
}

// What it has no more is the next one's.
void PlottedCall::switch_ports(int number, std::vector<uint16_t> ports) {
  std::vector<uint16_t> gone = std::exchange(party(number).ports, ports);
  std::erase_if(gone, [&ports](uint16_t port) { return std::ranges::find(ports, port) != ports.end(); });
  give_ports_back(number, gone);
}

void PlottedCall::say(bool by_caller, const std::string& method, int status, const std::vector<std::string>& lines) {
  note(method);
  const Transaction asked = begin(method, by_caller ? kCaller : winner_, by_caller ? winner_ : kCaller);
  ask(asked, {.kind = Kind::kWithin, .lines = lines});
  after_ms(kAnsweredMs, [this, asked, status] { answer(asked, status, {.kind = Kind::kWithin}); });
}

// RFC 3515: the other one is told whom to call, and tells how that goes.
void PlottedCall::refer(const std::string& where) {
  say(true, "REFER", 202, {"Refer-To: <" + where + ">"});
  const std::vector<std::string> lines = {"Event: refer", "Subscription-State: active"};
  after_ms(120, [this, lines] { say(false, "NOTIFY", 200, lines); });
  after_ms(900, [this, lines] { say(false, "NOTIFY", 200, lines); });
}

void PlottedCall::transfer() {
  refer(third_->sip());
  after_ms(150, [this] {
    CallPlan next{.network = plan().network,
                  .caller = party(winner_).person,
                  .called = {third_},
                  .has_relay = true,
                  .lines = {"Referred-By: <" + plan().caller->sip() + ">"}};
    const auto call = std::make_shared<PlottedCall>(world(), next);
    call->plot_simple(1000, true);
    call->start();
  });
}

void PlottedCall::bye(int called, bool by_caller) {
  note(by_caller ? "caller ends" : "called ends");
  const Transaction asked = begin("BYE", by_caller ? kCaller : called, by_caller ? called : kCaller);
  ask(asked, {.kind = Kind::kBye});
  after_ms(4, [this, called, by_caller] { send(called, !by_caller); });  // the other one does not know yet
  after_ms(3 * hop_ms(), [this, called, asked] {
    party(called).talks = false;
    bool is_last = true;
    for (int one = 1; one <= this->called(); ++one) is_last = is_last && !party(one).talks;
    answer(asked, 200, {.kind = Kind::kByeTaken});
    if (is_last) set_over();
    after_ms(2 * hop_ms(), [this, called, is_last] {
      give_all_back(called);
      if (is_last) give_ports_back(kCaller, party(kCaller).ports);
    });
  });
}

void PlottedCall::end_all() { bye(winner_, chance().one_in(2)); }

void plot_attended_transfer(World& world, const CallPlan& plan, const Person* third) {
  const auto make = [plan, &world](const Person* caller, const Person* called) {
    CallPlan one = plan;
    one.caller = caller;
    one.called = {called};
    return std::make_shared<PlottedCall>(world, one);
  };
  const auto first = make(plan.caller, plan.called[0]);
  const auto second = make(plan.caller, third);
  first->plot_simple(6000, true);
  second->plot_answered_alone();
  first->start();
  first->after_ms(1000, [&call = *first] { call.hold(); });
  first->after_ms(1500, [second] { second->start(); });
  first->after_ms(3500, [&call = *first, make, second, called = plan.called[0], third] {
    const auto last = make(called, third);
    call.refer(third->sip() + "?Replaces=" + second->call_id());
    last->replaces(second);
    last->plot_simple(2000, false);
    last->start();
  });
}

}  // namespace lictor::simulation
