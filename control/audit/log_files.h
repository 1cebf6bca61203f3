// A log on the disk: numbered files of one folder (000001.audit, …), each a head and then records. A head says where
// the chain stood before its first record. Reading only; any thread.
//
//   head   "LCTA"  0x01  log id 16  file 4  entry before 8  its hash 32  signer 32  last checkpoint 8
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "control/audit/chain.h"

namespace lictor::control {

constexpr size_t kFileHeadBytes = 4 + 1 + 16 + 4 + 8 + kDigestBytes + 32 + 8;
// A file ends with the record that reaches its bound, which is this at most, and the checkpoint behind that.
constexpr size_t kFileBytesBound = size_t{1} << 30;
// What is read at once: above the largest file.
constexpr size_t kAuditFileBytesMax = kFileBytesBound + 2 * kRecordBytesMax;

struct FileHead {
  uint32_t file = 1;
  ChainState state;
};

std::string to_octets(const FileHead& head);
Result<FileHead> parse_file_head(Bytes octets);

std::string audit_file_name(uint32_t file);
// The numbers of the log's files in this folder, ascending. DataLoss where one is missing between others.
Result<std::vector<uint32_t>> list_audit_files(const std::string& folder);
// The index of the newest of `files` that begins at or before this entry; 0 where none does.
Result<size_t> find_audit_file(const std::string& folder, const std::vector<uint32_t>& files, uint64_t entry);
// The first octets of it, or all.
Result<std::string> read_audit_file(const std::string& path, size_t bytes_max = kAuditFileBytesMax);

// The first thing that does not hold.
struct AuditProblem {
  std::string file;  // its name
  uint64_t entry = 0;
  std::string what;
  bool torn = false;  // the octets end inside a record, at the end of the file
};

// Called for each entry that holds, with the chain as it is behind it.
using AuditVisitor = std::function<void(const AuditEntry&, const ChainState&)>;
// The MAC's key for the record behind this state; null: not judged.
using MacKeyFor = std::function<Secret*(const ChainState&)>;

struct FileWalk {
  std::optional<AuditProblem> problem;
  size_t good_bytes = 0;  // up to the end of the last record that holds
};
// Walks through one file's octets; `state` is what its head has to say, and moves on.
FileWalk walk_audit_file(const std::string& name, uint32_t file, Bytes octets, ChainState& state, const MacKeyFor& mac,
                         const AuditVisitor& visit);

}  // namespace lictor::control
