// Verifies the integrity PDUs of a stream: which records are proven, which hash or signature does not hold. A hash may
// come before or behind its records, so everything is noted first and judged at the end. One owner, one thread.
#pragma once

#include <openssl/evp.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"
#include "encoders/der/integrity_view.h"
#include "encoders/der/record_view.h"
#include "encoders/der/series.h"
#include "encoders/lemf/payload_keyring.h"

namespace lictor::lemf {

struct PublicKeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using PublicKey = std::unique_ptr<EVP_PKEY, PublicKeyFree>;

// Of a PEM file that holds a public key or a certificate.
Result<PublicKey> load_public_key(const std::string& path);

struct IntegrityVerdict {
  uint64_t records = 0;                 // IRI and CC, without repeats
  uint64_t unproven = 0;                // that no hash which holds covers
  uint64_t hashes = 0;                  // that hold
  uint64_t signatures = 0;              // that hold
  uint64_t unjudged = 0;                // signatures, where there is no key
  uint64_t unsigned_hashes = 0;         // that hold, and are in no signature that holds, where there is a key
  uint64_t faults = 0;                  // hashes and signatures that do not hold, numbers given twice
  std::set<std::string> hashed;         // which octets of encrypted records are hashed, as it turned out
  std::set<std::string> covers;         // what the signatures are made over, as it turned out
  std::vector<std::string> complaints;  // of the first kComplaintsMax faults; no LIID, no content

  static constexpr size_t kComplaintsMax = 20;
};

class IntegrityBook {
 public:
  // `key`: null where signatures are not judged. `payload_keys`: null where hashes can only be of encrypted records as
  // they were sent. Both outlive the book. `interface`: what encrypted records that do not say so are taken for.
  // `scope`: what all numbers go on over, those of checks too.
  IntegrityBook(EVP_PKEY* key, const PayloadKeyring* payload_keys, der::Interface interface,
                der::SeriesScope scope = der::SeriesScope::kCin)
      : key_(key), payload_keys_(payload_keys), interface_(interface), scope_(scope) {}

  // A whole record, whose octets outlive the book, and where it begins in its file.
  void record(const der::RecordView& view, uint64_t offset);
  [[nodiscard]] IntegrityVerdict verdict() const;

 private:
  struct Place {
    Bytes octets;
    uint64_t offset = 0;
    std::vector<uint8_t> unencrypted;  // where the record was encrypted and there is a key
  };
  struct Check {
    Place place;
    der::IntegrityView view;
  };
  struct Series {
    std::map<uint32_t, Place> records;
    std::map<uint32_t, Check> hashes;
    std::map<uint32_t, Check> signatures;
  };
  // LIID, operator, network element, CIN where numbers are of one, how many cINResets before, IRI (1) or CC (2).
  using Base = std::tuple<std::string, std::string, std::string, uint32_t>;
  using Key = std::tuple<Base, size_t, uint32_t>;

  [[nodiscard]] Base base_of(const der::RecordView& view) const;
  Series& series_of(const der::RecordView& view, uint32_t data_type);
  void note(std::map<uint32_t, Place>& records, uint32_t number, Place place);
  void note(std::map<uint32_t, Check>& checks, uint32_t number, Check check);
  void judge(const Series& series, IntegrityVerdict& verdict) const;
  void encrypted(const der::RecordView& view, Place place);
  static bool hash_holds(const Series& series, const Check& hash, bool unencrypted);
  static void judge_numbers(const std::map<uint32_t, Check>& checks, const char* what, IntegrityVerdict& verdict);
  // Whether it holds.
  bool judge_signature(const Series& series, const Check& signature, IntegrityVerdict& verdict) const;

  EVP_PKEY* const key_;
  const PayloadKeyring* const payload_keys_;
  const der::Interface interface_;
  const der::SeriesScope scope_;
  std::map<Key, Series> series_;
  std::map<Base, std::vector<std::string>> resets_;  // their octets: one that is sent again is no new one
  std::vector<std::string> conflicts_;
};

}  // namespace lictor::lemf
