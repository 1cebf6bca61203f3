// Payload keys on their way between lictorctl and a person: read from a file that not everybody can read, shown at a
// terminal, or written to a file of one's own. One thread.
#pragma once

#include <string>

#include "control/registry/secret_octets.h"

namespace lictor::control::cli {

// A key of 24 or 32 octets: as such, or as hexadecimal digits, "0x" before them and white space around them or not.
// Text that is no such digits is no key, though it has as many characters as a key has octets.
// FailedPrecondition where others may read the file, InvalidArgument where it holds no key; neither says what it holds.
Result<SecretOctets> read_key_file(const std::string& path);

// Hexadecimal digits and a new line.
SecretOctets key_text(const std::string& key);

// A new file (mode 0600), on the disk when it returns. An existing one is not touched.
Status write_new_file(const std::string& path, const std::string& octets);

}  // namespace lictor::control::cli
