// Takes lictord's orders about acceptance runs, one run at a time, and tells what becomes of it. Control thread only.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "dataplane/agent/acceptance_run.h"

namespace lictor {

class AcceptanceDesk {
 public:
  // `replay`: a capture is delivered, and test records would mix with it. All outlive the desk.
  AcceptanceDesk(TaskRegistry& registry, Handover& handover, bool replay)
      : registry_(registry), handover_(handover), replay_(replay) {}

  // What cannot be done is reported as a run that was stopped, with the reason.
  void take(const v1::AcceptanceOrder& order, LegalTime now);
  // Each turn of the control thread.
  void turn(LegalTime now, SocketTime socket);
  // Nobody would learn what comes of it.
  void lictord_is_away(LegalTime now);
  // The next one to be sent, null where there is none; it stays the next one until told().
  [[nodiscard]] const v1::AcceptanceReport* next_report() const;
  void told();
  // Whether a run is under way: it wants to be looked after often.
  [[nodiscard]] bool is_busy() const { return run_ != nullptr && !run_->over(); }

 private:
  Status start(const v1::AcceptanceOrder& order);
  void refuse(const std::string& id, const Status& why);
  void hold(v1::AcceptanceReport report);

  TaskRegistry& registry_;
  Handover& handover_;
  const bool replay_;
  std::string id_;
  std::unique_ptr<AcceptanceRun> run_;     // also one that is over, until that was told
  std::deque<v1::AcceptanceReport> held_;  // of what is under way no more
};

}  // namespace lictor
