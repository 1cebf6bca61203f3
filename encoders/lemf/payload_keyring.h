// The keys of encrypted payloads that a receiver has: one for all records, or some for those of a LIID, where each
// warrant has a key of its own. One owner, one thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "encoders/lemf/payload_decryption.h"

namespace lictor::lemf {

class PayloadKeyring {
 public:
  // Files of lines "KEY", for the records of every LIID without a line of its own, or "LIID KEY"; a LIID that is no
  // text as "0x" or "hex:" and its digits. Several of one LIID are tried one after the other. NotFound, or
  // InvalidArgument with the line where it is no key.
  static Result<PayloadKeyring> load(const std::vector<std::string>& files);

  [[nodiscard]] bool empty() const { return all_.empty() && by_liid_.empty(); }
  // As PayloadDecryption does, by a key of the record's LIID; where there is none by those without a LIID, else
  // without.
  [[nodiscard]] Result<OpenedRecord> open(const der::RecordView& view) const;

 private:
  Status add_file(const std::string& path);
  Status add_line(std::string_view line);

  std::vector<PayloadDecryption> all_;
  std::map<std::string, std::vector<PayloadDecryption>> by_liid_;  // by its octets
};

// Every record of `path`, opened, into `out`; answers how many were encrypted. Those that cannot be opened are left
// out, and the first of them is the error. `keys` as PayloadKeyring takes them.
Result<uint64_t> decrypt_file(const std::string& path, const std::vector<std::string>& keys, const std::string& out);

}  // namespace lictor::lemf
