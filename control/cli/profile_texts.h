// Parts of a delivery profile as one line for a person. Pure functions.
#pragma once

#include <string>

#include "lictor/v1/types.pb.h"

namespace lictor::control::cli {

// What becomes of pcapng destinations: "-" where the profile says nothing of them.
std::string files_text(const v1::PcapngProfile& pcapng);

// "UTC", "+0100" or the zone.
std::string local_time_text(const v1::LocalTimeProfile& local);

// "tls, credential X, issued to NAME, cert:…", "plain-lab".
std::string security_text(const v1::DeliveryProfile& profile);

// "off", "aes256, key KEY" or "aes256, a key for each warrant".
std::string encryption_text(const v1::EncryptionProfile& encryption);

// "off", "sha256" or "sha256, signed by KEY".
std::string integrity_text(const v1::IntegrityProfile& integrity);

}  // namespace lictor::control::cli
