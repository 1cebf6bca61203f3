// What an agency sees of its own warrants. Reads only.
#include "control/admin/act.h"
#include "control/admin/administration.h"
#include "control/registry/violations.h"
#include "dataplane/base/ids.h"

namespace lictor::control {
namespace {

v1::OwnWarrant own_view_of(const v1::Warrant& warrant) {
  v1::OwnWarrant own;
  own.set_liid(warrant.liid());
  own.set_legal_reference(warrant.legal_reference());
  own.set_state(warrant.state());
  own.set_start(warrant.start());
  own.set_end(warrant.end());
  return own;
}

void add_counts(const v1::Statistics& statistics, const std::map<std::string, v1::OwnWarrant*>& by_xid) {
  for (const v1::TaskStatistics& task : statistics.tasks()) {
    const Result<Xid> xid = Xid::from_octets(as_bytes(task.xid()));
    const auto found = xid.ok() ? by_xid.find(xid->to_string()) : by_xid.end();
    if (found == by_xid.end()) continue;
    v1::OwnWarrant& own = *found->second;
    own.set_confirmed(own.confirmed() + task.records().confirmed());
    own.set_waiting(own.waiting() + task.records().in_spool() + task.records().unconfirmed());
  }
}

}  // namespace

// A page's token is the id of a warrant, which nobody can count: it is random.
Result<v1::ListOwnWarrantsReply> Administration::list_own_warrants(const std::string& agency_id,
                                                                   const v1::ListOwnWarrantsRequest& request) {
  if (request.page_size() > kPageSizeMax)
    return refused(absl::StatusCode::kInvalidArgument, "page_size", "at most 1000");
  if (agency_id.empty()) return absl::PermissionDeniedError("who is no agency has no warrants of its own");
  const Act act(*this);
  const size_t page_size = request.page_size() == 0 ? kPageSizeDefault : request.page_size();
  const Result<WarrantPage> page = registry_->list_warrants(agency_id, v1::WARRANT_STATE_UNSPECIFIED, page_size,
                                                            request.page_token(), DeskSet::all());
  if (!page.ok()) return page.status();
  v1::ListOwnWarrantsReply reply;
  reply.mutable_warrants()->Reserve(static_cast<int>(page->warrants.size()));  // pointers into it stay
  std::map<std::string, v1::OwnWarrant*> by_xid;
  for (const v1::Warrant& warrant : page->warrants) {
    v1::OwnWarrant* const own = reply.add_warrants();
    *own = own_view_of(warrant);
    for (const std::string& xid : warrant.xids()) by_xid[xid] = own;
  }
  for (const auto& [id, element] : book_->elements()) add_counts(element.statistics, by_xid);
  reply.set_next_page_token(page->next);
  return reply;
}

}  // namespace lictor::control
