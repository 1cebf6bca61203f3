// Sessions that dataplanes discover: whose news goes to whom, and the CINs that are leased for them. next_news on any
// thread and without the mutex of the administration; the rest under it.
#include <spdlog/spdlog.h>

#include "control/admin/act.h"
#include "control/admin/administration.h"
#include "control/registry/uuid.h"
#include "dataplane/base/ids.h"

namespace lictor::control {

std::optional<v1::ControlMessage> Administration::next_news(StreamId id) {
  std::optional<v1::SessionNews> news = relay_.next_live(static_cast<uint64_t>(id));
  if (!news) return std::nullopt;
  v1::ControlMessage message;
  *message.mutable_session_news() = *std::move(news);
  return message;
}

std::set<std::string> Administration::taps_of(const NetworkElement& element) {
  std::set<std::string> taps;
  for (const auto& [xid, hold] : element.holds) {
    const uint64_t told = hold.mediation().generation();
    if (told == 0 || told > element.sent_generation || hold.withdrawal().generation() != 0) continue;
    if (FleetBook::only_drains(hold)) continue;
    if (const Result<Xid> id = parse_uuid(xid); id.ok()) taps.emplace(as_text(Bytes(id->octets)));
  }
  return taps;
}

void Administration::follow_sent(Act& act, StreamId id, const NetworkElement& element, uint64_t sent_before) {
  std::vector<std::pair<std::string, bool>> taps;  // XIDs, as octets, and whether they are held from now on
  for (auto sent = element.log.upper_bound(sent_before);
       sent != element.log.end() && sent->first <= element.sent_generation; ++sent) {
    const StoredHold& hold = element.holds.at(sent->second);
    const Result<Xid> xid = parse_uuid(hold.xid());
    const bool is_withdrawn = hold.withdrawal().generation() == sent->first;
    const bool is_held = hold.mediation().generation() == sent->first && !FleetBook::only_drains(hold);
    if (xid.ok() && (is_withdrawn || is_held)) taps.emplace_back(as_text(Bytes(xid->octets)), is_held);
  }
  if (taps.empty()) return;
  act.later([this, stream = static_cast<uint64_t>(id), taps = std::move(taps)] {
    for (const auto& [xid, is_held] : taps) is_held ? relay_.hold(stream, xid) : relay_.release(stream, xid);
  });
}

void Administration::on_cin_request(Act& act, const std::string& id, const v1::CinRequest& request) {
  FleetPlan plan = book_->begin();
  Status status = book_->plan_lease(plan, id, request, options_.legal_clock());
  if (status.ok() && plan.holds.empty()) return;
  act.deed().action = "dataplane.lease";
  if (status.ok()) status = commit(act, {}, plan).status();
  if (!status.ok()) spdlog::error("dataplane {} could not be leased more CINs: {}", id, std::string(status.message()));
}

}  // namespace lictor::control
