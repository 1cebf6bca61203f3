#include "perf/encode_tail.h"

#include <fmt/format.h>

#include "encoders/etsi/etsi_encoder.h"
#include "encoders/spool/memory_spool.h"
#include "perf/rule_sets.h"

namespace lictor::perf {
namespace {

constexpr size_t kBacklogBytes = size_t{64} << 20;  // the product's default
constexpr uint32_t kDeliverMs = 5000;               // what is left at the end

EtsiTaskParameters parameters_of(TaskSlot slot) {
  EtsiTaskParameters parameters;
  parameters.liid = fmt::format("PERF-{}", index_of(slot));
  parameters.authorization_country = "AT";
  parameters.delivery_country = "AT";
  parameters.operator_id = "OPERATOR";
  parameters.network_element_id = "NE-1";
  parameters.interception_point_id = "TAP1";
  parameters.cin = 1;
  parameters.user_label = "perf";
  return parameters;
}

// The receiver in this process sends nothing, so nothing is asked of it and nothing read from it.
DestinationPlan destination_of(uint16_t port) {
  return {.id = "perf",
          .side = HandoverSide::kHi3,
          .endpoints = {{.host = "127.0.0.1", .port = port}},
          .keepalive = {.on = false},
          .codec = {.question = [](ConnectionQuestion, uint32_t) { return std::vector<uint8_t>(); },
                    .read_peer =
                        [](Bytes received) {
                          return PeerMessage{.kind = PeerMessageKind::kOther, .bytes = received.size()};
                        }},
          .security = {.kind = HandoverSecurity::kPlainLab, .tls = {}}};
}

}  // namespace

EncodeTail::EncodeTail() : accounts_(kTasksMax), progress_(kTasksMax), commands_(kTasksMax) {}

EncodeTail::~EncodeTail() = default;

Result<std::unique_ptr<EncodeTail>> EncodeTail::make(MatchRing& ring, const std::vector<TaskSlot>& slots,
                                                     Delivery delivery) {
  std::unique_ptr<EncodeTail> tail(new EncodeTail());
  if (delivery == Delivery::kOverTcp) {
    if (Status status = tail->open_handover(); !status.ok()) return status;
  } else {
    Result<std::unique_ptr<Spool>> spool = MemorySpool::make(kBacklogBytes);
    if (!spool.ok()) return spool.status();
    tail->forgotten_spool_ = *std::move(spool);
    tail->spool_ = tail->forgotten_spool_.get();
  }
  tail->loop_ = std::make_unique<EncodeLoop>(EncodeLoopPlan{.rings = {&ring},
                                                            .commands = &tail->commands_,
                                                            .accounts = tail->accounts_,
                                                            .progress = tail->progress_,
                                                            .alarms = &tail->alarms_});
  if (Status status = tail->add_tasks(slots); !status.ok()) return status;
  return tail;
}

Status EncodeTail::open_handover() {
  Result<std::unique_ptr<DiscardServer>> server = DiscardServer::start();
  if (!server.ok()) return server.status();
  server_ = *std::move(server);
  Result<std::unique_ptr<Handover>> handover = Handover::make({.backlog_bytes = kBacklogBytes}, accounts_, alarms_);
  if (!handover.ok()) return handover.status();
  handover_ = *std::move(handover);
  const Result<DestinationHandle> destination = handover_->open(destination_of(server_->port()));
  if (!destination.ok()) return destination.status();
  spool_ = handover_->spool(*destination, 0);
  return absl::OkStatus();
}

Status EncodeTail::add_tasks(const std::vector<TaskSlot>& slots) {
  for (const TaskSlot slot : slots) {
    Result<std::unique_ptr<Encoder>> encoder = make_etsi_encoder(parameters_of(slot));
    if (!encoder.ok()) return encoder.status();
    auto task = std::make_unique<EncodeTask>();
    task->slot = slot;
    task->stop = {INT64_MAX};
    task->iri = false;
    task->hi1 = false;
    task->encoder = *std::move(encoder);
    task->hi3 = spool_;
    if (!commands_.push({.kind = TaskCommand::Kind::kAdd, .slot = slot, .task = std::move(task)})) {
      return absl::ResourceExhaustedError("more tasks than commands can wait");
    }
  }
  return absl::OkStatus();
}

bool EncodeTail::round() noexcept {
  const bool worked = loop_->run_once(legal_now());
  return (forgotten_spool_ != nullptr && forget()) || worked;
}

bool EncodeTail::forget() noexcept {
  const uint64_t records = spool_->backlog_records();
  for (uint64_t i = 0; i < records; ++i) spool_->release_one();
  forgotten_.add(records);
  return records > 0;
}

bool EncodeTail::drained() const noexcept {
  return loop_->drained() && (forgotten_spool_ == nullptr || spool_->backlog_records() == 0);
}

void EncodeTail::finish() noexcept { loop_->finish(legal_now()); }

void EncodeTail::close() {
  if (handover_ != nullptr) handover_->stop(kDeliverMs);
}

TailTotals EncodeTail::totals() const {
  TailTotals totals;
  for (const TaskAccount& account : accounts_) {
    totals.copies += account.encoder.copies.get();
    totals.events += account.encoder.events.get();
    totals.appended += account.encoder.appended.get();
    totals.record_drops += account.encoder.dropped.total();
    totals.delivered += account.hi3.confirmed.get();
    totals.given_up += account.hi3.given_up.total() + account.hi3.unconfirmed.get();
  }
  totals.delivered += forgotten_.get();
  totals.waiting = spool_->backlog_records();
  return totals;
}

}  // namespace lictor::perf
