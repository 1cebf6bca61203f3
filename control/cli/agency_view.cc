#include "control/cli/agency_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/cli/profile_texts.h"
#include "control/cli/table.h"
#include "control/cli/words.h"

namespace lictor::control::cli {

std::string place_of(const v1::Agency& agency, const v1::Destination& destination) {
  if (destination.kind() != v1::DESTINATION_KIND_PCAPNG) return format_endpoints(destination);
  return fmt::format("{}/{}", agency.id(),
                     destination.directory().empty() ? destination.id() : destination.directory());
}

void print_agency(const v1::Agency& agency) {
  const v1::DeliveryProfile& profile = agency.profile();
  const auto or_default = [](const std::string& word) { return word == "-" ? "default" : word; };
  print_properties({{"id", agency.id()},
                    {"name", agency.name()},
                    {"country", agency.country_code()},
                    {"time stamps", or_default(word_of(kTimestampForms, profile.timestamp_form()))},
                    {"local time", local_time_text(profile.local_time())},
                    {"encoding", or_default(word_of(kRecordEncodings, profile.encoding()))},
                    {"HI1", or_default(word_of(kHi1Modes, profile.hi1()))},
                    {"CIN", or_default(word_of(kCinPolicies, profile.cin_policy()))},
                    {"numbers by", or_default(word_of(kNumberSeries, profile.number_series()))},
                    {"keepalives", profile.keepalive_off() ? "off" : "on"},
                    {"confirmation", or_default(word_of(kConfirmLevels, profile.confirm().level()))},
                    {"integrity", integrity_text(profile.integrity())},
                    {"encryption", encryption_text(profile.encryption())},
                    {"connections", profile.connections().per_liid() ? "one per LIID" : "one"},
                    {"packets in a PDU", std::to_string(std::max(profile.aggregation().payloads(), 1U))},
                    {"rate at most", format_rate(profile.pacing().rate_bps())},
                    {"line rate", format_rate(profile.pacing().line_rate_bps())},
                    {"security", security_text(profile)},
                    {"files", files_text(profile.pcapng())},
                    {"revision", std::to_string(agency.revision())}});
  Table table({"DESTINATION", "INTERFACE", "ENDPOINTS", "LAB"});
  for (const v1::Destination& destination : agency.destinations())
    table.add({destination.id(), interface_text(destination.kind(), destination.interface()),
               place_of(agency, destination), destination.lab() ? "yes" : "no"});
  table.print("no destinations");
}

}  // namespace lictor::control::cli
