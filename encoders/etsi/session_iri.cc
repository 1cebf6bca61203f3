#include "encoders/etsi/session_iri.h"

#include <AuthenticationType.h>
#include <EndReason.h>
#include <EpsLocation.h>
#include <FramedRoutes.h>
#include <IpAssignment.h>
#include <IpFamily.h>
#include <IriLocation.h>
#include <PopIdentifier.h>

#include <algorithm>
#include <vector>

#include "dataplane/packet/session_report.h"
#include "encoders/etsi/iri_parts.h"
#include "encoders/etsi/ps_header.h"

namespace lictor {
namespace {

// Bounds of TS 102 232-3 and, for the location, TS 33.108.
constexpr size_t kShortTextMax = 20;
constexpr size_t kLongTextMax = 128;
constexpr size_t kUserLocationMax = 39;
constexpr size_t kMacBytes = 6;

bool is_dhcp(SessionSource source) { return source == SessionSource::kDhcp4 || source == SessionSource::kDhcp6; }

// As the table has it, without regard to what was told before.
IriKind kind_in_table(const SessionIriProfile& profile, SessionSource source, AccessEventType event) {
  const bool dhcp = is_dhcp(source);
  switch (event) {
    case AccessEventType::kAttempt:
      return dhcp ? profile.dhcp_attempt : IriKind::kReport;
    case AccessEventType::kAccept:
      return dhcp ? profile.dhcp_accept : IriKind::kBegin;
    case AccessEventType::kReject:
      return dhcp ? profile.dhcp_reject : IriKind::kReport;
    case AccessEventType::kFailed:
      return IriKind::kReport;
    case AccessEventType::kUpdate:
      return dhcp ? profile.dhcp_update : IriKind::kContinue;
    case AccessEventType::kActiveAtStart:
      return IriKind::kBegin;
    case AccessEventType::kEnd:
      return dhcp ? profile.dhcp_end : IriKind::kEnd;
    case AccessEventType::kActiveAtEnd:
      return profile.interception_end;
  }
  return IriKind::kReport;
}

template <typename Text>
void set_text(Text*& field, Bytes octets, size_t octets_max) {
  if (!octets.empty()) asn1::set_octets(field, shown_text(octets, octets_max));
}

void set_raw(OCTET_STRING_t*& field, Bytes octets) {
  if (!octets.empty()) asn1::set_octets(field, octets);
}

void set_number(unsigned long*& field, const std::optional<uint32_t>& number) {
  if (!number) return;
  field = asn1::make<unsigned long>();
  *field = *number;
}

// INTEGERs of 64 bits, as far as asn1c's have them.
void set_octet_count(INTEGER_t*& field, const std::optional<uint64_t>& count) {
  if (!count) return;
  field = asn1::make<INTEGER_t>();
  asn1::set_integer(*field, std::min<uint64_t>(*count, INT64_MAX));
}

void set_time(VisibleString_t*& field, const EtsiTaskParameters& parameters, PacketTime time) {
  if (time.unix_ns > 0) set_generalized_time(field, parameters.local_time, time);
}

// A number or a name as it is; six octets that are no text are a MAC address.
std::string network_id(Bytes octets) {
  std::string text = shown_text(octets, kShortTextMax);
  if (octets.size() != kMacBytes || text.size() != 2 * kMacBytes) return text;
  for (size_t i = kMacBytes - 1; i > 0; --i) text.insert(2 * i, 1, ':');
  return text;
}

// The names of the subscriber's device and of its line, one behind the other.
std::string device_id(const SessionDetails& details) {
  std::string all;
  for (const Bytes name : {details.host_name, details.circuit_id, details.remote_id}) {
    if (name.empty()) continue;
    if (!all.empty()) all += "; ";
    all += shown_text(name, kLongTextMax);
  }
  return shown_text(as_bytes(all), kLongTextMax);
}

void fill_point_of_presence(IpIriContents_t& contents, const SessionDetails& details) {
  set_number(contents.popPort, details.nas_port);
  set_raw(contents.popPortId, details.nas_port_id);
  set_text(contents.popPhone, details.called_station, kShortTextMax);
  if (!details.nas_identifier.empty()) {
    contents.popIdentifier = asn1::make<PopIdentifier_t>();
    contents.popIdentifier->present = PopIdentifier_PR_printable;
    asn1::set_octets(contents.popIdentifier->choice.printable, shown_text(details.nas_identifier, kLongTextMax));
  }
  if (!details.nas_address) return;
  contents.popIpAddress = asn1::make<IpAddress_t>();
  fill_address(*contents.popIpAddress, *details.nas_address, IpAssignment_static);
}

void fill_times(IpIriContents_t& contents, const EtsiTaskParameters& parameters, const SessionReport& report,
                AccessEventType event) {
  set_time(contents.startTime, parameters, report.started);
  set_time(contents.expectedEndTime, parameters, report.details.expected_end.value_or(PacketTime{}));
  if (event != AccessEventType::kEnd) return;
  set_time(contents.endTime, parameters, report.effective);
  set_optional(contents.endReason, [&] {
    switch (report.end) {
      case SessionEnd::kLogoff:
        return EndReason_regularLogoff;
      case SessionEnd::kConnectionLost:
        return EndReason_connectionLoss;
      case SessionEnd::kTimeout:
        return EndReason_connectionTimeout;
      case SessionEnd::kLeaseExpired:
        return EndReason_leaseExpired;
      case SessionEnd::kNone:
      case SessionEnd::kReplaced:
      case SessionEnd::kOther:
        break;
    }
    return EndReason_undefined;
  }());
}

void add_routes(IpIriContents_t& contents, std::span<const Bytes> routes) {
  if (routes.empty()) return;
  contents.framedRoutes = asn1::make<FramedRoutes_t>();
  for (const Bytes route : routes) {
    auto* const one = asn1::make<FramedRoute_t>();
    one->present = FramedRoute_PR_text;
    asn1::set_octets(one->choice.text, route);
    asn_sequence_add(&contents.framedRoutes->list, one);
  }
}

void add_location(IpIriContents_t& contents, Bytes location) {
  if (location.empty() || location.size() > kUserLocationMax) return;
  contents.location = asn1::make<IriLocation_t>();
  contents.location->eps = asn1::make<EpsLocation_t>();
  asn1::set_octets(contents.location->eps->userLocationInfo, location);
}

long authentication_of(SessionSource source) {
  if (source == SessionSource::kRadius) return AuthenticationType_radius;
  return is_dhcp(source) ? AuthenticationType_dhcp : AuthenticationType_unknown;
}

// The subscriber's own addresses first, then what is behind it.
void fill_session_addresses(IpIriContents_t& contents, const SessionReport& report) {
  std::vector<IpPrefix> prefixes;
  for (const auto use : {SessionAddress::Use::kAddress, SessionAddress::Use::kDelegated, SessionAddress::Use::kRoute}) {
    for (const SessionAddress& address : report.addresses)
      if (address.use == use && std::ranges::find(prefixes, address.prefix) == prefixes.end())
        prefixes.push_back(address.prefix);
  }
  fill_addresses(contents, prefixes, IpAssignment_dynamic);
  if (prefixes.empty() && report.source == SessionSource::kDhcp6) contents.ipVersion = IpVersion_ipv6;
}

}  // namespace

IriKind iri_kind(const SessionIriProfile& profile, SessionSource source, const SessionTelling& telling) {
  const IriKind kind = kind_in_table(profile, source, telling.event);
  if (kind == IriKind::kBegin && telling.begun) return IriKind::kContinue;
  if (kind == IriKind::kEnd && telling.ended) return IriKind::kReport;
  return kind;
}

void set_session_iri(PsPdu_t& pdu, const EtsiTaskParameters& parameters, const SessionTelling& telling,
                     SessionIriExtent extent) {
  SessionReport report;
  SessionReportParts parts;
  read_session_report(telling.report, report, parts);
  const SessionDetails& details = report.details;
  IpIriContents_t& contents = add_ip_iri(
      pdu, parameters, iri_kind(parameters.session_iri, report.source, telling), static_cast<long>(telling.event),
      details.user_name.empty() ? as_bytes(parameters.user_label) : details.user_name);
  fill_session_addresses(contents, report);
  if (!details.calling_station.empty()) asn1::set_octets(contents.targetNetworkId, network_id(details.calling_station));
  if (const std::string device = device_id(details); !device.empty()) asn1::set_octets(contents.targetCpeId, device);
  set_text(contents.callBack, details.callback_number, kShortTextMax);
  fill_point_of_presence(contents, details);
  fill_times(contents, parameters, report, telling.event);
  set_octet_count(contents.octetsReceived, details.octets_to_target);
  set_octet_count(contents.octetsTransmitted, details.octets_from_target);
  set_optional(contents.authentication, authentication_of(report.source));
  if (parameters.session_iri.location) add_location(contents, details.location);
  if (extent != SessionIriExtent::kWithoutRoutes) add_routes(contents, details.framed_routes);
  if (parameters.session_iri.raw_aaa && extent == SessionIriExtent::kAll) set_raw(contents.rawAaaData, report.raw);
}

}  // namespace lictor
