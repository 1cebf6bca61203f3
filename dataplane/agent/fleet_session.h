// What a dataplane holds of lictord's fleet, and the order in which it takes directives in: which daemon, which epoch,
// up to which generation. Tells old from new and a whole state from a change. No gRPC; control thread only.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/agent/order_check.h"
#include "dataplane/agent/session_news.h"
#include "dataplane/agent/task_registry.h"
#include "dataplane/base/alarm.h"
#include "dataplane/trust/directive_signature.h"
#include "lictor/v1/fleet.pb.h"

namespace lictor {

// By what directives are judged before they are taken. All of it outlives the session.
struct SessionGuards {
  const DirectiveKeys* keys = nullptr;  // null: unsigned directives are taken
  OrderCheck* orders = nullptr;         // null: orders are not looked at
  AlarmQueue* alarms = nullptr;         // null: what is refused is only said
  bool live = false;  // no laboratory: nothing is delivered in the clear, whatever the daemon calls a laboratory's
  std::string network_element_id = {};
  std::string incarnation = {};
};

class FleetSession {
 public:
  // Tasks whose order is refused and for which an alarm stands; more are alarmed, and their alarms not ended.
  static constexpr size_t kRefusedMax = 4096;
  // Fleets of which a signed directive was taken by this process.
  static constexpr size_t kFleetsMax = 16;

  // `news`: who hears of other dataplanes' sessions, and outlives this; null: nobody does.
  explicit FleetSession(TaskRegistry& registry, SessionGuards guards = {}, SessionNewsSink* news = nullptr)
      : registry_(registry), guards_(std::move(guards)), news_(news) {}

  // Fills in from where lictord shall go on. A whole state that was cut off is asked for again.
  void greet(v1::Hello& hello);

  // Takes a message in. FailedPrecondition, PermissionDenied or InvalidArgument: this is not a daemon to listen to, the
  // stream must end.
  // What directives change is in force after settle().
  Status take(const v1::ControlMessage& message, LegalTime now);

  // Puts what was taken in force and answers the acknowledgements of all directives since the last call.
  std::vector<v1::Acknowledgement> settle(LegalTime now);

  [[nodiscard]] bool in_sync() const { return in_sync_; }
  // lictord takes several acknowledgements in one message, and statistics in several messages.
  [[nodiscard]] bool takes_parts() const { return takes_parts_; }
  // News of sessions that could not be understood.
  [[nodiscard]] uint64_t news_malformed() const { return news_malformed_; }

 private:
  Status take_welcome(const v1::Welcome& welcome);
  Status take_directive(const v1::SignedDirective& message, LegalTime now);
  Status take_batch(const v1::DirectiveBatch& batch, LegalTime now);
  Status take_octets(Bytes octets, LegalTime now);
  [[nodiscard]] DirectiveReader reader() const;
  Status follow_signature(Status status, std::span<const Bytes> directives, LegalTime now);
  Status check_replay(std::span<const Bytes> directives);
  void take_news(const v1::SessionNews& message);
  Status apply(Bytes octets, LegalTime now, uint64_t& generation);
  Status check_order(Directive& directive, LegalTime now);
  Status hand_over(const Directive& directive, LegalTime now);
  void note_refused(const Xid& xid, size_t kind, const Status& why, LegalTime now);
  void note_lawful(const Directive& directive, LegalTime now);
  void raise_forged(const Status& why, LegalTime now);
  void raise(const char* code, std::optional<Xid> xid, std::string text, LegalTime now, bool cleared);

  TaskRegistry& registry_;
  const SessionGuards guards_;
  SessionNewsSink* const news_;
  uint64_t news_malformed_ = 0;
  std::string fleet_id_;
  uint64_t epoch_ = 0;
  uint64_t generation_ = 0;      // the last that was taken, applied or refused
  bool welcomed_ = false;        // on this stream
  bool whole_expected_ = false;  // lictord sends everything; what it does not mention is ended at in_sync
  bool whole_received_ = false;  // in_sync came behind that; settle() ends the rest
  bool in_sync_ = false;
  bool takes_parts_ = false;
  std::vector<v1::Acknowledgement> acknowledgements_;
  // The highest generation that a signature held for, by fleet: whatever a welcome says, nothing is taken twice.
  std::map<std::string, uint64_t> verified_;
  bool forged_ = false;                       // that alarm stands
  std::set<std::pair<Xid, size_t>> refused_;  // what had no good order: task, and kind of directive
};

}  // namespace lictor
