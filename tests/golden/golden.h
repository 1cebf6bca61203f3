// What the tests of golden records share: the parameters of their tasks, and the comparison with the file of a record.
// A record that changes changes what agencies receive: look at the difference with read_records.py, then write the
// files anew with LICTOR_GOLDEN_WRITE=1 in the environment.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "encoders/etsi/etsi_encoder.h"

namespace lictor {

inline const PacketTime kTime = {1'789'000'000'123'456'789};

inline EtsiTaskParameters golden_parameters() {
  EtsiTaskParameters parameters;
  parameters.liid = "LIID-GOLDEN-1";
  parameters.authorization_country = "AT";
  parameters.delivery_country = "DE";
  parameters.operator_id = "EXAMPLE-OPERATOR";
  parameters.hi1_operator_id = "EXAMP";
  parameters.network_element_id = "NE-1";
  parameters.interception_point_id = "CORE-1";
  parameters.cin = 2'291'772'091;
  parameters.user_label = "subscriber@example.org";
  parameters.internet_access_type = 2;
  parameters.targets = {{.ipv6 = false, .octets = {192, 0, 2, 7}, .length = 32},
                        {.ipv6 = true, .octets = {0x20, 0x01, 0x0d, 0xb8}, .length = 64},
                        {.ipv6 = false, .octets = {198, 51, 100, 0}, .length = 24}};
  return parameters;
}

inline EtsiTaskParameters newest_parameters() {
  EtsiTaskParameters parameters = golden_parameters();
  parameters.li_ps_version = 43;
  parameters.ip_access_version = 18;
  parameters.timestamp_form = TimestampForm::kGeneralized;
  parameters.interception_point_id.clear();
  parameters.target_information = "ipv4:192.0.2.7";
  return parameters;
}

inline std::string hex_of(Bytes bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
    if (i % 32 == 31) text += '\n';
  }
  if (text.empty() || text.back() != '\n') text += '\n';
  return text;
}

inline void expect_golden(const std::string& name, Bytes record) {
  ASSERT_FALSE(record.empty()) << name;
  const std::string path = std::string(LICTOR_GOLDEN) + "/" + name + ".hex";
  if (std::getenv("LICTOR_GOLDEN_WRITE") != nullptr) std::ofstream(path) << hex_of(record);
  std::stringstream golden;
  golden << std::ifstream(path).rdbuf();
  EXPECT_EQ(hex_of(record), golden.str()) << name;
}

inline void expect_event(const std::string& name, const EtsiTaskParameters& parameters, const EventRecord& event,
                         uint32_t number) {
  const Result<std::unique_ptr<Encoder>> encoder = make_etsi_encoder(parameters);
  ASSERT_TRUE(encoder.ok());
  std::vector<uint8_t> room(Encoder::kEventBytesMax);
  room.resize((*encoder)->encode_event(event, number, room));
  expect_golden(name, room);
}

}  // namespace lictor
