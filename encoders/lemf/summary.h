// summary.json: what a receiver found, in numbers and series by series. Any thread.
#pragma once

#include <string>

#include "encoders/lemf/interface_account.h"

namespace lictor::lemf {

// {"hi2":{…},"hi3":{…},"series":[…]}, indented.
std::string summary_json(const InterfaceAccount& hi2, const InterfaceAccount& hi3);

// One line for a person: what came on an interface or stood in a file.
std::string summary_line(const std::string& name, const InterfaceAccount& account);

}  // namespace lictor::lemf
