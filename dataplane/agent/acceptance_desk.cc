#include "dataplane/agent/acceptance_desk.h"

#include <utility>

#include "dataplane/agent/mediation_rules.h"
#include "lictor/v1/directive.pb.h"

namespace lictor {
namespace {

constexpr size_t kHeldMax = 16;  // reports that wait to be sent: the oldest is forgotten
constexpr uint32_t kStepTimeoutMaxS = 600;

}  // namespace

void AcceptanceDesk::take(const v1::AcceptanceOrder& order, LegalTime now) {
  switch (order.kind_case()) {
    case v1::AcceptanceOrder::kStart:
      if (const Status status = start(order); !status.ok()) refuse(order.id(), status);
      return;
    case v1::AcceptanceOrder::kStop:
      if (run_ != nullptr && order.id() == id_) run_->stop(order.stop().reason(), now);
      return;
    case v1::AcceptanceOrder::KIND_NOT_SET:
      refuse(order.id(), absl::InvalidArgumentError("the order is not one that this dataplane knows"));
      return;
  }
}

Status AcceptanceDesk::start(const v1::AcceptanceOrder& order) {
  if (run_ != nullptr && run_->over()) {
    hold(run_->report());
    run_.reset();
  }
  if (run_ != nullptr) return absl::FailedPreconditionError("another acceptance run is under way on this dataplane");
  if (replay_) return absl::FailedPreconditionError("this dataplane replays a capture");
  v1::Mediation message = order.start().mediation();
  Result<MediationDirective> mediation = read_mediation(message);
  if (!mediation.ok()) return mediation.status();
  if (mediation->hi3 && mediation->hi3->is_files)
    return absl::InvalidArgumentError("delivery: a directory has nobody who answers");
  const uint32_t timeout_s = order.start().step_timeout_s();
  if (timeout_s == 0 || timeout_s > kStepTimeoutMaxS)
    return absl::InvalidArgumentError("step_timeout_s: must be 1 to 600");
  id_ = order.id();
  run_ = std::make_unique<AcceptanceRun>(
      registry_, handover_,
      AcceptancePlan{.id = order.id(), .mediation = *std::move(mediation), .step_timeout_s = timeout_s});
  return absl::OkStatus();
}

void AcceptanceDesk::refuse(const std::string& id, const Status& why) {
  v1::AcceptanceReport report;
  report.set_id(id);
  report.set_state(v1::ACCEPTANCE_STATE_STOPPED);
  report.set_reason(std::string(why.message()));
  hold(std::move(report));
}

void AcceptanceDesk::hold(v1::AcceptanceReport report) {
  if (held_.size() == kHeldMax) held_.pop_front();
  held_.push_back(std::move(report));
}

void AcceptanceDesk::turn(LegalTime now, SocketTime socket) {
  if (run_ != nullptr) run_->turn(now, socket);
}

void AcceptanceDesk::lictord_is_away(LegalTime now) {
  if (run_ != nullptr) run_->stop("lictord is away", now);
}

const v1::AcceptanceReport* AcceptanceDesk::next_report() const {
  if (!held_.empty()) return &held_.front();
  return run_ != nullptr && run_->has_news() ? &run_->report() : nullptr;
}

void AcceptanceDesk::told() {
  if (!held_.empty()) return held_.pop_front();
  run_->told();
  if (run_->over()) run_.reset();
}

}  // namespace lictor
