// What of the daemon's answers, of configuration files and of the host goes into a support bundle: an allow-list.
// Numbers and known words go as they are, names become pseudonyms ("element-1"), everything else stays out: texts,
// octets, keys, addresses. One thread.
#pragma once

#include <google/protobuf/message.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "dataplane/base/result.h"

namespace lictor::control::cli {

// The same name of the same kind is the same pseudonym, within one bundle; which name it was is kept nowhere.
class Pseudonyms {
 public:
  std::string of(const std::string& kind, const std::string& name);

 private:
  std::map<std::string, std::map<std::string, std::string>> known_;
};

// Every field that is a number, a flag, an enumeration or on the list of names; nested messages likewise.
nlohmann::ordered_json view_of(const google::protobuf::Message& message, Pseudonyms& pseudonyms);

// A libconfig file: all keys, numbers and flags; of texts only the words that are no names. NotFound or InvalidArgument
// where it cannot be read; the text repeats nothing of it.
Result<nlohmann::ordered_json> view_of_config(const std::string& path, Pseudonyms& pseudonyms);

// Kernel, distribution, processors, memory, huge pages, network cards; no addresses, no host name.
nlohmann::ordered_json view_of_host(Pseudonyms& pseudonyms);

}  // namespace lictor::control::cli
