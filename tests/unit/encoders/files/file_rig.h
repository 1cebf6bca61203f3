// What tests of file destinations need: an agency's key pair, a reader of what it gets, and records to send. The reader
// shares no code with the writer.
#pragma once

#include <gtest/gtest.h>
#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/base/bytes.h"
#include "encoders/files/file_record.h"
#include "encoders/files/pcapng_encoder.h"

namespace lictor {

constexpr char kTestLiid[] = "LIID-SECRET-4711";

inline std::string test_directory() {
  std::string path = std::filesystem::temp_directory_path() / "lictor-files-XXXXXX";
  EXPECT_NE(mkdtemp(path.data()), nullptr);
  return path;
}

struct AgencyKey {
  std::shared_ptr<EVP_PKEY> key;
  std::shared_ptr<X509> certificate;
  std::string pem;
};

inline AgencyKey certify(EVP_PKEY* made, int days = 10) {
  AgencyKey agency;
  agency.key = {made, EVP_PKEY_free};
  agency.certificate = {X509_new(), X509_free};
  X509* const x509 = agency.certificate.get();
  ASN1_INTEGER_set(X509_get_serialNumber(x509), static_cast<long>(std::hash<void*>{}(made)&0xffffff));
  X509_gmtime_adj(X509_getm_notBefore(x509), 0);
  X509_gmtime_adj(X509_getm_notAfter(x509), 86'400L * days);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("agency.example.org"), -1, -1, 0);
  X509_set_issuer_name(x509, X509_get_subject_name(x509));
  X509_set_pubkey(x509, made);
  EXPECT_GT(X509_sign(x509, made, EVP_sha256()), 0);
  BIO* const out = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(out, x509);
  char* text = nullptr;
  const long length = BIO_get_mem_data(out, &text);
  agency.pem.assign(text, static_cast<size_t>(length));
  BIO_free(out);
  return agency;
}

inline AgencyKey make_curve_agency(int days = 10) { return certify(EVP_EC_gen("P-256"), days); }
inline AgencyKey make_rsa_agency(unsigned bits = 2048) { return certify(EVP_RSA_gen(bits)); }

inline std::vector<uint8_t> read_octets(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// What a CMS message holds; nothing where this agency cannot open it or it was changed.
inline std::optional<std::vector<uint8_t>> open_sealed(const std::vector<uint8_t>& sealed, const AgencyKey& agency) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(BIO_new_mem_buf(sealed.data(), static_cast<int>(sealed.size())),
                                                     &BIO_free);
  const std::unique_ptr<CMS_ContentInfo, decltype(&CMS_ContentInfo_free)> cms(d2i_CMS_bio(in.get(), nullptr),
                                                                              &CMS_ContentInfo_free);
  if (cms == nullptr) return std::nullopt;
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  if (CMS_decrypt(cms.get(), agency.key.get(), agency.certificate.get(), nullptr, out.get(), CMS_BINARY) != 1)
    return std::nullopt;
  char* plain = nullptr;
  const long length = BIO_get_mem_data(out.get(), &plain);
  return std::vector<uint8_t>(plain, plain + length);
}

struct SeenPacket {
  std::string interface;
  int64_t unix_ns = 0;
  std::vector<uint8_t> octets;
  uint32_t original_bytes = 0;
  uint32_t flags = 0;
  uint64_t id = 0;
  uint64_t dropped = 0;
};

struct SeenCapture {
  bool good = false;
  std::map<uint16_t, std::string> section;  // options of the section header
  std::vector<SeenPacket> packets;
  std::vector<std::string> events;
  std::vector<std::string> interfaces;
};

// A little-endian pcapng reader of the blocks that are expected, strict about everything else.
class PcapngSight {
 public:
  explicit PcapngSight(Bytes octets) : octets_(octets) {}

  SeenCapture read() {
    SeenCapture seen;
    size_t at = 0;
    while (at + 12 <= octets_.size()) {
      const uint32_t type = word(at);
      const uint32_t bytes = word(at + 4);
      if (bytes % 4 != 0 || bytes < 12 || at + bytes > octets_.size() || word(at + bytes - 4) != bytes) return seen;
      if ((at == 0) != (type == 0x0a0d0d0a)) return seen;
      if (!block(type, at + 8, at + bytes - 4, seen)) return seen;
      at += bytes;
    }
    seen.good = at == octets_.size() && at > 0;
    return seen;
  }

 private:
  [[nodiscard]] uint32_t word(size_t at) const {
    uint32_t value = 0;
    std::memcpy(&value, octets_.data() + at, 4);
    return value;
  }
  [[nodiscard]] uint64_t long_word(size_t at) const { return word(at) | uint64_t{word(at + 4)} << 32; }
  [[nodiscard]] std::string text(size_t at, size_t bytes) const {
    return std::string(as_text(octets_.subspan(at, bytes)));
  }

  [[nodiscard]] std::map<uint16_t, std::string> options(size_t at, size_t end) const {
    std::map<uint16_t, std::string> found;
    while (at + 4 <= end) {
      const auto code = static_cast<uint16_t>(word(at) & 0xffff);
      const size_t length = word(at) >> 16;
      if (code == 0) break;
      found[code] = text(at + 4, length);
      at += 4 + (length + 3) / 4 * 4;
    }
    return found;
  }

  bool block(uint32_t type, size_t at, size_t end, SeenCapture& seen) const {
    if (type == 0x0a0d0d0a) {
      seen.section = options(at + 16, end);
      return word(at) == 0x1a2b3c4d;
    }
    if (type == 1) {
      const auto found = options(at + 8, end);
      seen.interfaces.push_back(found.at(2));
      return (word(at) & 0xffff) == 101 && found.at(9) == std::string(1, 9);
    }
    if (type == 9) {
      seen.events.push_back(text(at, end - at));
      return true;
    }
    if (type != 6 || word(at) >= seen.interfaces.size()) return false;
    SeenPacket packet{.interface = seen.interfaces[word(at)], .original_bytes = word(at + 16)};
    packet.unix_ns = static_cast<int64_t>(uint64_t{word(at + 4)} << 32 | word(at + 8));
    const size_t captured = word(at + 12);
    const std::string octets = text(at + 20, captured);
    packet.octets.assign(octets.begin(), octets.end());
    const size_t options_at = at + 20 + (captured + 3) / 4 * 4;
    for (const auto& [code, value] : options(options_at, end)) {
      uint64_t number = 0;
      std::memcpy(&number, value.data(), std::min<size_t>(value.size(), 8));
      if (code == 2) packet.flags = static_cast<uint32_t>(number);
      if (code == 4) packet.dropped = number;
      if (code == 5) packet.id = number;
    }
    seen.packets.push_back(std::move(packet));
    return true;
  }

  Bytes octets_;
};

inline PcapngParameters test_parameters(uint8_t task) {
  PcapngParameters parameters;
  parameters.xid.octets[0] = task;
  parameters.liid = kTestLiid + std::to_string(task);
  parameters.operator_id = "op.example.org";
  parameters.network_element_id = "ne-1";
  parameters.cin = 7;
  parameters.ports = {"left", "right"};
  return parameters;
}

// Octets that follow from task and number.
inline std::vector<uint8_t> test_packet(uint8_t task, uint32_t number, size_t bytes = 100) {
  std::vector<uint8_t> packet(bytes);
  for (size_t i = 0; i < bytes; ++i) packet[i] = static_cast<uint8_t>(number * 31 + task * 7 + i);
  return packet;
}

inline std::vector<uint8_t> encode_packet(Encoder& encoder, uint8_t task, uint32_t number, size_t bytes = 100) {
  const std::vector<uint8_t> packet = test_packet(task, number, bytes);
  std::vector<uint8_t> room(encoder.content_bytes_max(bytes));
  room.resize(encoder.encode_content({.packet = packet,
                                      .whole_bytes = static_cast<uint32_t>(bytes),
                                      .arrival = {1'700'000'000'000'000'000 + number},
                                      .direction = Direction::kToTarget,
                                      .port = static_cast<uint16_t>(number % 2)},
                                     number, room));
  return room;
}

inline std::vector<uint8_t> encode_event(Encoder& encoder, const EventRecord& event, uint32_t number) {
  std::vector<uint8_t> room(Encoder::kEventBytesMax);
  room.resize(encoder.encode_event(event, number, room));
  return room;
}

}  // namespace lictor
