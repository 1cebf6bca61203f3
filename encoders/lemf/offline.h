// What lictor-lemf does with files instead of connections. On main's thread.
#pragma once

#include <string>
#include <vector>

#include "dataplane/base/result.h"
#include "encoders/der/series.h"
#include "encoders/lemf/interface_account.h"

namespace lictor::lemf {

struct FileVerdict {
  bool clean = false;  // whole records to the end, and no error in them
  std::string text;    // one line for a person
};

// Every record judged as if it came over a connection. A file that has "hi3" in its name is HI3's, any other HI2's:
// that says which series its cINResets restart.
Result<FileVerdict> check_file(const std::string& path, Expectation expectation);

// Each record as JSON on standard output: all members, content too.
Status print_file(const std::string& path);

// What the CC records of a file hold: packets of IPCC, or frames of L2CC.
enum class SavedContent { kPackets, kFrames };
// It goes into a pcapng file, without repeats; answers how many.
Result<uint64_t> write_pcapng(const std::string& path, const std::string& out,
                              SavedContent content = SavedContent::kPackets);

}  // namespace lictor::lemf
