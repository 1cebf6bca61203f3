#include "encoders/etsi/ps_header.h"

#include <MicroSecondTime.h>
#include <TimeQualifier.h>

#include <algorithm>

#include "encoders/etsi/time_text.h"

namespace lictor {

void set_generalized_time(VisibleString_t*& field, const std::optional<LocalTime>& local, PacketTime time) {
  std::array<uint8_t, kGeneralizedTimeBytesMax> text;
  LocalOffset offset(local);
  const size_t length =
      write_generalized_time(time, offset.minutes_at(time.unix_ns / kNanosecondsPerSecond), text.data());
  asn1::set_octets(field, Bytes(text).first(length));
}

void set_ps_time(PsHeader_t& header, TimestampForm form, const std::optional<LocalTime>& local, PacketTime time) {
  if (form == TimestampForm::kGeneralized) {
    set_generalized_time(header.generalizedTime, local, time);
  } else {
    const int64_t ns = std::max<int64_t>(time.unix_ns, 0);
    header.microSecondTime = asn1::make<MicroSecondTime_t>();
    asn1::set_integer(header.microSecondTime->seconds, static_cast<uint64_t>(ns / kNanosecondsPerSecond));
    header.microSecondTime->microSeconds = ns % kNanosecondsPerSecond / 1000;
  }
  header.timeQualifier = asn1::make<TimeQualifier_t>();
  *header.timeQualifier = TimeQualifier_timeOfInterception;
}

void set_ps_header(PsPdu_t& pdu, const EtsiTaskParameters& parameters, uint32_t cin, uint32_t number, PacketTime time) {
  PsHeader_t& header = pdu.header;
  asn1::set_oid(header.domain, li_ps_domain(parameters.li_ps_version));
  asn1::set_octets(header.liid, parameters.liid);
  asn1::set_octets(header.authorizationCountry, parameters.authorization_country);
  CommunicationIdentifier_t& communication = header.communication;
  asn1::set_octets(communication.network.operatorId, parameters.operator_id);
  asn1::set_octets(communication.network.networkElement, parameters.network_element_id);
  communication.cin = asn1::make<unsigned long>();
  *communication.cin = cin == 0 ? parameters.cin : cin;
  asn1::set_octets(communication.deliveryCountry, parameters.delivery_country);
  header.sequenceNumber = number;
  if (!parameters.interception_point_id.empty()) {
    asn1::set_octets(header.interceptionPoint, parameters.interception_point_id);
  }
  set_ps_time(header, parameters.timestamp_form, parameters.local_time, time);
}

}  // namespace lictor
