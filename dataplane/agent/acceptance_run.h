// One acceptance run: a task without a target, whose records this side makes, on connections of its own to the agency's
// endpoints. Each step does something, waits for what must come of it, and is written down; what needs the peer's help
// elsewhere (a lost connection, a missing answer) this side does to itself. Control thread only.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/agent/task_registry.h"
#include "lictor/v1/acceptance.pb.h"

namespace lictor {

struct AcceptancePlan {
  std::string id;
  MediationDirective mediation;  // of the test line
  uint32_t step_timeout_s = 30;  // besides the profile's own times
};

// None where it has become less: a connection that is gone takes its counters with it.
inline uint32_t grown(uint64_t before, uint64_t now) { return static_cast<uint32_t>(now > before ? now - before : 0); }

class AcceptanceRun {
 public:
  // A run that nobody ends is over by then, and its task with it.
  static constexpr int64_t kRunNsMax = 7200 * kNanosecondsPerSecond;
  // Behind the ids of the agency's destinations: its connections and spools are not those of warrants.
  static constexpr const char* kDestinationSuffix = "/acceptance";

  // `registry` and `handover` outlive it.
  AcceptanceRun(TaskRegistry& registry, Handover& handover, AcceptancePlan plan);

  // Looks what has come of the present step. Often; cheap.
  void turn(LegalTime now, SocketTime socket);
  // Ends it before its end.
  void stop(const std::string& reason, LegalTime now);
  [[nodiscard]] bool over() const { return report_.state() != v1::ACCEPTANCE_STATE_RUNNING; }
  [[nodiscard]] const v1::AcceptanceReport& report() const { return report_; }
  // Whether it has changed since it was told last.
  [[nodiscard]] bool has_news() const { return changed_; }
  void told() { changed_ = false; }

 private:
  static constexpr size_t kSides = 2;  // by HandoverSide

  enum class Failure : uint8_t { kEndsTheRun, kIsNoted };

  // `begin` answers what cannot be done; `done` whether all has come that must; both may be asked again by `phase_`.
  struct Step {
    const char* name;
    bool applies = true;
    int64_t extra_ms = 0;  // of the profile's times
    Failure failure = Failure::kEndsTheRun;
    std::function<Status()> begin;
    std::function<bool()> done;
    std::function<std::string()> tell;  // what was done, once it is done
    std::function<bool()> holds;        // whether what has come is right; empty: it is
  };

  // Both sides together.
  struct Sums {
    uint64_t appended = 0;
    uint64_t confirmed = 0;
    uint64_t resent = 0;
    uint64_t asked = 0;
    uint64_t answered = 0;
    uint64_t connects = 0;
  };

  void add_steps();
  void add_record_steps();
  void add_word_steps();
  void add_content_steps();
  void add_keepalive_steps();
  void add_keepalive_loss_step();
  void add_outage_step();
  void add_end_step();

  void look();
  [[nodiscard]] Sums sums() const;
  void begin_step(LegalTime now, SocketTime socket);
  void end_step(v1::AcceptanceVerdict verdict, const std::string& text, LegalTime now);
  void skip_rest(LegalTime now);
  void conclude(LegalTime now);
  void write_interfaces();
  void withdraw(bool revoked, LegalTime now);
  Status activate();
  Status send_test(RecordKind series, std::string packet = {});
  Status send_contents(size_t count, size_t bytes);
  Status send_outage_records();
  bool outage_done();
  void disturb(Disturbance disturbance);
  void disturb(HandoverSide side, Disturbance disturbance);
  [[nodiscard]] bool uses(size_t side) const {
    return side == 0 ? plan_.mediation.hi2.has_value() : plan_.mediation.hi3.has_value();
  }
  template <typename Holds>
  [[nodiscard]] bool on_each_side(Holds holds) const {
    for (size_t side = 0; side < kSides; ++side)
      if (uses(side) && !holds(now_[side], before_[side])) return false;
    return true;
  }
  [[nodiscard]] bool connected() const;
  // Everything that was asked for is encoded, and all of it confirmed.
  [[nodiscard]] bool settled() const;
  // How long a confirmation may take beyond that: of level read it comes with the answer to a keepalive.
  [[nodiscard]] int64_t confirm_ms() const;
  [[nodiscard]] ConfirmLevel works(size_t side) const;
  [[nodiscard]] std::string confirmation_of(size_t side) const;

  TaskRegistry& registry_;
  Handover& handover_;
  AcceptancePlan plan_;
  std::vector<Step> steps_;
  size_t step_ = 0;
  bool begun_ = false;
  int phase_ = 0;  // of a step that has several
  bool failed_ = false;
  bool answers_ = false;   // each side has answered a keepalive that was asked for
  uint64_t at_least_ = 0;  // records that must be appended before the step can be settled
  LegalTime legal_;        // of this turn
  LegalTime step_began_;
  SocketTime deadline_;
  Sums sums_before_;
  RecordTotals totals_;  // of the task, the last that were known
  TaskReport report_of_task_ = TaskReport::kPending;
  bool commands_done_ = false;
  std::array<DestinationStatistics, kSides> now_;     // the last that were known
  std::array<DestinationStatistics, kSides> before_;  // when the step, or its phase, began
  std::array<bool, kSides> side_done_{};
  v1::AcceptanceReport report_;
  bool changed_ = true;
};

}  // namespace lictor
