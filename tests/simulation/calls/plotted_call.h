// What happens in calls: who rings, answers, refuses, gives up, holds, changes and transfers, by chance or as it is
// told. One thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/calls/call_script.h"

namespace lictor::simulation {

class PlottedCall : public CallScript {
 public:
  using CallScript::CallScript;

  // A whole call, with all that may happen.
  void plot();
  // One that is answered soon, and then lasts so long, until one of both ends it.
  void plot_simple(int64_t talk_ms, bool ended_by_caller);
  // The same, which the other one ends who is told to (replaces()).
  void plot_answered_alone();
  // A message, and its answer: no call.
  void plot_message(const std::string& method);
  // Before its end whom it is with is told to call this one.
  void transfers_to(const Person* third) { third_ = third; }
  // Its answer takes the ports of another call's called side.
  void replaces(const std::shared_ptr<PlottedCall>& other) { replaced_ = other; }
  // In the midst of it.
  void hold() { change(true, Change::kHoldSendOnly); }
  void refer(const std::string& where);

 private:
  enum class Change {
    kHoldSendOnly,
    kHoldInactive,
    kHoldByAddress,
    kResume,
    kCodec,
    kPorts,
    kPortsOfBoth,
    kVideo,
    kFax,
    kRefused,
    kLateOffer,
    kUpdate,
    kCount
  };

  void plot_begin();
  void plot_answered();
  void plot_changes();
  void plot_end();
  void challenge();
  void invite();
  void ring();
  void take(int called);
  void take_late_offer(int called);
  void take_too(int called);
  void let_go(int called);
  void refuse_all();
  void give_up();
  void take_while_given_up();
  void change(bool by_caller, Change what);
  void answer_change(const Transaction& transaction, Change what, std::vector<uint16_t> asker_ports);
  void switch_ports(int party, std::vector<uint16_t> ports);
  void say(bool by_caller, const std::string& method, int status, const std::vector<std::string>& lines);
  void transfer();
  void bye(int called, bool by_caller);
  void end_all();
  [[nodiscard]] Transaction invite_for(int called) const;

  Transaction invite_;
  bool is_late_offer_ = false;
  int winner_ = 1;
  int second_ = 0;           // who answers as well; 0: nobody
  int64_t talked_ms_ = 100;  // of the step before
  const Person* third_ = nullptr;
  std::shared_ptr<PlottedCall> replaced_;
};

// One of three that are one: A calls B, then C, and gives B to C.
void plot_attended_transfer(World& world, const CallPlan& plan, const Person* third);

}  // namespace lictor::simulation
