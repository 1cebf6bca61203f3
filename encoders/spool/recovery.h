// Finds what a former process left in the directory of one spool: which blocks are whole, which of their records are
// not released, whose they are, and where the numbers of their series stand. Reads headers only; needs no key. Trusts
// no field before it has held it against the file. Any thread that may wait for the disk.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/base/ids.h"
#include "encoders/spool/segment.h"
#include "encoders/spool/segment_reader.h"

namespace lictor {

struct FoundSpool {
  std::unique_ptr<MappedFile> header;  // null: it is not there, and everything is delivered once more
  std::vector<std::unique_ptr<Segment>> segments;
  std::vector<ReadSegment> read;  // the same, in the order of their records
  uint64_t released = 0;
  uint64_t end = 0;  // records that were sealed in all
  uint64_t bytes_left = 0;
  std::map<Xid, uint64_t> records_left;  // not released
  std::map<Xid, uint64_t> unchecked;     // IRI and CC behind the last hash PDU: no hash covers them
  std::vector<SeriesEntry> series;       // later ones hold
  bool numbers_hold = false;             // whatever was sent is here: the numbers can go on from it
  bool series_complete = true;           // no task was left out of a segment's table
  bool this_boot = false;                // its head was written since the machine's last start
  bool nothing_there = false;  // neither a head nor a segment in use; its numbers hold, if the disk lost nothing
};

// Unavailable where the directory cannot be read. Files that are no segments stay where they are and are left out.
Result<FoundSpool> find_spool(const std::string& directory);

}  // namespace lictor
