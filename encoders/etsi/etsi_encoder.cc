#include "encoders/etsi/etsi_encoder.h"

#include <algorithm>

#include "encoders/etsi/call_iri.h"
#include "encoders/etsi/content_template.h"
#include "encoders/etsi/event_records.h"
#include "encoders/etsi/integrity_record.h"
#include "encoders/etsi/l2_iri.h"
#include "encoders/etsi/payload_container.h"
#include "encoders/etsi/tlv.h"
#include "encoders/etsi/wide_lengths.h"

namespace lictor {
namespace {

// cCContents of a CCPayload, and alternatives of CCContents.
constexpr uint8_t kCcContentsTag = 0xa2;
constexpr uint8_t kL2CcTag = 0xa6;
constexpr uint8_t kIpMmCcTag = 0xac;

class EtsiEncoder final : public Encoder {
 public:
  // `container`: null where payloads travel without one.
  EtsiEncoder(const EtsiTaskParameters& parameters, std::unique_ptr<PayloadContainer> container)
      : parameters_(parameters), content_(parameters), container_(std::move(container)) {}

  [[nodiscard]] size_t content_bytes_max(size_t packet_bytes) const noexcept override {
    return packet_bytes + ContentTemplate::kOverheadMax + (container_ ? PayloadContainer::kOverheadMax : 0);
  }

  size_t encode_content(const ContentRecord& record, uint32_t number, MutableBytes room) noexcept override {
    if (room.size() < content_bytes_max(record.octets()) || !is_within_bounds(record)) return 0;
    if (container_ == nullptr) return content_.write(record, number, room.data());
    const size_t bytes = content_.write(record, number, room.data() + PayloadContainer::kOverheadMax);
    return container_->wrap(room, bytes, part_of(record), true);
  }

  [[nodiscard]] bool aggregates() const noexcept override { return true; }

  [[nodiscard]] size_t payload_bytes_max(size_t packet_bytes) const noexcept override {
    return packet_bytes + ContentTemplate::kPayloadOverheadMax;
  }

  size_t encode_payload(const ContentRecord& record, MutableBytes room) noexcept override {
    if (room.size() < payload_bytes_max(record.octets()) || !is_within_bounds(record)) return 0;
    return content_.write_payload(record, room.data());
  }

  [[nodiscard]] size_t aggregate_bytes_max(size_t payload_bytes) const noexcept override {
    return content_bytes_max(payload_bytes);
  }

  size_t encode_aggregate(Bytes payloads, PacketTime time, uint32_t cin, uint32_t number,
                          MutableBytes room) noexcept override {
    if (payloads.empty() || room.size() < aggregate_bytes_max(payloads.size())) return 0;
    if (container_ == nullptr) return content_.write_aggregate(payloads, time, cin, number, room.data());
    uint8_t* const record = room.data() + PayloadContainer::kOverheadMax;
    const size_t bytes = content_.write_aggregate(payloads, time, cin, number, record);
    return container_->wrap(room, bytes, part_of(payloads), true);
  }

  [[nodiscard]] size_t event_bytes_max(const EventRecord& event) const noexcept override {
    return kEventBytesMax + (event.call ? call_iri_octets(*event.call) : 0);
  }

  size_t encode_event(const EventRecord& event, uint32_t number, MutableBytes room) noexcept override {
    if (room.size() < event_bytes_max(event)) return 0;
    if (event.kind != EventKind::kSession) return encode_event(event, number, SessionIriExtent::kAll, room);
    for (const SessionIriExtent extent : kSessionIriExtents)
      if (const size_t bytes = encode_event(event, number, extent, room); bytes > 0) return bytes;
    return 0;
  }

  void encrypt(MutableBytes record, uint32_t number) noexcept override {
    if (container_ != nullptr) container_->encrypt(record, number);
  }

  [[nodiscard]] size_t check_bytes_max(const IntegrityCheck& check) const noexcept override {
    return integrity_bytes_max(check);
  }

  size_t encode_check(const IntegrityCheck& check, uint32_t number, PacketTime time,
                      MutableBytes room) noexcept override {
    return write_integrity_pdu(parameters_, check, number, time, room);
  }

 private:
  size_t encode_event(const EventRecord& event, uint32_t number, SessionIriExtent extent, MutableBytes room) noexcept {
    const asn1::PsPduPtr pdu = make_event_pdu(parameters_, event, number, extent);
    if (pdu == nullptr) return 0;
    if (container_ == nullptr || is_transport_information(event.kind))
      return encode_pdu(*pdu, parameters_.lengths, room);
    const size_t bytes = encode_pdu(*pdu, parameters_.lengths, room.subspan(PayloadContainer::kOverheadMax));
    if (bytes == 0) return 0;
    return container_->wrap(room, bytes, part_of(event), false);
  }

  static bool is_within_bounds(const ContentRecord& record) {
    return !record.media || record.media->stream.size() <= MediaForm::kStreamBytesMax;
  }

  static PayloadPart part_of(const ContentRecord& record) {
    if (record.media) return PayloadPart::kMultimedia;
    return record.is_frame ? PayloadPart::kLayer2 : PayloadPart::kInternet;
  }

  // Of an aggregate: by the first of them.
  static PayloadPart part_of(Bytes payloads) {
    const std::optional<Tlv> payload = first_tlv(payloads);
    const std::optional<Tlv> contents = payload ? find_child(payload->content, kCcContentsTag) : std::nullopt;
    const std::optional<Tlv> alternative = contents ? first_tlv(contents->content) : std::nullopt;
    if (alternative && alternative->tag == kIpMmCcTag) return PayloadPart::kMultimedia;
    return alternative && alternative->tag == kL2CcTag ? PayloadPart::kLayer2 : PayloadPart::kInternet;
  }

  [[nodiscard]] PayloadPart part_of(const EventRecord& event) const {
    if (event.series == RecordKind::kHi1) return PayloadPart::kAdministration;
    if (event.kind == EventKind::kCall) return PayloadPart::kMultimedia;
    return is_l2_iri(parameters_, event.kind) ? PayloadPart::kLayer2 : PayloadPart::kInternet;
  }

  const EtsiTaskParameters parameters_;
  const ContentTemplate content_;
  const std::unique_ptr<PayloadContainer> container_;
};

bool is_country(const std::string& text) {
  return text.size() == 2 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_between(size_t value, size_t least, size_t most) { return value >= least && value <= most; }

// The name of the first parameter that is out of its bounds, or null.
const char* first_bad_parameter(const EtsiTaskParameters& parameters) {
  const auto is_module_version = [](uint8_t version) { return is_between(version, 1, 127); };
  if (!is_between(parameters.liid.size(), 1, 25)) return "liid";
  if (!is_country(parameters.authorization_country)) return "authorization_country";
  if (!is_country(parameters.delivery_country)) return "delivery_country";
  if (!is_between(parameters.operator_id.size(), 1, 16)) return "operator_id";
  if (parameters.hi1_operator_id.size() > 5) return "hi1_operator_id";
  if (!is_between(parameters.network_element_id.size(), 1, 16)) return "network_element_id";
  if (parameters.interception_point_id.size() > 8) return "interception_point_id";
  if (!is_between(parameters.user_label.size(), 1, 128)) return "user_label";
  if (parameters.internet_access_type > 9) return "internet_access_type";
  if (parameters.targets.size() > EtsiTaskParameters::kTargetsMax) return "targets";
  if (parameters.target_information.size() > 256) return "target_information";
  if (parameters.network_id.size() > 128) return "network_id";
  if (!is_module_version(parameters.li_ps_version)) return "li_ps_version";
  if (!is_module_version(parameters.ip_access_version)) return "ip_access_version";
  if (!is_module_version(parameters.l2_access_version)) return "l2_access_version";
  if (!is_module_version(parameters.ip_multimedia_version)) return "ip_multimedia_version";
  for (const TargetPrefix& target : parameters.targets) {
    if (target.length > (target.ipv6 ? 128 : 32)) return "targets";
  }
  return nullptr;
}

}  // namespace

Result<std::unique_ptr<Encoder>> make_etsi_encoder(const EtsiTaskParameters& parameters) {
  if (const char* const bad = first_bad_parameter(parameters)) {
    return absl::InvalidArgumentError(std::string(bad) + ": out of bounds");
  }
  std::unique_ptr<PayloadContainer> container;
  if (parameters.encryption != PayloadEncryption::kOff) {
    Result<std::unique_ptr<PayloadContainer>> made = PayloadContainer::make(
        parameters.encryption, parameters.payload_key, parameters.encryption_started, parameters.lengths);
    if (!made.ok()) return made.status();
    container = *std::move(made);
  }
  return std::make_unique<EtsiEncoder>(parameters, std::move(container));
}

}  // namespace lictor
