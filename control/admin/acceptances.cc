// The acts on acceptance runs: a test line towards an agency that has no warrant in force.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "control/admin/act.h"
#include "control/admin/administration.h"
#include "control/fleet/restored_fleet.h"
#include "control/registry/acceptance_rules.h"
#include "control/registry/agency_rules.h"
#include "control/registry/hex.h"
#include "control/registry/keys.h"
#include "control/registry/liid.h"
#include "control/registry/payload_key_rules.h"
#include "control/registry/test_payload_key.h"
#include "control/registry/time_text.h"
#include "control/registry/uuid.h"
#include "control/registry/violations.h"

namespace lictor::control {
namespace {

constexpr auto kFailedPrecondition = absl::StatusCode::kFailedPrecondition;
// Of another desk's warrant.
constexpr const char* kInTheWay = "a warrant is in force, or waits for delivery";
// By a person, or, where there are desks, by a warrant.
constexpr const char* kStopped = "it was stopped";
// Beyond what a step may take: until a dataplane that says nothing is taken for one that does not know of the run.
constexpr int64_t kSilenceNs = 30 * kNanosecondsPerSecond;

// No warrant has this id: theirs are UUIDs.
std::string cins_of(const std::string& agency_id) { return cins_key("acceptance-" + agency_id); }

}  // namespace

// Whoever has warrants gets records that count, on the same interfaces: no test is to be taken for one, nor the
// reverse.
Status Administration::check_no_warrant(const std::string& agency_id, const DeskSet& desks) const {
  for (const auto& [id, stored] : registry_->live_warrants())
    if (stored.warrant().agency_id() == agency_id && stored.warrant().state() == v1::WARRANT_STATE_ACTIVE)
      return refused(kFailedPrecondition, "agency_id",
                     desks.sees(stored.warrant().desk()) ? fmt::format("warrant {} is in force", id) : kInTheWay);
  for (const auto& [element_id, element] : book_->elements()) {
    for (const auto& [xid, hold] : element.holds) {
      const Result<StoredWarrant> warrant = registry_->warrant(hold.warrant_id());
      if (!warrant.ok()) return warrant.status();
      if (warrant->warrant().agency_id() == agency_id)
        return refused(kFailedPrecondition, "agency_id",
                       desks.sees(warrant->warrant().desk())
                           ? fmt::format("warrant {} waits for delivery on {}", hold.warrant_id(), element_id)
                           : kInTheWay);
    }
  }
  return absl::OkStatus();
}

Result<NetworkElement*> Administration::element_for_acceptance(const std::string& id) {
  if (!id.empty()) {
    NetworkElement* const element = book_->element(id);
    if (element == nullptr) return absl::NotFoundError("network_element_id: no such dataplane");
    if (!element->attached) return refused(kFailedPrecondition, "network_element_id", "is not attached");
    return element;
  }
  if (stream_of_.size() != 1)
    return refused(kFailedPrecondition, "network_element_id",
                   fmt::format("{} dataplanes are attached: name one", stream_of_.size()));
  return book_->element(stream_of_.begin()->first);
}

// Each run has a CIN of its own: its numbers begin anew.
Result<uint32_t> Administration::allot_acceptance_cin(Act& act, const std::string& agency_id) {
  const std::string key = cins_of(agency_id);
  const Result<std::optional<Entry>> entry = store_.get(key);
  if (!entry.ok()) return entry.status();
  StoredCins cins;
  cins.set_next(1);
  if (entry->has_value() && !cins.ParseFromString((*entry)->value))
    return absl::DataLossError("store: the CINs of acceptance runs cannot be read");
  follow_epoch(cins, book_->fleet().epoch());
  const uint32_t cin = cins.next();
  if (cin == UINT32_MAX) return absl::ResourceExhaustedError("all CINs of this agency's acceptance runs were used");
  cins.set_next(cin + 1);
  const Result<uint64_t> revision = commit(act, {{.key = key, .value = cins.SerializeAsString()}}, book_->begin());
  if (!revision.ok()) return revision.status();
  return cin;
}

Result<v1::AcceptanceReply> Administration::start_acceptance(const v1::StartAcceptanceRequest& given,
                                                             const Caller& caller) {
  Act act(*this, {.action = "acceptance.start", .object = given.agency_id(), .caller = caller});
  const v1::Agency* const agency = registry_->agency(given.agency_id());
  if (agency == nullptr) return absl::NotFoundError("agency_id: no such agency");
  const Result<v1::Warrant> line = make_test_line(given, *agency);
  if (!line.ok()) return line.status();
  const Result<std::optional<Entry>> used = store_.get(liid_key(agency->id(), hex_of(*parse_liid(line->liid()))));
  if (!used.ok()) return used.status();
  if (used->has_value())
    return refused(kFailedPrecondition, "agency.profile.test_liid", "a warrant has it: choose another one");
  if (Status status = check_no_warrant(agency->id(), caller.desks); !status.ok()) return status;
  if (acceptances_.running_towards(agency->id()) != nullptr)
    return refused(kFailedPrecondition, "agency_id", "an acceptance run is under way already");
  const Result<NetworkElement*> element = element_for_acceptance(given.network_element_id());
  if (!element.ok()) return element.status();
  if ((*element)->stored.lab() && !is_lab_delivery(*line, 0, *agency))
    return refused(kFailedPrecondition, "network_element_id", "is in lab mode, and a destination is not marked as lab");
  if (Status status = check_room((*element)->stored.network_element_id()); !status.ok()) return status;
  const Result<uint32_t> cin = allot_acceptance_cin(act, agency->id());
  if (!cin.ok()) return cin.status();
  return order_acceptance(act, given, *line, *agency, **element, *cin);
}

Result<v1::AcceptanceReply> Administration::order_acceptance(Act& act, const v1::StartAcceptanceRequest& given,
                                                             const v1::Warrant& line, const v1::Agency& agency,
                                                             const NetworkElement& element, uint32_t cin) {
  v1::ControlMessage message;
  v1::AcceptanceOrder& order = *message.mutable_acceptance();
  order.set_id(make_random_uuid().to_string());
  const uint32_t timeout_s = given.step_timeout_s() == 0 ? kStepTimeoutDefaultS : given.step_timeout_s();
  order.mutable_start()->set_step_timeout_s(timeout_s);
  v1::Mediation& mediation = *order.mutable_start()->mutable_mediation();
  // Former runs counted in the series of the same LIID.
  const bool by_liid = agency.profile().number_series() == v1::NUMBER_SERIES_LIID;
  mediation = make_mediation(line, 0, agency, {.value = cin, .reset_first = by_liid && cin > 1});
  mediation.set_payload_key(test_payload_key(payload_key_bytes(agency.profile().encryption())));
  AcceptanceBook::Run run;
  v1::AcceptanceProtocol& protocol = run.protocol;
  protocol.set_id(order.id());
  protocol.set_state(v1::ACCEPTANCE_STATE_RUNNING);
  protocol.set_started(format_time(options_.legal_clock()));
  protocol.set_agency_id(agency.id());
  protocol.set_agency_name(agency.name());
  protocol.set_network_element_id(element.stored.network_element_id());
  protocol.set_software_version(element.stored.software_version());
  protocol.set_liid(line.liid());
  protocol.set_cin(cin);
  protocol.set_operator_id(line.operator_id());
  if (mediation.has_hi2()) *protocol.mutable_hi2() = mediation.hi2();
  if (mediation.has_hi3()) *protocol.mutable_hi3() = mediation.hi3();
  *protocol.mutable_profile() = agency.profile();
  const uint32_t wait_s = agency.profile().keepalive_wait_s() == 0 ? 60 : agency.profile().keepalive_wait_s();
  // A step waits for confirmations, which come with the answers to keepalives.
  const uint32_t confirm_ms = agency.profile().confirm().interval_ms();
  run.silence_ns = (int64_t{timeout_s} + 2 * int64_t{wait_s}) * kNanosecondsPerSecond +
                   int64_t{confirm_ms == 0 ? 1000 : confirm_ms} * 1'000'000 + kSilenceNs;
  run.silent_until = {options_.socket_clock().ns + run.silence_ns};
  v1::AcceptanceReply reply;
  *reply.mutable_protocol() = protocol;
  if (!acceptances_.add(std::move(run))) return absl::ResourceExhaustedError("too many acceptance runs are under way");
  tell(act, element.stored.network_element_id(), std::move(message));
  spdlog::info("acceptance run {} towards agency {} on dataplane {}", order.id(), agency.id(),
               element.stored.network_element_id());
  return reply;
}

void Administration::tell(Act& act, const std::string& network_element_id, v1::ControlMessage message) {
  const auto stream = stream_of_.find(network_element_id);
  if (stream == stream_of_.end()) return;
  Session& session = sessions_.at(stream->second);
  session.orders.push_back(std::move(message));
  act.later(session.stream.wake);
}

const std::deque<v1::ControlMessage>* Administration::orders_to(const std::string& network_element_id) const {
  const auto stream = stream_of_.find(network_element_id);
  return stream == stream_of_.end() ? nullptr : &sessions_.at(stream->second).orders;
}

Status Administration::check_room(const std::string& network_element_id) const {
  const std::deque<v1::ControlMessage>* const orders = orders_to(network_element_id);
  if (orders == nullptr || orders->size() < kOrdersMax) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      fmt::format("{} orders wait for dataplane {}, which takes none", orders->size(), network_element_id));
}

Result<v1::AcceptanceReply> Administration::get_acceptance(const std::string& id) {
  const Act act(*this);
  const AcceptanceBook::Run* const run = acceptances_.find(id);
  if (run == nullptr) return absl::NotFoundError("id: no such acceptance run, or it is forgotten");
  v1::AcceptanceReply reply;
  *reply.mutable_protocol() = run->protocol;
  return reply;
}

Result<v1::AcceptanceReply> Administration::stop_acceptance(const std::string& id, const Caller& caller) {
  Act act(*this);
  const AcceptanceBook::Run* const run = acceptances_.find(id);
  if (run == nullptr) return absl::NotFoundError("id: no such acceptance run, or it is forgotten");
  if (Status status = account_.announce({.action = "acceptance.stop", .object = id, .caller = caller}); !status.ok())
    return status;
  order_stop(act, *run, kStopped);
  v1::AcceptanceReply reply;
  *reply.mutable_protocol() = run->protocol;
  return reply;
}

// A warrant never waits for a test. Whose it is, a protocol does not say: where there are desks others read it.
void Administration::give_way(Act& act, const std::string& agency_id) {
  if (const AcceptanceBook::Run* const run = acceptances_.running_towards(agency_id))
    order_stop(act, *run, options_.policy.desks ? kStopped : "a warrant of the agency comes into force");
}

void Administration::order_stop(Act& act, const AcceptanceBook::Run& run, const std::string& reason) {
  if (!run.is_running()) return;
  const std::deque<v1::ControlMessage>* const orders = orders_to(run.protocol.network_element_id());
  const auto stops_it = [&](const v1::ControlMessage& order) {
    return order.acceptance().has_stop() && order.acceptance().id() == run.protocol.id();
  };
  if (orders == nullptr || std::ranges::any_of(*orders, stops_it)) return;
  v1::ControlMessage message;
  message.mutable_acceptance()->set_id(run.protocol.id());
  message.mutable_acceptance()->mutable_stop()->set_reason(reason);
  tell(act, run.protocol.network_element_id(), std::move(message));
}

}  // namespace lictor::control
