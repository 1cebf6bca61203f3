#include "control/cli/certification.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/cli/words.h"
#include "control/registry/hex.h"

namespace lictor::control::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kNameWidth = 26;

// Nothing where nobody did it.
Json deed_of(const v1::WarrantDeed& deed) {
  if (deed.person().empty()) return nullptr;
  return {{"person", deed.person()}, {"time", time_text(deed.time_unix_ns())}};
}

Json targets_of(const v1::Warrant& warrant) {
  Json targets = Json::array();
  for (const v1::TargetSpec& target : warrant.targets()) targets.push_back(format_target(target));
  return targets;
}

Json interval_of(const v1::Warrant& warrant) {
  if (!warrant.has_window()) return nullptr;
  return {{"opened", time_text(warrant.window().start_unix_ns())},
          {"closed", time_text(warrant.window().end_unix_ns())}};
}

// With "type": how much of the communication it is.
const char* form_of(const v1::Warrant& warrant) {
  return warrant.link_layer() == v1::LINK_LAYER_L2CC ? "whole frames (L2CC)" : "packets (IPCC)";
}
const char* location_of(const v1::Warrant& warrant) { return warrant.location() ? "told" : "not told"; }
const char* redirected_of(const v1::Warrant& warrant) {
  return warrant.redirected_calls() ? "followed" : "not followed";
}

// What was ordered until it was changed: whom the record would not name any more.
Json former_of(const std::vector<v1::FormerWarrant>& versions) {
  Json former = Json::array();
  for (const v1::FormerWarrant& version : versions)
    former.push_back({{"until", time_text(version.replaced().time_unix_ns())},
                      {"changed_by", version.replaced().person()},
                      {"legal_reference", version.warrant().legal_reference()},
                      {"order_sha256", hex_of(version.warrant().order_sha256())},
                      {"type", word_of(kContents, version.warrant().content())},
                      {"link_layer", form_of(version.warrant())},
                      {"location", location_of(version.warrant())},
                      {"redirected_calls", redirected_of(version.warrant())},
                      {"ordered_until", version.warrant().end()},
                      {"targets", targets_of(version.warrant())}});
  return former;
}

const char* word_of_authorisation(bool authorised) { return authorised ? "with" : "without"; }

std::string list_of(const Json& texts) {
  std::string list;
  for (const Json& text : texts) list += (list.empty() ? "" : ", ") + text.get<std::string>();
  return list;
}

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return "-";
  if (value.is_object() && value.contains("changed_by"))
    return fmt::format("until {}, changed by {}: {}; {}, location {}, redirected calls {}",
                       value["until"].get<std::string>(), value["changed_by"].get<std::string>(),
                       list_of(value["targets"]), value["link_layer"].get<std::string>(),
                       value["location"].get<std::string>(), value["redirected_calls"].get<std::string>());
  if (value.is_object() && value.contains("person"))
    return fmt::format("{}, {}", value["person"].get<std::string>(), value["time"].get<std::string>());
  if (value.is_object())
    return fmt::format("{} to {}", value["opened"].get<std::string>(), value["closed"].get<std::string>());
  std::string joined;
  for (const Json& each : value) joined += (joined.empty() ? "" : "\n" + std::string(kNameWidth, ' ')) + text_of(each);
  return joined.empty() ? "-" : joined;
}

}  // namespace

Json certification_json(const Certification& certification) {
  const v1::Warrant& warrant = certification.warrant;
  return {{"record", "certification of an interception"},
          {"warrant", warrant.id()},
          {"liid", warrant.liid()},
          {"agency", warrant.agency_id()},
          {"legal_reference", warrant.legal_reference()},
          {"order_sha256", hex_of(warrant.order_sha256())},
          {"authorised_by", warrant.authorising_person()},
          {"country", warrant.authorization_country()},
          {"operator", warrant.operator_id()},
          {"purpose", warrant.purpose() == v1::WARRANT_PURPOSE_TEST ? "test" : "interception"},
          {"type", word_of(kContents, warrant.content())},
          {"link_layer", form_of(warrant)},
          {"location", location_of(warrant)},
          {"redirected_calls", redirected_of(warrant)},
          {"targets", targets_of(warrant)},
          {"ordered_from", warrant.start()},
          {"ordered_until", warrant.end()},
          {"interception", interval_of(warrant)},
          {"before_changes", former_of(certification.former)},
          {"state", word_of(kWarrantStates, warrant.state())},
          {"filed", deed_of(warrant.filed())},
          {"submitted", deed_of(warrant.submitted())},
          {"approved", deed_of(warrant.approved())},
          {"reduced", deed_of(warrant.reduced())},
          {"reviewed", deed_of(warrant.reviewed())},
          {"certified_by", certification.responsible},
          {"certified_at", time_text(certification.made_unix_ns)},
          {"appropriate_authorisation", word_of_authorisation(certification.authorised)}};
}

std::string certification_text(const Certification& certification) {
  std::string text = "CERTIFICATION OF AN INTERCEPTION\n\n";
  const Json record = certification_json(certification);
  for (const auto& [name, value] : record.items()) {
    if (name == "record") continue;
    std::string words = name;
    std::replace(words.begin(), words.end(), '_', ' ');
    text += fmt::format("{:<{}}{}\n", words, kNameWidth, text_of(value));
  }
  text += fmt::format(
      "\nI certify that this interception was made {} appropriate authorisation, and that this record is complete and "
      "accurate.\n\n\n______________________________\n{}\n",
      word_of_authorisation(certification.authorised), certification.responsible);
  return text;
}

}  // namespace lictor::control::cli
