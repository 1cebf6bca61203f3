// A task's parameters as the tests of the encoder use them.
#pragma once

#include "encoders/etsi/task_parameters.h"

namespace lictor {

inline EtsiTaskParameters test_parameters() {
  EtsiTaskParameters parameters;
  parameters.liid = "LIID-TEST-1";
  parameters.authorization_country = "AT";
  parameters.delivery_country = "DE";
  parameters.operator_id = "OPERATOR";
  parameters.hi1_operator_id = "OPERA";
  parameters.network_element_id = "NE-1";
  parameters.interception_point_id = "TAP1";
  parameters.cin = 7;
  parameters.user_label = "target.user";
  parameters.internet_access_type = 2;
  parameters.targets = {{.ipv6 = false, .octets = {192, 0, 2, 7}, .length = 32}};
  return parameters;
}

}  // namespace lictor
