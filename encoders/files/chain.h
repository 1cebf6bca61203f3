// The files of one task at one destination: DIRECTORY/<chain>/<sequence>.pcapng.cms, each with its manifest beside it.
// A file is written under DIRECTORY/.work and becomes visible when all of it is on the disk.
//
// Where a file is finished: its octets and its manifest are on the disk, then <chain>.state is replaced by the
// manifest: that is the moment. Only renames follow, and whoever comes after a crash makes up for them. What a crash
// leaves of a file that was not finished is removed. The state also says up to which number records are in finished
// files, so that one which the spool gives once more is not written twice. One thread.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "dataplane/base/clock.h"
#include "dataplane/base/result.h"
#include "encoders/files/manifest.h"
#include "encoders/files/sealed_file.h"

namespace lictor {

class Chain {
 public:
  // Takes the chain up where a former process left it. `directory` is there, with its .work.
  static Result<std::unique_ptr<Chain>> open(const std::string& directory, const ChainId& id);

  // Whether a finished file holds this record.
  [[nodiscard]] bool holds(const FileRecord& record) const { return last_.holds(record); }
  // What a finished file still lacks to be visible; OK where that is nothing. Before anything else, after a failure.
  Status settle();

  [[nodiscard]] bool is_open() const { return file_ != nullptr; }
  // Begins a file, whose head says whose `first` is.
  Status begin(const CmsRecipients& recipients, const FileRecord& first);
  Status add(const FileRecord& record);
  [[nodiscard]] uint64_t plain_bytes() const { return file_ == nullptr ? 0 : file_->plain_bytes(); }
  // Whether the open file should end: it holds the task's last record, or its manifest is as long as it may be.
  [[nodiscard]] bool wants_end() const;
  // On the disk and visible when this is OK. Where it fails, either nothing has happened, and the file is to be
  // abandoned, or it is finished and settle() is needed.
  Status finish(LegalTime now);
  // The open file is nothing: it is removed.
  void abandon();

  // Of the last finished file.
  [[nodiscard]] const Manifest& last() const { return last_; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  Chain(std::string directory, std::string name) : directory_(std::move(directory)), name_(std::move(name)) {}
  Status load();
  Result<std::string> read_last() const;
  [[nodiscard]] std::string work(const std::string& suffix) const { return directory_ + "/.work/" + name_ + suffix; }
  [[nodiscard]] std::string part_path(uint64_t sequence) const;
  [[nodiscard]] std::string shown(const std::string& file) const { return directory_ + "/" + name_ + "/" + file; }
  Status write_state(const std::string& json);

  const std::string directory_;
  const std::string name_;
  Manifest last_;          // sequence 0: there is none
  std::string last_json_;  // its octets
  bool unsettled_ = false;
  std::unique_ptr<SealedFile> file_;
  Manifest draft_;                              // of the open file
  std::map<std::string, uint32_t> interfaces_;  // of the open file, by name
};

}  // namespace lictor
