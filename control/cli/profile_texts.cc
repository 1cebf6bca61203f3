#include "control/cli/profile_texts.h"

#include <fmt/format.h>

#include <cstdlib>

#include "control/cli/words.h"

namespace lictor::control::cli {

std::string files_text(const v1::PcapngProfile& pcapng) {
  if (pcapng.certificates().empty()) return "-";
  return fmt::format("of {} KiB or {} s", pcapng.file_kib() == 0 ? 32'768 : pcapng.file_kib(),
                     pcapng.file_seconds() == 0 ? 60 : pcapng.file_seconds());
}

std::string local_time_text(const v1::LocalTimeProfile& local) {
  if (local.has_zone()) return local.zone();
  if (!local.has_offset_minutes()) return "UTC";
  const int minutes = std::abs(local.offset_minutes());
  return fmt::format("{}{:02}{:02}", local.offset_minutes() < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

std::string security_text(const v1::DeliveryProfile& profile) {
  const v1::TlsProfile& tls = profile.tls();
  std::string text = profile.security() == v1::HANDOVER_SECURITY_UNSPECIFIED
                         ? word_of(kSecurities, v1::HANDOVER_SECURITY_TLS)
                         : word_of(kSecurities, profile.security());
  if (!tls.credential().empty()) text += ", credential " + tls.credential();
  if (tls.allow_1_2()) text += ", TLS 1.2 too";
  if (!tls.server_name().empty()) text += ", issued to " + tls.server_name();
  if (tls.server_name_off()) text += ", whatever name";
  for (const std::string& pin : tls.pins()) text += ", " + pin;
  return text;
}

std::string encryption_text(const v1::EncryptionProfile& encryption) {
  std::string text = encryption.method() == v1::PAYLOAD_ENCRYPTION_UNSPECIFIED
                         ? "off"
                         : word_of(kPayloadEncryptions, encryption.method());
  if (encryption.key_per_warrant()) return text + ", a key for each warrant";
  return encryption.key().empty() ? text : text + ", key " + encryption.key();
}

std::string integrity_text(const v1::IntegrityProfile& integrity) {
  if (!integrity.on()) return "off";
  const std::string hash = word_of(kHashMethods, integrity.hash());
  return (hash == "-" ? "sha256" : hash) +
         (integrity.signing_key().empty() ? "" : ", signed by " + integrity.signing_key());
}

}  // namespace lictor::control::cli
