// The rules for payload keys: which an agency's profile asks for, and what of a warrant's own is right. Pure functions.
#pragma once

#include <cstddef>

#include "control/registry/violations.h"
#include "lictor/v1/agency.pb.h"
#include "lictor/v1/warrant.pb.h"

namespace lictor::control {

// 24 or 32 octets.
bool is_payload_key_length(size_t bytes);

// How many octets each warrant's own key has by this profile; 0: the profile has none of the kind.
size_t payload_key_bytes(const v1::EncryptionProfile& encryption);

// Of agency.profile.encryption.
void check_encryption(const v1::EncryptionProfile& encryption, Violations& violations);

// `key`: what was given as the field of this path; empty is right where a key can be made. `agency`: null: not known.
void check_payload_key(const std::string& key, const v1::Agency* agency, const char* field, Violations& violations);

}  // namespace lictor::control
