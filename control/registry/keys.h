// The keys of lictord's store. Components contain no '/': every id is checked for that before it comes here. Keys stand
// in the file as they are, unless sealing_rules.h makes them blind. Any thread.
#pragma once

#include <string>

namespace lictor::control {

inline const std::string kAgencyPrefix = "agency/";
inline const std::string kWarrantPrefix = "warrant/";
inline const std::string kNetworkElementPrefix = "ne/";
inline const std::string kLiidPrefix = "liid/";
inline const std::string kHoldPrefix = "hold/";
inline const std::string kAlarmPrefix = "alarm/";
inline const std::string kFleetKey = "fleet";
inline const std::string kAuditKey = "audit";  // how far the audit log was with the last commit

inline const std::string kConfigurationKey = "configuration";  // of the last start: digests by path

inline std::string agency_key(const std::string& id) { return kAgencyPrefix + id; }
// What a warrant, or an agency, was before each change (history.h), and the salt of the warrant's hashes.
inline const std::string kFormerWarrantPrefix = "former-warrant/";
inline const std::string kSaltPrefix = "salt/";
inline std::string former_warrants_of(const std::string& warrant_id) { return kFormerWarrantPrefix + warrant_id + "/"; }
inline std::string former_agencies_of(const std::string& agency_id) { return "former-agency/" + agency_id + "/"; }
inline std::string salt_key(const std::string& warrant_id) { return kSaltPrefix + warrant_id; }
// A change of the agency that waits for another person.
inline std::string agency_change_key(const std::string& agency_id) { return "agency-change/" + agency_id; }
inline std::string warrant_key(const std::string& id) { return kWarrantPrefix + id; }
// Never deleted: a LIID stays used, for ever.
inline std::string liid_key(const std::string& agency_id, const std::string& liid_hex) {
  return kLiidPrefix + agency_id + "/" + liid_hex;
}
inline std::string cins_key(const std::string& warrant_id) { return "cins/" + warrant_id; }
inline std::string network_element_key(const std::string& id) { return kNetworkElementPrefix + id; }
inline std::string holds_of(const std::string& network_element_id) { return kHoldPrefix + network_element_id + "/"; }
inline std::string hold_key(const std::string& network_element_id, const std::string& xid) {
  return holds_of(network_element_id) + xid;
}

}  // namespace lictor::control
