#include "dataplane/agent/task_build.h"

#include <algorithm>

#include "dataplane/agent/target_texts.h"
#include "encoders/etsi/etsi_encoder.h"
#include "encoders/etsi/keepalive.h"
#include "encoders/files/pcapng_encoder.h"

namespace lictor {
namespace {

uint32_t ports_of(const TargetScope& scope, const ElementIdentity& element) {
  if (!scope.network_element_id.empty() && scope.network_element_id != element.network_element_id) return 0;
  uint32_t ports = 0;
  for (size_t i = 0; i < element.ports.size(); ++i) {
    if (!scope.port.empty() && scope.port != element.ports[i].name) continue;
    if (!scope.tap_group.empty() && scope.tap_group != element.ports[i].tap_group) continue;
    ports |= uint32_t{1} << i;
  }
  return ports;
}

PeerMessageKind kind_of(PeerAnswer answer) {
  switch (answer) {
    case PeerAnswer::kKeepalive:
      return PeerMessageKind::kKeepaliveResponse;
    case PeerAnswer::kOptionAccepted:
      return PeerMessageKind::kOptionAccepted;
    case PeerAnswer::kOptionDeclined:
      return PeerMessageKind::kOptionDeclined;
    case PeerAnswer::kAcknowledgement:
      return PeerMessageKind::kAcknowledgement;
    case PeerAnswer::kNone:
      break;
  }
  return PeerMessageKind::kOther;
}

ConnectionPdu pdu_of(ConnectionQuestion question) {
  switch (question) {
    case ConnectionQuestion::kOptionRequest:
      return ConnectionPdu::kOptionRequest;
    case ConnectionQuestion::kOptionComplete:
      return ConnectionPdu::kOptionComplete;
    case ConnectionQuestion::kAcknowledgement:
      return ConnectionPdu::kAcknowledgementRequest;
    case ConnectionQuestion::kKeepalive:
      break;
  }
  return ConnectionPdu::kKeepalive;
}

PeerMessage read_peer(Bytes received) {
  PeerPdu pdu;
  switch (read_peer_pdu(received, pdu)) {
    case PeerRead::kIncomplete:
      return {.kind = PeerMessageKind::kIncomplete};
    case PeerRead::kMalformed:
      return {.kind = PeerMessageKind::kMalformed};
    case PeerRead::kPdu:
      break;
  }
  return {.kind = kind_of(pdu.answer), .bytes = pdu.bytes, .number = pdu.number};
}

DestinationPlan files_plan_of(const DestinationSpec& spec, const MediationDirective& mediation) {
  DestinationPlan plan{.id = spec.id, .side = HandoverSide::kHi3};
  plan.files = mediation.files;
  plan.files->agency = spec.agency;
  plan.files->directory = spec.directory;
  return plan;
}

DestinationPlan plan_of(const DestinationSpec& spec, HandoverSide side, const MediationDirective& mediation,
                        const ElementIdentity& element) {
  if (spec.is_files) return files_plan_of(spec, mediation);
  const EtsiTaskParameters& task = mediation.parameters;
  KeepaliveParameters parameters{.operator_id = task.operator_id,
                                 .network_element_id = element.network_element_id,
                                 .li_ps_version = task.li_ps_version,
                                 .liid = mediation.keepalive_liid,
                                 .timestamp_form = task.timestamp_form,
                                 .local_time = task.local_time,
                                 .lengths = task.lengths};
  if (mediation.keepalive_countries) {
    parameters.authorization_country = task.authorization_country;
    parameters.delivery_country = task.delivery_country;
  }
  return {.id = spec.id,
          .side = side,
          .endpoints = spec.endpoints,
          .keepalive = mediation.keepalive,
          .confirm = mediation.confirm,
          .codec = {.question =
                        [parameters](ConnectionQuestion question, uint32_t number) {
                          return encode_connection_pdu(parameters, pdu_of(question), number, legal_now());
                        },
                    .read_peer = read_peer},
          .security = mediation.security,
          .tcp = mediation.tcp,
          .rate_bps = mediation.pacing.destination_bps};
}

EtsiTaskParameters parameters_of(const TapDirective& tap, const MediationDirective& mediation,
                                 const ElementIdentity& element) {
  EtsiTaskParameters parameters = mediation.parameters;
  parameters.network_element_id = element.network_element_id;
  parameters.interception_point_id = element.interception_point_id;
  // More than an IPIRI can name are refused by the encoder: none of them is left out in silence.
  for (const IpPrefix& prefix : target_sides(tap))
    parameters.targets.push_back({.ipv6 = prefix.ipv6, .octets = prefix.octets, .length = prefix.bits});
  if (mediation.hi1_target_information) parameters.target_information = target_information(tap);
  parameters.frames = tap.frames;
  parameters.call_content = tap.cc;
  if (tap.frames) parameters.network_id = network_id(tap);
  return parameters;
}

PcapngParameters pcapng_parameters_of(const MediationDirective& mediation, const ElementIdentity& element) {
  PcapngParameters parameters{.xid = mediation.xid,
                              .liid = mediation.parameters.liid,
                              .operator_id = mediation.parameters.operator_id,
                              .network_element_id = element.network_element_id,
                              .cin = mediation.parameters.cin,
                              .ports = {}};
  for (const ElementIdentity::Port& port : element.ports) parameters.ports.push_back(port.name);
  return parameters;
}

}  // namespace

void append_rules(const TapDirective& tap, TaskSlot slot, const ElementIdentity& element,
                  std::vector<TargetRule>& rules) {
  if (!tap.cc) return;
  rules.reserve(rules.size() + tap.targets.size());
  for (const TapTarget& target : tap.targets) {
    const uint32_t ports = ports_of(target.scope, element);
    if (ports == 0) continue;
    rules.push_back({.key = target.key,
                     .protocol = target.protocol,
                     .target_ports = target.target_ports,
                     .remote_ports = target.remote_ports,
                     .prefix = target.prefix,
                     .remote = target.remote,
                     .mac = target.mac,
                     .frames = tap.frames,
                     .slot = slot,
                     .ports = ports,
                     .vlan_count = target.scope.vlan_count,
                     .vlans = target.scope.vlans,
                     .label = target.scope.label,
                     .vni = target.scope.vni,
                     .start = tap.start,
                     .stop = tap.stop});
  }
}

Status check_identities(const TapDirective& tap) {
  const auto counts_elsewhere = [&](const TapIdentity& one) { return one.scope != tap.identities.front().scope; };
  if (std::ranges::none_of(tap.identities, counts_elsewhere)) return absl::OkStatus();
  return absl::InvalidArgumentError("tap.targets: names in different parts of the network need a warrant each");
}

std::optional<WatchedTask> make_watched_task(const TapDirective& tap, const MediationDirective& mediation,
                                             TaskSlot slot, const ElementIdentity& element) {
  const TargetScope& scope = tap.identities.front().scope;
  const uint32_t ports = ports_of(scope, element);
  if (ports == 0) return std::nullopt;
  WatchedTask watched{.slot = slot,
                      .xid = tap.xid,
                      .identities = {},
                      .start = tap.start,
                      .stop = tap.stop,
                      .cc = tap.cc,
                      .raw = tap.cc && mediation.parameters.session_iri.raw_aaa,
                      .location = mediation.parameters.session_iri.location ? ShownLocation::kYes : ShownLocation::kNo,
                      .redirected_calls = mediation.redirected_calls,
                      .scope = {.ports = ports,
                                .vlan_count = scope.vlan_count,
                                .vlans = scope.vlans,
                                .label = scope.label,
                                .vni = scope.vni},
                      .cins = mediation.cins};
  for (const TapIdentity& identity : tap.identities) watched.identities.push_back({identity.kind, identity.value});
  return watched;
}

namespace {

// Opens one side's destination for one task after the other.
class Opener {
 public:
  // `encodes`: the task brings records; else it only delivers what a former process left.
  Opener(Handover& handover, const MediationDirective& mediation, const ElementIdentity& element, size_t encoder,
         const OwnParts& own, bool encodes)
      : handover_(handover),
        mediation_(mediation),
        element_(element),
        encoder_(encoder),
        own_(own),
        encodes_(encodes) {}

  Status open(const DestinationSpec& spec, HandoverSide side, TaskDestinations& destinations) {
    const bool is_hi3 = side == HandoverSide::kHi3;
    bool& own = is_hi3 ? destinations.own.hi3 : destinations.own.hi2;
    own = is_hi3 ? own_.hi3 : own_.hi2;
    DestinationPlan plan = plan_of(spec, side, mediation_, element_);
    plan.connections_max = mediation_.connections_max;
    plan.encoder = encoder_;
    if (own) plan.owner = mediation_.xid;
    const Result<DestinationHandle> handle = is_hi3 && own_.lane ? handover_.open(plan, lane()) : handover_.open(plan);
    if (!handle.ok()) return handle.status();
    destinations.handles.push_back(*handle);
    own = handover_.is_own(*handle);
    (is_hi3 ? destinations.hi3 : destinations.hi2) = handover_.spool(*handle, encoder_);
    if (!is_hi3) destinations.express = handover_.express(*handle, encoder_);
    destinations.express_bytes = handover_.depot().express_bytes();
    LeftOfTask& left = is_hi3 ? destinations.left_hi3 : destinations.left_hi2;
    plan.owner = own ? std::optional(mediation_.xid) : std::nullopt;
    left = left_of(plan);
    if (is_hi3) destinations.own.lane = handover_.is_lane(*handle);
    if (spec.is_files) return absl::OkStatus();
    if (left.alone && is_hi3) {
      if (Status status = leave_apart(plan, *handle, destinations); !status.ok()) return status;
    }
    // The profile may have been another one: what was left then goes as it was to go.
    plan.owner = own ? std::nullopt : std::optional(mediation_.xid);
    plan.is_former = true;
    if (handover_.depot().has_left(plan.id, spool_name(side, plan.owner))) {
      const Result<DestinationHandle> former = handover_.open(plan);
      if (!former.ok()) return former.status();
      destinations.handles.push_back(*former);
      if (left_of(plan).alone && is_hi3) handover_.leave_apart(*former, mediation_.xid, mediation_.pacing.delivery_bps);
    }
    left = sum_of(left, left_of(plan));  // also where another task has opened it
    return absl::OkStatus();
  }

 private:
  [[nodiscard]] LanePlan lane(bool is_former = false) const {
    return {.owner = mediation_.xid,
            .encoder = encoder_,
            .rate_bps = mediation_.pacing.delivery_bps,
            .is_former = is_former,
            .behind = own_.behind};
  }
  // It had a spool of its own, because of its rate or of what it brought: that keeps nobody waiting in this process
  // either. What it brings now goes behind it, so it has one again.
  Status leave_apart(const DestinationPlan& plan, DestinationHandle handle, TaskDestinations& destinations) {
    if (encodes_ && !destinations.own.lane) {
      if (plan.owner && mediation_.pacing.delivery_bps == 0) return absl::OkStatus();  // nobody else is there
      const Result<DestinationHandle> own = handover_.open(plan, lane(true));
      if (!own.ok()) return own.status();
      destinations.handles.push_back(*own);
      destinations.own.lane = true;
      destinations.hi3 = handover_.spool(*own, encoder_);
    }
    handover_.leave_apart(handle, mediation_.xid, mediation_.pacing.delivery_bps);
    return absl::OkStatus();
  }
  [[nodiscard]] LeftOfTask left_of(const DestinationPlan& plan) const {
    const std::string name = plan.files ? "files" : spool_name(plan.side, plan.owner);
    const std::optional<uint32_t> cin =
        mediation_.numbers_by_liid ? std::nullopt : std::optional(mediation_.parameters.cin);
    return handover_.depot().left(plan.id, name, mediation_.xid, cin);
  }

  Handover& handover_;
  const MediationDirective& mediation_;
  const ElementIdentity& element_;
  const size_t encoder_;
  const OwnParts own_;
  const bool encodes_;
};

}  // namespace

Result<TaskDestinations> open_destinations(Handover& handover, const TapDirective* tap,
                                           const MediationDirective& mediation, const ElementIdentity& element,
                                           size_t encoder, OwnParts own) {
  const bool iri = tap == nullptr || tap->iri;
  const bool cc = tap == nullptr || tap->cc;
  const bool is_files = mediation.hi3 && mediation.hi3->is_files;
  if (tap != nullptr && iri && !mediation.hi2 && !is_files)
    return absl::InvalidArgumentError("mediation.hi2: is missing");
  if (tap != nullptr && cc && !mediation.hi3) return absl::InvalidArgumentError("mediation.hi3: is missing");
  TaskDestinations destinations;
  destinations.own = own;
  Opener opener(handover, mediation, element, encoder, own, tap != nullptr);
  Status status = absl::OkStatus();
  if ((iri || mediation.hi1) && mediation.hi2) status = opener.open(*mediation.hi2, HandoverSide::kHi2, destinations);
  if (status.ok() && (cc || is_files) && mediation.hi3)
    status = opener.open(*mediation.hi3, HandoverSide::kHi3, destinations);
  if (status.ok() && is_files) {  // one spool for all; what is left there counts once
    destinations.hi2 = destinations.hi3;
    destinations.left_hi2 = destinations.left_hi3;
    destinations.left_hi2.records = 0;
  }
  if (status.ok()) return destinations;
  for (const DestinationHandle handle : destinations.handles) handover.close(handle);
  return status;
}

Result<TaskLane> open_lane(Handover& handover, const MediationDirective& mediation, const ElementIdentity& element,
                           size_t encoder) {
  TaskLane lane;
  if (mediation.spool_key != nullptr) {
    Result<std::unique_ptr<TaskSeal>> seal =
        TaskSeal::make(mediation.spool_key, mediation.xid, mediation.parameters.cin);
    if (!seal.ok()) return seal.status();
    lane.seal = *std::move(seal);
  }
  DestinationPlan plan = plan_of(*mediation.hi3, HandoverSide::kHi3, mediation, element);
  plan.connections_max = mediation.connections_max;
  plan.encoder = encoder;
  const Result<DestinationHandle> handle = handover.open(
      plan, {.owner = mediation.xid, .encoder = encoder, .rate_bps = mediation.pacing.delivery_bps, .behind = true});
  if (!handle.ok()) return handle.status();
  lane.handle = *handle;
  lane.is_own = handover.is_lane(*handle);
  lane.hi3 = handover.spool(*handle, encoder);
  return lane;
}

Status give_spools(EncodeTask& task, const MediationDirective& mediation, const TaskDestinations& destinations) {
  task.hi2 = destinations.hi2;
  task.hi3 = destinations.hi3;
  task.express.spool = destinations.express;
  task.express.bytes_max = destinations.express_bytes;
  if (mediation.spool_key == nullptr) return absl::OkStatus();
  for (std::unique_ptr<TaskSeal>* const own : {&task.hi2_seal, &task.hi3_seal, &task.express.seal}) {
    if (own == &task.hi2_seal && destinations.hi2 == destinations.hi3) continue;  // one spool has one seal of a task
    if (own == &task.express.seal && destinations.express == nullptr) continue;
    Result<std::unique_ptr<TaskSeal>> seal =
        TaskSeal::make(mediation.spool_key, mediation.xid, mediation.parameters.cin);
    if (!seal.ok()) return seal.status();
    *own = *std::move(seal);
  }
  return absl::OkStatus();
}

Result<std::unique_ptr<EncodeTask>> make_encode_task(const TapDirective& tap, const MediationDirective& mediation,
                                                     const ElementIdentity& element, TaskSlot slot) {
  const bool is_files = mediation.hi3 && mediation.hi3->is_files;
  if (is_files && tap.frames) return absl::InvalidArgumentError("tap.link_layer: pcapng files take IP packets alone");
  Result<std::unique_ptr<Encoder>> encoder = is_files ? make_pcapng_encoder(pcapng_parameters_of(mediation, element))
                                                      : make_etsi_encoder(parameters_of(tap, mediation, element));
  if (!encoder.ok()) return encoder.status();
  auto task = std::make_unique<EncodeTask>();
  task->slot = slot;
  task->xid = tap.xid;
  task->start = tap.start;
  task->stop = tap.stop;
  task->iri = tap.iri;
  task->cc = tap.cc;
  task->hi1 = mediation.hi1;
  task->alarms = mediation.alarms;
  task->reset_first = mediation.reset_first;
  task->aggregation = mediation.aggregation;
  task->left_out = mediation.left_out;
  // Of identities alone nothing is known before a session is.
  task->static_session = tap.is_acceptance || !tap.targets.empty();
  // A file knows a repeated record by its number: everything in it is of one series.
  task->numbers_by_liid = mediation.numbers_by_liid || is_files;
  task->encoder = *std::move(encoder);
  return task;
}

}  // namespace lictor
