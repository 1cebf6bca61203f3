// Reads a file of PS-PDUs as they stood on the wire, record by record. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"
#include "encoders/der/series.h"

namespace lictor::lemf {

enum class FileEndKind : uint8_t {
  kWhole,         // behind a record
  kInsideRecord,  // the last record is cut off
  kLostPlace,     // what follows begins no record
};

struct FileEnd {
  FileEndKind how = FileEndKind::kWhole;
  uint64_t whole_bytes = 0;  // of the whole records
};

// A file that has "hi3" in its name is HI3's, any other HI2's.
der::Interface interface_of_file(const std::string& path);

// Gives each whole record to `sink`. NotFound or Unavailable where the file cannot be read.
Result<FileEnd> read_records(const std::string& path, const std::function<void(Bytes)>& sink);

}  // namespace lictor::lemf
