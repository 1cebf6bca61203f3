// Makes PS-PDUs octet by octet for tests, right or wrong as asked, with no code of the product.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>

#include "dataplane/base/bytes.h"

namespace lictor::der {

inline std::string octets(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values) out.push_back(static_cast<char>(value));
  return out;
}

inline std::string tlv(int tag, const std::string& content) {
  std::string length;
  for (size_t rest = content.size(); rest > 0; rest >>= 8) length.insert(0, 1, static_cast<char>(rest & 0xff));
  if (content.size() < 0x80) return octets({tag, static_cast<int>(content.size())}) + content;
  return octets({tag, static_cast<int>(0x80 | length.size())}) + length + content;
}

// A minimal INTEGER that is not negative.
inline std::string integer(int tag, uint64_t value) {
  std::string content;
  do {
    content.insert(0, 1, static_cast<char>(value & 0xff));
    value >>= 8;
  } while (value > 0);
  if ((content.front() & 0x80) != 0) content.insert(0, 1, '\0');
  return tlv(tag, content);
}

// What a test wants to have different from the usual; an empty text is left out of the header.
struct HeaderParts {
  std::string domain = tlv(0x80, octets({4, 0, 2, 2, 5, 1, 18}));
  std::string liid = tlv(0x81, "LIID-1");
  std::string country = tlv(0x82, "AT");
  std::string operator_id = tlv(0x80, "OP1");
  std::string element = tlv(0x81, "NE-1");
  std::string cin = integer(0x81, 7);
  std::string delivery = tlv(0x82, "AT");
  std::string number = integer(0x84, 0);
  std::string point = tlv(0x86, "IP1");
  std::string time = tlv(0xa7, integer(0x80, 1'700'000'000) + integer(0x81, 123'456));
  std::string qualifier = integer(0x88, 1);
};

inline std::string header(const HeaderParts& parts = {}) {
  const std::string network = tlv(0xa0, parts.operator_id + parts.element);
  // The text form of the time stamp, [5], stands before the interception point, the other one, [7], behind it.
  const bool text = parts.time.starts_with('\x85');
  return tlv(0xa1, parts.domain + parts.liid + parts.country + tlv(0xa3, network + parts.cin + parts.delivery) +
                       parts.number + (text ? parts.time : "") + parts.point + (text ? "" : parts.time) +
                       parts.qualifier);
}

inline std::string pdu(const HeaderParts& parts, const std::string& payload) {
  return tlv(0x30, header(parts) + tlv(0xa2, payload));
}

inline HeaderParts numbered(uint32_t number, const std::string& liid = "LIID-1") {
  HeaderParts parts;
  parts.liid = tlv(0x81, liid);
  parts.number = integer(0x84, number);
  return parts;
}

// IPv4 from 192.0.2.1 to 198.51.100.1, UDP.
inline std::string packet() {
  return octets(
      {0x45, 0, 0, 29, 0, 1, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 1, 0x30, 0x39, 0, 53, 0, 9, 0, 0, 'x'});
}

inline std::string cc_payload(const std::string& contents = tlv(0x80, packet()), int direction = 0) {
  const std::string ip_cc = tlv(0xa2, tlv(0x80, octets({5, 3, 10, 2})) + tlv(0xa1, contents));
  return tlv(0x30, integer(0x80, static_cast<uint64_t>(direction)) + tlv(0xa2, ip_cc));
}

inline std::string cc(const HeaderParts& parts = {}) { return pdu(parts, tlv(0xa1, cc_payload())); }

inline std::string ip_iri_contents(int event) {
  const std::string address =
      tlv(0xa4, integer(0x81, 0) + tlv(0xa2, tlv(0x81, octets({192, 0, 2, 1}))) + integer(0x83, 1));
  return integer(0x80, static_cast<uint64_t>(event)) + tlv(0x81, "user@example.org") + integer(0x82, 6) +
         integer(0x83, 1) + address;
}

inline std::string iri(const HeaderParts& parts = {}, int type = 1, int event = 7) {
  const std::string ip_iri = tlv(0xa2, tlv(0x80, octets({5, 3, 10, 1})) + tlv(0xa1, ip_iri_contents(event)));
  return pdu(parts, tlv(0xa0, tlv(0x30, integer(0x80, static_cast<uint64_t>(type)) + tlv(0xa2, ip_iri))));
}

inline std::string hi1(const HeaderParts& parts = {}, int alternative = 1) {
  return pdu(parts, tlv(0xa3, tlv(0xa0 | alternative, tlv(0x81, "LIID-1") + tlv(0xa3, tlv(0x81, "261121001754Z")))));
}

inline std::string tri(const HeaderParts& parts, int alternative) {
  return pdu(parts, tlv(0xa2, tlv(0x80 | alternative, "")));
}

// optionRequest and optionResponse with these lists of options.
inline std::string option_request(const std::string& requested = tlv(0x80, "")) {
  return pdu({}, tlv(0xa2, tlv(0xa9, tlv(0xa0, requested))));
}
inline std::string option_response(const std::string& accepted = tlv(0x80, ""), const std::string& declined = "") {
  return pdu({}, tlv(0xa2, tlv(0xaa, tlv(0xa0, accepted) + tlv(0xa1, declined))));
}

}  // namespace lictor::der
