// The administration function (ETSI's ADMF): the one place where agencies, warrants and the fleet change. Each act is
// checked, planned, committed in one transaction together with the directives that follow from it, and only then told
// to anybody. Any thread; one mutex, held over the commit. Callbacks run without it.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "control/admin/acceptance_book.h"
#include "control/admin/account.h"
#include "control/admin/administration_options.h"
#include "control/admin/clock_book.h"
#include "control/admin/clock_watch.h"
#include "control/admin/figures.h"
#include "control/admin/order_signatures.h"
#include "control/fleet/acknowledgements.h"
#include "control/fleet/alarm_log.h"
#include "control/fleet/book.h"
#include "control/fleet/session_relay.h"
#include "control/registry/change_rules.h"
#include "control/registry/policy.h"
#include "control/registry/registry.h"
#include "control/registry/selector.h"
#include "control/registry/warrant_rules.h"
#include "control/store/store.h"
#include "dataplane/base/clock.h"
#include "dataplane/base/system_call_filter.h"
#include "dataplane/trust/directive_signature.h"
#include "lictor/v1/agency_change.pb.h"
#include "lictor/v1/alarm.pb.h"
#include "lictor/v1/approval.pb.h"
#include "lictor/v1/history.pb.h"
#include "lictor/v1/session.pb.h"
#include "lictor/v1/status.pb.h"

namespace lictor::control {

class Administration {
 public:
  // Called once, on any thread, with what the change became after dataplanes answered or the wait was over.
  using WarrantDone = std::function<void(Result<v1::WarrantReply>)>;

  // `store` outlives the administration.
  static Result<std::unique_ptr<Administration>> open(Store& store, AdministrationOptions options);

  // --- agencies ---
  Result<v1::Agency> create_agency(const v1::Agency& given, const Caller& caller = {});
  Result<v1::Agency> update_agency(const v1::Agency& given, const Caller& caller = {});
  Result<v1::Agency> get_agency(const std::string& id);
  Result<v1::ListAgenciesReply> list_agencies(const v1::ListAgenciesRequest& request);
  Status delete_agency(const std::string& id, const Caller& caller = {});
  // What takes a second person (agency_changes.cc; agency_change.proto says what each does).
  Result<v1::AgencyChange> propose_agency_change(const v1::Agency& given, const Caller& caller = {});
  Result<v1::AgencyChange> get_agency_change(const std::string& agency_id);
  Result<v1::Agency> approve_agency_change(const std::string& agency_id, uint64_t revision, const Caller& caller = {});
  Status reject_agency_change(const std::string& agency_id, uint64_t revision, const Caller& caller = {});
  // To the dataplanes that serve a warrant of it.
  Result<v1::SendMessageReply> send_message(const v1::SendMessageRequest& given, const Caller& caller = {});

  // --- warrants ---
  Result<v1::WarrantReply> create_warrant(const v1::Warrant& given, const Caller& caller = {});
  Result<v1::WarrantReply> get_warrant(const std::string& id, const Caller& caller = {});
  // NotFound where the warrant has none, or has it no more. That it was asked for is logged.
  Result<v1::GetPayloadKeyReply> get_payload_key(const std::string& id, const Caller& caller = {});
  Result<v1::ListWarrantsReply> list_warrants(const v1::ListWarrantsRequest& request, const Caller& caller = {});
  void activate_warrant(const std::string& id, const WarrantDone& done, const Caller& caller = {});
  void modify_warrant(const v1::Warrant& given, const WarrantDone& done, const Caller& caller = {});
  void end_warrant(const std::string& id, const WarrantDone& done, const Caller& caller = {});
  void revoke_warrant(const std::string& id, const WarrantDone& done, const Caller& caller = {});

  // What extends one in force waits for a second person, what reduces it waits for a review (warrant_changes.cc).
  void suspend_warrant(const std::string& id, const WarrantDone& done, const Caller& caller = {});
  void resume_warrant(const std::string& id, const WarrantDone& done, const Caller& caller = {});
  // By one person, until another approves it or policy.emergency_hours are over.
  void activate_emergency(const v1::ActivateEmergencyRequest& given, const WarrantDone& done,
                          const Caller& caller = {});

  // --- the second person (approvals.cc; approval.proto says what each does) ---
  void submit_warrant(const std::string& id, const WarrantDone& done, const Caller& caller = {});
  Result<v1::PreviewWarrantReply> preview_warrant(const std::string& id, const Caller& caller = {});
  void approve_warrant(const v1::ApproveWarrantRequest& given, const WarrantDone& done, const Caller& caller = {});
  void reject_warrant(const v1::RejectWarrantRequest& given, const WarrantDone& done, const Caller& caller = {});
  void review_reduction(const std::string& id, const WarrantDone& done, const Caller& caller = {});

  // --- acceptance runs ---
  Result<v1::AcceptanceReply> start_acceptance(const v1::StartAcceptanceRequest& given, const Caller& caller = {});
  Result<v1::AcceptanceReply> get_acceptance(const std::string& id);
  Result<v1::AcceptanceReply> stop_acceptance(const std::string& id, const Caller& caller = {});

  // --- dataplanes that do not come back (retirement.cc; platform.proto) ---
  Status retire_dataplane(const std::string& network_element_id, const Caller& caller = {});

  // --- what they were before they were changed (histories.cc; history.proto) ---
  Result<v1::GetWarrantHistoryReply> get_warrant_history(const v1::GetWarrantHistoryRequest& request,
                                                         const Caller& caller = {});
  Result<v1::GetAgencyHistoryReply> get_agency_history(const v1::GetAgencyHistoryRequest& request);

  // --- streams of dataplanes ---
  // AlreadyExists where another incarnation of the network element is attached.
  Result<Attachment> attach(const v1::Hello& hello, Stream stream, const Caller& caller = {});
  // What goes out next behind the welcome; nothing: wait for wake.
  std::optional<v1::ControlMessage> next_message(StreamId id);
  // What other dataplanes tell of sessions, behind in_sync; waits neither for the store nor for anybody's act.
  std::optional<v1::ControlMessage> next_news(StreamId id);
  // Takes the message: a dataplane's statistics are large, and are neither copied nor freed under the mutex. News of
  // sessions goes to the others without it.
  void report(StreamId id, v1::DataplaneMessage message);
  void detach(StreamId id);

  // --- what people ask about dataplanes ---
  v1::ListDataplanesReply list_dataplanes(const Caller& caller = {});
  Result<v1::ListTapsReply> list_taps(const std::string& network_element_id, const Caller& caller = {});
  Result<v1::GetStatisticsReply> get_statistics(const std::string& network_element_id, const Caller& caller = {});
  Result<v1::ListAlarmsReply> list_alarms(const v1::ListAlarmsRequest& request, const Caller& caller = {},
                                          AlarmsShown shown = AlarmsShown::kAll);
  // By `person`; NotFound also where it is not among those that are shown.
  Result<v1::AcknowledgeAlarmReply> acknowledge_alarm(uint64_t id, const std::string& person, AlarmsShown shown,
                                                      const Caller& caller = {});

  // The live sessions of targets, of the warrants that the caller sees.
  Result<v1::ListSessionsReply> list_sessions(const v1::ListSessionsRequest& request, const Caller& caller = {});
  // One of them, for each delivery that he sees. NotFound: none of these warrants asks for it, or it is over.
  Result<v1::GetSessionReply> get_session(const std::string& id, const Caller& caller = {});

  // For metrics: no target, no id of a warrant or a task.
  Figures figures();

  // What an agency may know: its own.
  Result<v1::ListOwnWarrantsReply> list_own_warrants(const std::string& agency_id,
                                                     const v1::ListOwnWarrantsRequest& request);

  // An alarm of the daemon itself; nothing in `text`: it is over.
  void report_own(const std::string& code, v1::AlarmSeverity severity, const std::string& text);

  // What is said about calls that change nothing in the store, and about refusals.
  Account& account() { return account_; }

  // Does what is due: expires warrants, ends waits, raises alarms about absent dataplanes, writes alarms. Answers in
  // how many nanoseconds it wants to be called again. By the clock loop.
  int64_t tick();
  // No stream is left and nobody waits, afterwards. Alarms are written.
  void stop();

 private:
  struct Session {
    std::string network_element_id;
    Stream stream;
    bool takes_batches = false;
    bool in_sync = false;
    v1::TaskStatisticsPart tasks;           // of the next statistics
    std::deque<v1::ControlMessage> orders;  // that are not kept; behind the directives
  };
  // Orders that wait for a dataplane which takes none: people's are refused beyond, a run's stop waits once.
  static constexpr size_t kOrdersMax = 64;
  class Act;

  Administration(Store& store, AdministrationOptions options)
      : store_(store), options_(std::move(options)), account_(options_.audit, options_.legal_clock, options_.reserve) {}

  // What is to be signed for `reader`, where it is a directive.
  std::optional<v1::ControlMessage> next_unsigned(StreamId id, DirectiveReader& reader);
  // What waits for this dataplane, as its stream takes it. False: nothing does.
  bool put_directives(const Session& session, NetworkElement& element, v1::ControlMessage& message) const;
  // Whether there was a directive to be signed.
  Result<bool> sign(const DirectiveReader& reader, v1::ControlMessage& message) const;
  // Without the mutex, as what follows.
  void report_signing(const Status& status);
  void end_stream(StreamId id);
  Result<uint64_t> commit(Act& act, std::vector<Write> writes, const FleetPlan& plan);
  Status check_references(const v1::Agency& agency, const DeskSet& desks) const;
  // Whether a warrant of it waits for approval, is approved or in force.
  [[nodiscard]] bool has_approved(const std::string& agency_id) const;
  [[nodiscard]] Status check_one_suffices(const v1::Agency& before, const v1::Agency& after) const;
  Result<std::optional<v1::AgencyChange>> waiting_change(const std::string& agency_id);
  Result<v1::AgencyChange> change_that_waits(const std::string& agency_id, uint64_t revision);
  // What a deletion of the agency takes with it.
  Result<std::vector<Write>> forget_change(const std::string& agency_id);
  // To the account's entry what a warrant says, as hashes; to the writes what these need.
  Status describe(Deed& deed, const v1::Warrant& warrant, std::vector<Write>& writes);
  Result<std::string> salt_of(const std::string& warrant_id, std::vector<Write>& writes);
  // What is replaced goes into the same commit.
  Status keep_former(const Deed& deed, const v1::Warrant& after, std::vector<Write>& writes);
  Status keep_former(const Deed& deed, const v1::Agency& before, std::vector<Write>& writes);
  // Of a warrant whose personal fields are erased.
  Result<std::vector<Write>> forget_history(const std::string& warrant_id);
  // The agency as it is from now on; its warrants follow in the same commit.
  Result<v1::Agency> put_agency(Act& act, const v1::Agency& given, std::vector<Write> beside);
  Status check_hello(const v1::Hello& hello) const;
  // The warrant in its new state, with the directives that follow, in one commit.
  Status change_warrant(Act& act, StoredWarrant stored, const std::set<std::string>& xids_before,
                        std::vector<std::string> warnings, const WarrantDone& done);
  void end_sessions(Act& act, const v1::Warrant& warrant, const std::set<std::string>& xids_before);
  // A task does not come back to a dataplane that has ended it: its delivery goes on under a new XID.
  Status renew_xids(v1::Warrant& warrant, const v1::Agency& agency) const;
  // The same for one dataplane, that has everything up to `sent`: what it has ended and shall hold.
  Status renew_xids_at(Act& act, const std::string& element_id, bool lab, uint64_t sent);
  [[nodiscard]] Status check_may_begin(v1::WarrantState state) const;
  Status activate(Act& act, const std::string& id, const WarrantDone& done);
  Status begin(Act& act, StoredWarrant stored, LegalTime now, const WarrantDone& done);
  // Emergencies by one person alone are not to follow one another (emergencies.cc).
  [[nodiscard]] Status check_no_lapse(const v1::Warrant& warrant, LegalTime now, const DeskSet& desks) const;
  // One has ended, and nobody else has agreed to it: another person has to look at that.
  void note_lapse(StoredWarrant& stored, const Caller& caller, LegalTime now) const;
  Status begin_emergency(Act& act, const v1::ActivateEmergencyRequest& given, const WarrantDone& done);

  Status modify(Act& act, const v1::Warrant& given, const WarrantDone& done);
  static void take_back_to_draft(StoredWarrant& stored, v1::Warrant& warrant, const Caller& caller);
  Status apply_change(Act& act, StoredWarrant stored, CheckedWarrant checked, const std::string& payload_key,
                      const WarrantDone& done);
  Status propose(Act& act, StoredWarrant stored, CheckedWarrant checked, const v1::Warrant& given,
                 const WarrantChange& change, const WarrantDone& done);
  Status suspend(Act& act, const std::string& id, const WarrantDone& done);
  Status resume(Act& act, const std::string& id, const WarrantDone& done);
  Status put_into_force(Act& act, StoredWarrant stored, v1::Warrant next, const std::set<std::string>& xids,
                        const WarrantDone& done);

  // Entries that do not agree, until what waits has to be submitted or proposed again.
  static constexpr uint32_t kMismatchesMax = 5;
  Status submit(Act& act, const std::string& id, const WarrantDone& done);
  [[nodiscard]] std::vector<uint32_t> count_others(const std::string& id, const std::vector<Selector>& selectors,
                                                   const DeskSet& desks) const;
  [[nodiscard]] uint32_t count_tasks(const v1::Warrant& warrant) const;
  // The octets that an approver of what waits signs.
  [[nodiscard]] std::string order_of(const StoredWarrant& stored, const v1::Warrant& waiting) const;
  Status approve(Act& act, const v1::ApproveWarrantRequest& given, const WarrantDone& done);
  Status take_approval(Act& act, StoredWarrant stored, const v1::ApproveWarrantRequest& given, const WarrantDone& done);
  Status disagree(Act& act, StoredWarrant stored, const std::vector<std::string>& fields);
  static void drop_waiting(StoredWarrant& stored);
  Status reject(Act& act, const v1::RejectWarrantRequest& given, const WarrantDone& done);
  // That this person has reduced what was in force, where policy wants that reviewed.
  void note_reduction(StoredWarrant& stored, const Caller& caller, LegalTime now) const;
  static void follow_reduction(StoredWarrant& stored, const Caller& caller);
  Status review(Act& act, const std::string& id, const WarrantDone& done);
  void report_warrant(const StoredWarrant& stored);
  void report_warrant_alarm(const std::string& id, std::string_view code, v1::AlarmSeverity severity, bool stands,
                            const char* text);

  Status close(Act& act, const std::string& id, v1::WarrantState state, const WarrantDone& done);
  void close_and_answer(Deed deed, v1::WarrantState state, const WarrantDone& done);

  Status check_no_warrant(const std::string& agency_id, const DeskSet& desks) const;
  Result<NetworkElement*> element_for_acceptance(const std::string& id);
  Result<uint32_t> allot_acceptance_cin(Act& act, const std::string& agency_id);
  Result<v1::AcceptanceReply> order_acceptance(Act& act, const v1::StartAcceptanceRequest& given,
                                               const v1::Warrant& line, const v1::Agency& agency,
                                               const NetworkElement& element, uint32_t cin);
  // Whether a warrant of this agency is in force there, inside its window, with an HI2 destination.
  [[nodiscard]] bool serves(const NetworkElement& element, const std::string& agency_id, const DeskSet& desks) const;
  // Of another desk nothing shows (desk_views.cc).
  [[nodiscard]] bool is_confined(const Caller& caller) const;
  // Why a dataplane refuses something: what others have there is in it.
  [[nodiscard]] const std::string& reason_for(const Caller& caller, const std::string& reason) const;
  [[nodiscard]] bool sees_warrant(const std::string& id, const DeskSet& desks) const;
  [[nodiscard]] bool sees_task(const std::string& xid_octets, const DeskSet& desks) const;
  [[nodiscard]] std::vector<const StoredHold*> holds_seen(const NetworkElement& element, const DeskSet& desks) const;
  [[nodiscard]] bool sees_agency(const std::string& agency_id, const DeskSet& desks) const;
  [[nodiscard]] bool sees_destination(const std::string& destination_id, const DeskSet& desks) const;
  [[nodiscard]] v1::Statistics confined(const NetworkElement& element, const DeskSet& desks) const;
  [[nodiscard]] std::vector<std::string> subjects_seen(const DeskSet& desks) const;
  [[nodiscard]] std::vector<v1::Alarm> alarms_for(bool standing_only, size_t limit, const Caller& caller,
                                                  AlarmsShown shown) const;
  // Where its dataplane is not attached: nothing.
  void tell(Act& act, const std::string& network_element_id, v1::ControlMessage message);
  [[nodiscard]] const std::deque<v1::ControlMessage>* orders_to(const std::string& network_element_id) const;
  // ResourceExhausted where kOrdersMax wait already.
  [[nodiscard]] Status check_room(const std::string& network_element_id) const;
  void give_way(Act& act, const std::string& agency_id);
  void order_stop(Act& act, const AcceptanceBook::Run& run, const std::string& reason);

  void report_acknowledgements(StreamId id, const v1::Acknowledgements& batch);
  void on_acknowledgement(Act& act, const std::string& id, const v1::Acknowledgement& acknowledgement);
  // `statistics` are the old ones afterwards.
  void on_statistics(Act& act, const std::string& id, v1::Statistics& statistics);
  // The directives behind `sent_before`, which are about to go out, begin or end taps there: their sessions are told
  // from now on, or no more.
  void follow_sent(Act& act, StreamId id, const NetworkElement& element, uint64_t sent_before);
  // XIDs, as octets, of the taps that the dataplane has, whose sessions it hears of.
  [[nodiscard]] static std::set<std::string> taps_of(const NetworkElement& element);
  // Copies of one warrant, or without of all live ones that may have sessions, as far as these desks see them.
  Result<std::vector<v1::Warrant>> warrants_seen(const std::string& warrant_id, const DeskSet& desks);
  void on_cin_request(Act& act, const std::string& id, const v1::CinRequest& request);
  void on_refusal(Act& act, const std::string& id, uint64_t generation, const std::string& reason);
  void report_new(const std::string& id, const Caller& caller);
  void report_absence(const std::string& id, bool away);
  void report_missing(SocketTime socket_now);
  // What it says of its clock when it attaches; that of a former process is forgotten.
  void report_first_clock(const v1::Hello& hello);
  // `said_anew`: with the first word of a stream, which repeats an alarm that stands.
  void report_clock(const std::string& id, const v1::ClockStatistics& clock, bool said_anew);
  // Why nothing is begun by the clock of a dataplane, or the daemon's own; empty: it may be (policy.trusted_time).
  [[nodiscard]] std::string doubt_of_time(const std::string& network_element_id) const;
  // Alarms that it waits for time that can be trusted; nothing in `why`: no more.
  void report_waiting(const std::string& id, const std::string& why);
  // What was withheld from dataplanes whose time can be trusted by now.
  void tell_withheld(Act& act, LegalTime now);
  Status tell_withheld_to(Act& act, NetworkElement& element, LegalTime now);
  // FailedPrecondition where the warrant would be begun by a clock that cannot be trusted.
  [[nodiscard]] Status check_time(const v1::Warrant& warrant) const;
  // The task was told anew and taken, or is not held any more.
  void clear_refusal_alarm(const std::string& id, const std::string& xid);
  void leave(Act& act, StreamId id);

  // What a key's life ends with: everything was delivered, the order was annulled, or it is too old.
  void erase_key(const std::string& xid);
  void erase_unused_keys(const std::set<std::string>& xids);
  // What is due by age waits while the clock cannot be trusted to say so. Alarmed.
  [[nodiscard]] bool may_erase(SocketTime socket_now);
  void sweep_keys(LegalTime now, SocketTime socket_now);
  void report_missing_keys();
  void report_key(const std::string& xid, const std::string& text);

  class PayloadKeyChange;
  void erase_payload_key(const std::string& warrant_id);
  void sweep_payload_keys(LegalTime now);
  void replace_missing_payload_keys();
  Status replace_payload_key(Act& act, const StoredWarrant& warrant, const v1::Agency& agency);
  // Nothing in `text`: it is over.
  void report_payload_key(const std::string& warrant_id, const std::string& text);

  // By dataplane: what each of them was told of it and has not left. `attached_only`: of those that are here.
  [[nodiscard]] std::map<std::string, std::set<std::string>> tellings_of(const std::string& warrant_id,
                                                                         bool attached_only) const;
  void sweep_personal(Act& act, LegalTime now, SocketTime socket_now);
  // How many wait though their time is over.
  void report_retention(size_t waiting);
  Status erase_personal(Act& act, const std::string& id, LegalTime now);
  void watch_system_calls(LegalTime now);
  void watch_approvers(LegalTime now);
  void watch_room(SocketTime socket_now);
  // Looks at them once in a while.
  void watch_certificates(LegalTime now);
  void report_certificate(const std::string& name, const Result<int64_t>& end_unix_ns, LegalTime now);

  void expire_warrants(Act& act, LegalTime now);
  Status expire_due(Act& act, LegalTime now);
  // Under the mutex. `alarm` says which; nothing in `text`: it is over.
  void report_standing(v1::Alarm alarm, const std::string& text);
  void write_alarms();
  void enter_alarms();
  void watch_clock(LegalTime now, SocketTime socket_now);
  [[nodiscard]] int64_t until_next_due(LegalTime now) const;

  Store& store_;
  const AdministrationOptions options_;
  Account account_;
  std::atomic<bool> signing_fails_ = false;  // and that is alarmed
  SessionRelay relay_;  // has a mutex of its own, which may be taken under this one; not the other way round
  std::mutex mutex_;    // guards everything below
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<FleetBook> book_;
  std::unique_ptr<AlarmLog> alarms_;
  Acknowledgements acknowledgements_;
  AcceptanceBook acceptances_;
  ClockBook clocks_;
  SocketTime started_;
  ClockWatch clock_watch_;
  bool missing_reported_ = false;  // those that did not come back after the start
  uint64_t stream_next_ = 1;
  std::map<StreamId, Session> sessions_;
  std::map<std::string, StreamId> stream_of_;  // by network element
  SocketTime expiry_retry_{0};                 // 0: the last expiry was committed
  std::optional<SocketTime> stepped_;          // when this host's clock was set
  SocketTime keys_due_{INT64_MIN};
  SocketTime personal_due_{INT64_MIN};
  SocketTime approvers_due_{INT64_MIN};
  SocketTime room_due_{INT64_MIN};
  uint64_t system_calls_told_ = 0;
  LegalTime certificates_due_{INT64_MIN};
  std::map<std::string, int64_t> certificate_ends_;  // by name; Unix ns
  bool alarms_unwritten_ = false;                    // their last commit failed
  bool stopped_ = false;
};

}  // namespace lictor::control
