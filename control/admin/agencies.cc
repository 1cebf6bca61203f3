// The acts on agencies, and opening the administration.
#include <fmt/format.h>

#include <algorithm>

#include "control/admin/act.h"
#include "control/admin/administration.h"
#include "control/admin/payload_key_change.h"
#include "control/registry/agency_rules.h"
#include "control/registry/delivery_rules.h"
#include "control/registry/hex.h"
#include "control/registry/history.h"
#include "control/registry/text_rules.h"
#include "control/registry/violations.h"

namespace lictor::control {
namespace {

// Another desk's warrant is in the way, too, but has no name.
std::string told_as(const StoredWarrant& stored, const DeskSet& desks) {
  return desks.sees(stored.warrant().desk()) ? "warrant " + stored.warrant().id() : "a warrant";
}

}  // namespace

Result<std::unique_ptr<Administration>> Administration::open(Store& store, AdministrationOptions options) {
  std::unique_ptr<Administration> administration(new Administration(store, std::move(options)));
  Result<std::unique_ptr<Registry>> registry = Registry::load(store);
  if (!registry.ok()) return registry.status();
  Result<std::unique_ptr<FleetBook>> book =
      FleetBook::load(store, administration->options_.keys, administration->options_.payload_keys);
  if (!book.ok()) return book.status();
  Result<std::unique_ptr<AlarmLog>> alarms = AlarmLog::load(store);
  if (!alarms.ok()) return alarms.status();
  administration->registry_ = *std::move(registry);
  administration->book_ = *std::move(book);
  administration->alarms_ = *std::move(alarms);
  administration->started_ = administration->options_.socket_clock();
  administration->report_missing_keys();
  administration->replace_missing_payload_keys();
  return administration;
}

Result<uint64_t> Administration::commit(Act& act, std::vector<Write> writes, const FleetPlan& plan) {
  for (Write& write : book_->writes_of(plan)) writes.push_back(std::move(write));
  const Result<uint64_t> revision = account_.commit(store_, act.deed(), writes);
  if (!revision.ok()) return revision;
  for (const std::string& id : plan.emptied)
    if (const NetworkElement* element = book_->element(id))
      for (const auto& [xid, hold] : element->holds) clear_refusal_alarm(id, xid);
  for (const auto& [id, holds] : plan.holds)
    for (const auto& [xid, hold] : holds)
      if (!hold) clear_refusal_alarm(id, xid);
  book_->apply(plan, *revision);
  for (const std::string& xid : plan.unreadable)
    report_key(xid, "its key is gone: what a dataplane may have left of it cannot be delivered");
  for (const auto& [id, generations] : plan.issued)
    if (const auto stream = stream_of_.find(id); stream != stream_of_.end())
      act.later(sessions_.at(stream->second).stream.wake);
  return revision;
}

Result<v1::Agency> Administration::create_agency(const v1::Agency& given, const Caller& caller) {
  if (Status status = check_agency(given); !status.ok()) return status;
  Act act(*this, {.action = "agency.create", .object = given.id(), .caller = caller});
  if (registry_->agency(given.id()) != nullptr)
    return refused(absl::StatusCode::kAlreadyExists, "agency.id", "is taken");
  v1::Agency agency = given;
  agency.set_revision(kMustBeAbsent);
  act.deed().fields = {{"agency_sha256", hex_of(digest_of(agency))}};
  const Result<uint64_t> revision = commit(act, {Registry::write_of(agency)}, book_->begin());
  if (!revision.ok()) return revision.status();
  registry_->committed(agency, *revision);
  return *registry_->agency(given.id());
}

// Whether every warrant that something can still come of finds its destinations in the agency as it will be.
Status Administration::check_references(const v1::Agency& agency, const DeskSet& desks) const {
  for (const auto& [id, stored] : registry_->live_warrants()) {
    if (stored.warrant().agency_id() != agency.id()) continue;
    v1::Warrant warrant = stored.warrant();
    if (shares_number_series(warrant, agency))
      return refused(absl::StatusCode::kFailedPrecondition, "agency.profile.number_series",
                     fmt::format("{} is filed or in force with several deliveries, which one series of its "
                                 "LIID cannot count",
                                 told_as(stored, desks)));
    Violations violations;
    std::vector<std::string> warnings;
    check_deliveries(warrant, agency, violations, warnings);
    if (!violations.empty())
      return refused(
          absl::StatusCode::kFailedPrecondition, "agency.destinations",
          fmt::format("{} is filed or in force and needs a destination that is left out", told_as(stored, desks)));
  }
  return absl::OkStatus();
}

Result<v1::Agency> Administration::update_agency(const v1::Agency& given, const Caller& caller) {
  if (Status status = check_agency(given); !status.ok()) return status;
  Act act(*this, {.action = "agency.update", .object = given.id(), .caller = caller});
  const v1::Agency* stored = registry_->agency(given.id());
  if (stored == nullptr) return absl::NotFoundError("agency.id: no such agency");
  if (given.revision() != stored->revision())
    return refused(absl::StatusCode::kAborted, "agency.revision", "the agency was changed meanwhile: read it again");
  if (Status status = check_one_suffices(*stored, given); !status.ok()) return status;
  return put_agency(act, given, {});
}

Result<v1::Agency> Administration::put_agency(Act& act, const v1::Agency& given, std::vector<Write> writes) {
  if (Status status = check_references(given, act.deed().caller.desks); !status.ok()) return status;
  PayloadKeyChange keys(*this);
  FleetPlan plan = book_->begin();
  const LegalTime now = options_.legal_clock();
  writes.push_back(Registry::write_of(given));
  act.deed().fields.push_back({"agency_sha256", hex_of(digest_of(given))});
  if (Status status = keep_former(act.deed(), *registry_->agency(given.id()), writes); !status.ok()) return status;
  std::vector<StoredWarrant> renewed;
  for (const auto& [id, before] : registry_->live_warrants()) {
    if (before.warrant().agency_id() != given.id()) continue;
    if (Status status = keys.need(id, given); !status.ok()) return status;
    StoredWarrant after = before;
    if (Status status = renew_xids(*after.mutable_warrant(), given); !status.ok()) return status;
    const std::set<std::string> xids(before.warrant().xids().begin(), before.warrant().xids().end());
    const v1::SignedOrder* const order = FleetBook::order_of(after);
    if (Status status = book_->plan_warrant(plan, after.warrant(), &given, xids, now, order); !status.ok())
      return status;
    if (after.SerializeAsString() == before.SerializeAsString()) continue;
    writes.push_back(Registry::write_of(after));
    renewed.push_back(std::move(after));
  }
  const Result<uint64_t> revision = commit(act, std::move(writes), plan);
  if (!revision.ok()) return revision.status();
  keys.committed();
  keys.tell_made();
  registry_->committed(given, *revision);
  for (const StoredWarrant& warrant : renewed) registry_->committed(warrant, *revision);
  return *registry_->agency(given.id());
}

Result<v1::Agency> Administration::get_agency(const std::string& id) {
  const Act act(*this);
  const v1::Agency* agency = registry_->agency(id);
  if (agency == nullptr) return absl::NotFoundError("id: no such agency");
  return *agency;
}

Result<v1::ListAgenciesReply> Administration::list_agencies(const v1::ListAgenciesRequest& request) {
  if (request.page_size() > kPageSizeMax)
    return refused(absl::StatusCode::kInvalidArgument, "page_size", fmt::format("at most {}", kPageSizeMax));
  if (!request.page_token().empty() && !is_agency_id(request.page_token()))
    return refused(absl::StatusCode::kInvalidArgument, "page_token", "is none of ours");
  const size_t page_size = request.page_size() == 0 ? kPageSizeDefault : request.page_size();
  const Act act(*this);
  v1::ListAgenciesReply reply;
  const std::map<std::string, v1::Agency>& agencies = registry_->agencies();
  for (auto agency = agencies.upper_bound(request.page_token()); agency != agencies.end(); ++agency) {
    if (static_cast<size_t>(reply.agencies_size()) == page_size) {
      reply.set_next_page_token(reply.agencies(reply.agencies_size() - 1).id());
      break;
    }
    *reply.add_agencies() = agency->second;
  }
  return reply;
}

Status Administration::delete_agency(const std::string& id, const Caller& caller) {
  Act act(*this, {.action = "agency.delete", .object = id, .caller = caller});
  const v1::Agency* agency = registry_->agency(id);
  if (agency == nullptr) return absl::NotFoundError("id: no such agency");
  for (const auto& [warrant_id, warrant] : registry_->live_warrants())
    if (warrant.warrant().agency_id() == id)
      return refused(absl::StatusCode::kFailedPrecondition, "id",
                     fmt::format("{} of this agency is filed or in force", told_as(warrant, caller.desks)));
  Result<std::vector<Write>> writes = forget_change(id);
  if (!writes.ok()) return writes.status();
  writes->push_back(Registry::deletion_of(*agency));
  if (Status status = keep_former(act.deed(), *agency, *writes); !status.ok()) return status;
  const Result<uint64_t> revision = commit(act, *std::move(writes), book_->begin());
  if (revision.ok()) registry_->deleted(id);
  return revision.status();
}

bool Administration::serves(const NetworkElement& element, const std::string& agency_id, const DeskSet& desks) const {
  const int64_t now = options_.legal_clock().unix_ns;
  const auto is_open = [&](const v1::Warrant& warrant) {
    return warrant.window().start_unix_ns() <= now && now < warrant.window().end_unix_ns();
  };
  return std::any_of(element.holds.begin(), element.holds.end(), [&](const auto& entry) {
    const auto warrant = registry_->live_warrants().find(entry.second.warrant_id());
    return warrant != registry_->live_warrants().end() && entry.second.withdrawal().generation() == 0 &&
           warrant->second.warrant().agency_id() == agency_id && desks.sees(warrant->second.warrant().desk()) &&
           is_open(warrant->second.warrant()) && directive_of(entry.second.mediation()).mediation().has_hi2();
  });
}

Result<v1::SendMessageReply> Administration::send_message(const v1::SendMessageRequest& given, const Caller& caller) {
  constexpr size_t kMessageMax = 255;  // TS 102 232-1, OperatorLeaMessage
  Violations violations;
  violations.expect(
      characters_of(given.text()).has_value() && !given.text().empty() && given.text().size() <= kMessageMax, "text",
      fmt::format("must be 1 to {} octets of text without control characters", kMessageMax));
  violations.expect(v1::MessagePriority_IsValid(given.priority()), "priority", "unknown value");
  if (Status status = violations.status(); !status.ok()) return status;
  Act act(*this);
  if (registry_->agency(given.agency_id()) == nullptr) return absl::NotFoundError("agency_id: no such agency");
  std::vector<std::string> serving;
  for (const auto& [id, stream] : stream_of_) {
    if (!serves(*book_->element(id), given.agency_id(), caller.desks)) continue;
    if (Status status = check_room(id); !status.ok()) return status;
    serving.push_back(id);
  }
  if (serving.empty())
    return refused(
        absl::StatusCode::kFailedPrecondition, "agency_id",
        "no attached dataplane has a warrant of it in force, and in its window: there is no line to send it on");
  if (Status status = account_.announce({.action = "agency.message", .object = given.agency_id(), .caller = caller});
      !status.ok())
    return status;
  v1::SendMessageReply reply;
  for (const std::string& id : serving) {
    v1::ControlMessage message;
    message.mutable_message()->set_agency_id(given.agency_id());
    message.mutable_message()->set_text(given.text());
    message.mutable_message()->set_priority(given.priority());
    tell(act, id, std::move(message));
    reply.set_dataplanes_told(reply.dataplanes_told() + 1);
  }
  return reply;
}

}  // namespace lictor::control
