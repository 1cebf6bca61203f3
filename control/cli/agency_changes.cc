// lictorctl agency preview, approve, reject, and update --propose.
#include "control/cli/agency_changes.h"

#include <memory>

#include "control/cli/agency_view.h"
#include "control/cli/table.h"
#include "lictor/v1/agency_change.grpc.pb.h"

namespace lictor::control::cli {
namespace {

using Changes = v1::AgencyChangeService;

int answer(const Session& session, const v1::AgencyChange& change) {
  if (session.json) {
    Session::print_json(change);
    return kExitOk;
  }
  print_agency(change.agency());
  std::string fields;
  for (const std::string& field : change.fields()) fields += (fields.empty() ? "" : ", ") + field;
  print_properties({{"differs in", fields},
                    {"proposed by", change.proposed().person()},
                    {"waits as revision", std::to_string(change.revision())}});
  return kExitOk;
}

// What waits, for the eyes of who approves it; `show` has what holds now.
int preview(Session& session, const v1::ApproveAgencyChangeRequest& given) {
  v1::GetAgencyChangeRequest request;
  request.set_id(given.id());
  v1::AgencyChange reply;
  const int code = session.call<Changes>(&Changes::Stub::GetAgencyChange, request, reply);
  return code == kExitOk ? answer(session, reply) : code;
}

int approve(Session& session, const v1::ApproveAgencyChangeRequest& request) {
  v1::AgencyReply reply;
  const int code = session.call<Changes>(&Changes::Stub::ApproveAgencyChange, request, reply);
  if (code != kExitOk) return code;
  if (session.json)
    Session::print_json(reply);
  else
    print_agency(reply.agency());
  return kExitOk;
}

int reject(Session& session, const v1::ApproveAgencyChangeRequest& given) {
  v1::RejectAgencyChangeRequest request;
  request.set_id(given.id());
  request.set_revision(given.revision());
  v1::RejectAgencyChangeReply reply;
  const int code = session.call<Changes>(&Changes::Stub::RejectAgencyChange, request, reply);
  if (code == kExitOk && session.json) Session::print_json(reply);
  return code;
}

using Work = int (*)(Session&, const v1::ApproveAgencyChangeRequest&);

void add(CLI::App& group, const char* name, const char* help, Session& session, bool decides, Work work) {
  CLI::App* command = group.add_subcommand(name, help);
  const auto request = std::make_shared<v1::ApproveAgencyChangeRequest>();
  const auto set_id = [request](const std::string& id) { request->set_id(id); };
  command->add_option_function<std::string>("id", set_id, "The agency's id")->required();
  const auto set_revision = [request](const uint64_t& revision) { request->set_revision(revision); };
  if (decides) command->add_option_function<uint64_t>("--revision", set_revision, "As `preview` showed it")->required();
  command->callback(
      [&session, request, work] { session.action = [&session, request, work] { return work(session, *request); }; });
}

}  // namespace

int propose_agency(Session& session, const v1::Agency& agency) {
  v1::ProposeAgencyChangeRequest request;
  *request.mutable_agency() = agency;
  v1::AgencyChange reply;
  const int code = session.call<Changes>(&Changes::Stub::ProposeAgencyChange, request, reply);
  return code == kExitOk ? answer(session, reply) : code;
}

void add_agency_change_commands(CLI::App& group, Session& session) {
  add(group, "preview", "The change that waits for another person's approval", session, false, preview);
  add(group, "approve", "Agrees to the change that waits: another person than who proposed it", session, true, approve);
  add(group, "reject", "Drops the change that waits", session, true, reject);
}

}  // namespace lictor::control::cli
