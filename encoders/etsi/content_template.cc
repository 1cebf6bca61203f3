#include "encoders/etsi/content_template.h"

#include <MicroSecondTime.h>
#include <TimeQualifier.h>

#include <algorithm>
#include <array>

#include "dataplane/base/check.h"
#include "encoders/etsi/der_write.h"
#include "encoders/etsi/iri_parts.h"
#include "encoders/etsi/ps_header.h"
#include "encoders/etsi/time_text.h"
#include "encoders/etsi/tlv.h"
#include "encoders/etsi/wide_lengths.h"

namespace lictor {
namespace {

bool is_truncated(const ContentRecord& record) { return record.whole_bytes > record.packet.size(); }

bool marks_truncation(const EtsiTaskParameters& parameters) {
  return parameters.ip_access_version >= EtsiTaskParameters::kTruncatedPacketVersion;
}

void fill_contents(IpCcContents_t& contents, const ContentRecord& record, bool mark_truncation) {
  if (!mark_truncation) {
    contents.present = IpCcContents_PR_packet;
    asn1::set_octets(contents.choice.packet, record.packet);
    return;
  }
  contents.present = IpCcContents_PR_truncated;
  asn1::set_octets(contents.choice.truncated.packet, record.packet);
  contents.choice.truncated.originalLength = asn1::make<unsigned long>();
  *contents.choice.truncated.originalLength = record.whole_bytes;
}

// The content of the child with this tag; there is one, because asn1c just wrote it.
Bytes inside(Bytes parent, uint8_t tag) {
  const std::optional<Tlv> child = find_child(parent, tag);
  LICTOR_CHECK(child.has_value());
  return child->content;
}

std::vector<uint8_t> copy_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

// The time stamp's octets in one of its two forms.
struct Stamp {
  std::array<uint8_t, 32> octets;
  size_t size;
};

template <Lengths kLengths>
Stamp microsecond_stamp(PacketTime time, uint8_t tag = 0xa7) {
  const auto ns = static_cast<uint64_t>(std::max<int64_t>(time.unix_ns, 0));
  const uint64_t seconds = ns / kNanosecondsPerSecond;
  const uint64_t microseconds = ns % kNanosecondsPerSecond / 1000;
  Stamp stamp;
  der::BasicWriter<kLengths> out(stamp.octets.data());
  out.header(tag, 4 + der::integer_octets(seconds) + der::integer_octets(microseconds));
  out.integer(0x80, seconds);
  out.integer(0x81, microseconds);
  stamp.size = static_cast<size_t>(out.at() - stamp.octets.data());
  return stamp;
}

Stamp generalized_stamp(PacketTime time, LocalOffset& local, uint8_t tag = 0x85) {
  Stamp stamp;
  const std::optional<int> offset = local.minutes_at(time.unix_ns / kNanosecondsPerSecond);
  const size_t length = write_generalized_time(time, offset, stamp.octets.data() + 2);
  stamp.octets[0] = tag;
  stamp.octets[1] = static_cast<uint8_t>(length);
  stamp.size = 2 + length;
  return stamp;
}

constexpr std::array<uint8_t, 3> kTimeOfInterception = {0x88, 0x01, 0x01};
constexpr std::array<uint8_t, 3> kTimeOfAggregation = {0x88, 0x01, 0x03};
constexpr std::array<uint8_t, 3> kPayloadTimeOfInterception = {0x84, 0x01, 0x01};

// The smallest CIN that takes so many octets.
constexpr uint32_t smallest_of(size_t octets) { return octets == 1 ? 1 : uint32_t{0x80} << (8 * (octets - 2)); }

void set_media(CcContents_t& contents, const EtsiTaskParameters& parameters, const ContentRecord& record) {
  contents.present = CcContents_PR_ipMmCc;
  IpMmCc_t& cc = contents.choice.ipMmCc;
  asn1::set_oid(cc.object, std::array<uint8_t, 4>{0x05, 0x05, parameters.ip_multimedia_version, 0x02});
  asn1::set_octets(cc.contents, record.packet);
  set_optional(cc.frameType, static_cast<long>(record.media->frame));
  if (!record.media->stream.empty()) asn1::set_octets(cc.stream, record.media->stream);
  set_optional(cc.protocol, static_cast<long>(record.media->protocol));
}

CcPayload_t* make_payload(const EtsiTaskParameters& parameters, const ContentRecord& record) {
  auto* const payload = asn1::make<CcPayload_t>();
  payload->direction = asn1::make<PayloadDirection_t>();
  *payload->direction = static_cast<long>(record.direction);
  if (record.media) {
    set_media(payload->contents, parameters, record);
    return payload;
  }
  if (record.is_frame) {
    payload->contents.present = CcContents_PR_l2Cc;
    L2Cc_t& cc = payload->contents.choice.l2Cc;
    asn1::set_oid(cc.object, std::array<uint8_t, 4>{0x05, 0x04, parameters.l2_access_version, 0x02});
    cc.contents.present = L2CcContents_PR_ethernet;
    asn1::set_octets(cc.contents.choice.ethernet, record.packet);
    return payload;
  }
  payload->contents.present = CcContents_PR_ipCc;
  IpCc_t& cc = payload->contents.choice.ipCc;
  const std::array<uint8_t, 4> object = {0x05, 0x03, parameters.ip_access_version, 0x02};
  asn1::set_oid(cc.object, object);
  fill_contents(cc.contents, record, marks_truncation(parameters) && is_truncated(record));
  return payload;
}

}  // namespace

asn1::PsPduPtr make_content_pdu(const EtsiTaskParameters& parameters, const ContentRecord& record, uint32_t number) {
  asn1::PsPduPtr pdu = asn1::make_pdu();
  set_ps_header(*pdu, parameters, record.cin, number, record.arrival);
  pdu->payload.present = Payload_PR_cc;
  asn_sequence_add(&pdu->payload.choice.cc.list, make_payload(parameters, record));
  return pdu;
}

asn1::PsPduPtr make_aggregate_pdu(const EtsiTaskParameters& parameters, std::span<const ContentRecord> records,
                                  uint32_t number) {
  asn1::PsPduPtr pdu = asn1::make_pdu();
  set_ps_header(*pdu, parameters, records.back().cin, number, records.back().arrival);
  *pdu->header.timeQualifier = TimeQualifier_timeOfAggregation;
  pdu->payload.present = Payload_PR_cc;
  for (const ContentRecord& record : records) {
    CcPayload_t* const payload = make_payload(parameters, record);
    if (parameters.timestamp_form == TimestampForm::kGeneralized) {
      set_generalized_time(payload->time, parameters.local_time, record.arrival);
    } else {
      const int64_t ns = std::max<int64_t>(record.arrival.unix_ns, 0);
      payload->microSecondTime = asn1::make<MicroSecondTime_t>();
      asn1::set_integer(payload->microSecondTime->seconds, static_cast<uint64_t>(ns / kNanosecondsPerSecond));
      payload->microSecondTime->microSeconds = ns % kNanosecondsPerSecond / 1000;
    }
    payload->timeQualifier = asn1::make<TimeQualifier_t>();
    *payload->timeQualifier = TimeQualifier_timeOfInterception;
    asn_sequence_add(&pdu->payload.choice.cc.list, payload);
  }
  return pdu;
}

namespace {

enum class Kind : uint8_t { kPacket, kFrame, kMedia };

// A record that the pieces are cut out of.
std::vector<uint8_t> first_record(const EtsiTaskParameters& parameters, Kind kind = Kind::kPacket) {
  static constexpr std::array<uint8_t, 1> kPacket = {0};
  ContentRecord content{.packet = kPacket,
                        .whole_bytes = 1,
                        .arrival = {},
                        .direction = Direction::kFromTarget,
                        .is_frame = kind == Kind::kFrame};
  if (kind == Kind::kMedia) content.media.emplace();
  const asn1::PsPduPtr pdu = make_content_pdu(parameters, content, 0);
  std::vector<uint8_t> record(ContentTemplate::kOverheadMax);
  record.resize(encode_pdu(*pdu, parameters.lengths, record));
  LICTOR_CHECK(!record.empty());
  return record;
}

// The object identifier in such a record.
std::vector<uint8_t> object_of(Bytes record, uint8_t contents_tag) {
  const Bytes payload = inside(inside(inside(inside(record, 0x30), 0xa2), 0xa1), 0x30);
  const std::optional<Tlv> object = find_child(inside(inside(payload, 0xa2), contents_tag), 0x80);
  LICTOR_CHECK(object.has_value());
  return copy_of(object->whole);
}

constexpr uint8_t kIpCcTag = 0xa2;
constexpr uint8_t kL2CcTag = 0xa6;
constexpr uint8_t kIpMmCcTag = 0xac;
constexpr uint8_t kIpPacketsTag = 0x80;
constexpr uint8_t kEthernetTag = 0x85;
constexpr uint8_t kMediaTag = 0x81;
// Of IPMMCC, behind the packet.
constexpr uint8_t kFrameTypeTag = 0x82;
constexpr uint8_t kStreamTag = 0x83;
constexpr uint8_t kProtocolTag = 0x84;

}  // namespace

ContentTemplate::ContentTemplate(const EtsiTaskParameters& parameters)
    : timestamp_form_(parameters.timestamp_form), local_(parameters.local_time), lengths_(parameters.lengths) {
  const std::vector<uint8_t> record = first_record(parameters);
  const Bytes header = inside(inside(record, 0x30), 0xa1);
  if (const std::optional<Tlv> point = find_child(header, 0x86)) point_ = copy_of(point->whole);
  shapes_ = {Shape{.contents_tag = kIpCcTag,
                   .packet_tag = kIpPacketsTag,
                   .marks_truncation = marks_truncation(parameters),
                   .object = object_of(record, kIpCcTag)},
             Shape{.contents_tag = kL2CcTag,
                   .packet_tag = kEthernetTag,
                   .object = object_of(first_record(parameters, Kind::kFrame), kL2CcTag)},
             Shape{.contents_tag = kIpMmCcTag,
                   .packet_tag = kMediaTag,
                   .object = object_of(first_record(parameters, Kind::kMedia), kIpMmCcTag)}};
  const std::optional<Tlv> number = find_child(header, 0x84);
  LICTOR_CHECK(number.has_value());
  identity_ = copy_of(header.first(static_cast<size_t>(number->whole.data() - header.data())));
  for (size_t octets = 1; octets <= kCinOctetsMax; ++octets) {
    identities_[octets - 1] = lengths_ == Lengths::kWide ? resized<Lengths::kWide>(identity_, octets)
                                                         : resized<Lengths::kShortest>(identity_, octets);
  }
}

// What surrounds a CIN grows and shrinks with it.
template <Lengths kLengths>
ContentTemplate::Identity ContentTemplate::resized(Bytes identity, size_t cin_octets) {
  const std::optional<Tlv> communication = find_child(identity, 0xa3);
  LICTOR_CHECK(communication.has_value());
  const std::optional<Tlv> cin = find_child(communication->content, 0x81);
  LICTOR_CHECK(cin.has_value());
  const auto offset = [](Bytes part, Bytes of) { return static_cast<size_t>(part.data() - of.data()); };
  const Bytes before = communication->content.first(offset(cin->whole, communication->content));
  const Bytes behind = communication->content.subspan(before.size() + cin->whole.size());

  Identity result;
  result.octets.resize(identity.size() + kCinOctetsMax + sizeof(uint32_t));
  der::BasicWriter<kLengths> out(result.octets.data());
  out.bytes(identity.first(offset(communication->whole, identity)));
  out.header(0xa3, before.size() + der::tlv_octets<kLengths>(cin_octets) + behind.size());
  out.bytes(before);
  out.integer(0x81, smallest_of(cin_octets));
  result.cin_at = static_cast<size_t>(out.at() - result.octets.data()) - cin_octets;
  out.bytes(behind);
  result.octets.resize(static_cast<size_t>(out.at() - result.octets.data()));
  return result;
}

template <Lengths kLengths>
void ContentTemplate::write_identity(der::BasicWriter<kLengths>& out, uint32_t cin) const noexcept {
  if (cin == 0) return out.bytes(identity_);
  const size_t octets = der::integer_octets(cin);
  const Identity& identity = identities_[octets - 1];
  uint8_t* const at = out.at() + identity.cin_at;
  out.bytes(identity.octets);
  uint64_t rest = cin;
  for (size_t i = octets; i > 0; --i, rest >>= 8) at[i - 1] = static_cast<uint8_t>(rest);
}

// The TLV of an INTEGER below 128.
constexpr size_t kSmallInteger = 3;

struct ContentTemplate::Sizes {
  bool truncated;
  size_t original;  // the TLV with the original length
  size_t packet;    // the TLV of the packet
  size_t packet_choice;
  size_t stream;       // the TLV of the stream identifier, or 0
  size_t alternative;  // of CCContents
  size_t contents;
};

template <Lengths kLengths>
ContentTemplate::Sizes ContentTemplate::sizes_of(const ContentRecord& record) const noexcept {
  using der::group_octets;
  const Shape& shape = shape_of(record);
  Sizes sizes{};
  sizes.truncated = shape.marks_truncation && is_truncated(record);
  sizes.original = sizes.truncated ? 2 + der::integer_octets(record.whole_bytes) : 0;
  sizes.packet = der::tlv_octets<kLengths>(record.packet.size());
  if (record.media) {
    sizes.stream = record.media->stream.empty() ? 0 : der::tlv_octets<kLengths>(record.media->stream.size());
    sizes.alternative = shape.object.size() + sizes.packet + kSmallInteger + sizes.stream + kSmallInteger;
  } else {
    sizes.packet_choice = sizes.truncated ? group_octets<kLengths>(sizes.packet + sizes.original) : sizes.packet;
    sizes.alternative = shape.object.size() + group_octets<kLengths>(sizes.packet_choice);
  }
  sizes.contents = group_octets<kLengths>(sizes.alternative);
  return sizes;
}

template <Lengths kLengths>
void ContentTemplate::write_contents(const ContentRecord& record, const Sizes& sizes,
                                     der::BasicWriter<kLengths>& out) const noexcept {
  const Shape& shape = shape_of(record);
  out.header(0xa2, sizes.contents);
  out.header(shape.contents_tag, sizes.alternative);
  out.bytes(shape.object);
  if (!record.media) out.header(0xa1, sizes.packet_choice);
  if (sizes.truncated) out.header(0xa1, sizes.packet + sizes.original);
  out.header(shape.packet_tag, record.packet.size());
  out.bytes(record.packet);
  if (sizes.truncated) out.integer(0x81, record.whole_bytes);
  if (!record.media) return;
  out.integer(kFrameTypeTag, static_cast<uint64_t>(record.media->frame));
  if (sizes.stream > 0) {
    out.header(kStreamTag, record.media->stream.size());
    out.bytes(record.media->stream);
  }
  out.integer(kProtocolTag, static_cast<uint64_t>(record.media->protocol));
}

template <Lengths kLengths>
size_t ContentTemplate::write_payload_as(const ContentRecord& record, uint8_t* room) const noexcept {
  const bool generalized = timestamp_form_ == TimestampForm::kGeneralized;
  const Stamp stamp =
      generalized ? generalized_stamp(record.arrival, local_, 0x81) : microsecond_stamp<kLengths>(record.arrival, 0xa3);
  const Sizes sizes = sizes_of<kLengths>(record);
  der::BasicWriter<kLengths> out(room);
  out.header(0x30, 3 + der::group_octets<kLengths>(sizes.contents) + stamp.size + kPayloadTimeOfInterception.size());
  out.integer(0x80, static_cast<uint64_t>(record.direction));
  if (generalized) out.bytes(Bytes(stamp.octets).first(stamp.size));
  write_contents(record, sizes, out);
  if (!generalized) out.bytes(Bytes(stamp.octets).first(stamp.size));
  out.bytes(kPayloadTimeOfInterception);
  return static_cast<size_t>(out.at() - room);
}

template <Lengths kLengths>
size_t ContentTemplate::write_aggregate_as(Bytes payloads, PacketTime time, uint32_t cin, uint32_t number,
                                           uint8_t* room) const noexcept {
  using der::group_octets;
  const bool generalized = timestamp_form_ == TimestampForm::kGeneralized;
  const Stamp stamp = generalized ? generalized_stamp(time, local_) : microsecond_stamp<kLengths>(time);
  const size_t payload = group_octets<kLengths>(payloads.size());
  const size_t header =
      identity(cin).size() + 2 + der::integer_octets(number) + stamp.size + point_.size() + kTimeOfAggregation.size();
  der::BasicWriter<kLengths> out(room);
  out.header(0x30, group_octets<kLengths>(header) + group_octets<kLengths>(payload));
  out.header(0xa1, header);
  write_identity(out, cin);
  out.integer(0x84, number);
  if (generalized) out.bytes(Bytes(stamp.octets).first(stamp.size));
  out.bytes(point_);
  if (!generalized) out.bytes(Bytes(stamp.octets).first(stamp.size));
  out.bytes(kTimeOfAggregation);
  out.header(0xa2, payload);
  out.header(0xa1, payloads.size());
  out.bytes(payloads);
  return static_cast<size_t>(out.at() - room);
}

template <Lengths kLengths>
size_t ContentTemplate::write_as(const ContentRecord& record, uint32_t number, uint8_t* room) const noexcept {
  using der::group_octets;
  const bool generalized = timestamp_form_ == TimestampForm::kGeneralized;
  const Stamp stamp =
      generalized ? generalized_stamp(record.arrival, local_) : microsecond_stamp<kLengths>(record.arrival);

  // From the inside out: what each level contains.
  const Sizes sizes = sizes_of<kLengths>(record);
  const size_t cc_payload = 3 + group_octets<kLengths>(sizes.contents);
  const size_t cc_payloads = group_octets<kLengths>(cc_payload);
  const size_t payload = group_octets<kLengths>(cc_payloads);
  const size_t header = identity(record.cin).size() + 2 + der::integer_octets(number) + stamp.size + point_.size() +
                        kTimeOfInterception.size();

  der::BasicWriter<kLengths> out(room);
  out.header(0x30, group_octets<kLengths>(header) + group_octets<kLengths>(payload));
  out.header(0xa1, header);
  write_identity(out, record.cin);
  out.integer(0x84, number);
  if (generalized) out.bytes(Bytes(stamp.octets).first(stamp.size));
  out.bytes(point_);
  if (!generalized) out.bytes(Bytes(stamp.octets).first(stamp.size));
  out.bytes(kTimeOfInterception);
  out.header(0xa2, payload);
  out.header(0xa1, cc_payloads);
  out.header(0x30, cc_payload);
  out.integer(0x80, static_cast<uint64_t>(record.direction));
  write_contents(record, sizes, out);
  return static_cast<size_t>(out.at() - room);
}

size_t ContentTemplate::write_payload(const ContentRecord& record, uint8_t* room) const noexcept {
  if (lengths_ == Lengths::kWide) return write_payload_as<Lengths::kWide>(record, room);
  return write_payload_as<Lengths::kShortest>(record, room);
}

size_t ContentTemplate::write_aggregate(Bytes payloads, PacketTime time, uint32_t cin, uint32_t number,
                                        uint8_t* room) const noexcept {
  if (lengths_ == Lengths::kWide) return write_aggregate_as<Lengths::kWide>(payloads, time, cin, number, room);
  return write_aggregate_as<Lengths::kShortest>(payloads, time, cin, number, room);
}

size_t ContentTemplate::write(const ContentRecord& record, uint32_t number, uint8_t* room) const noexcept {
  if (lengths_ == Lengths::kWide) return write_as<Lengths::kWide>(record, number, room);
  return write_as<Lengths::kShortest>(record, number, room);
}

}  // namespace lictor
