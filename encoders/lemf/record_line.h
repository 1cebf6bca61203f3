// One line of records.jsonl: what a record says, decoded. Of content the sizes and which stream it is of: the packets
// are packets are in content.pcapng and frames.pcapng. Any thread.
#pragma once

#include <string>

#include "encoders/der/record_view.h"
#include "encoders/der/series.h"

namespace lictor::lemf {

std::string_view name_of(der::Interface interface);

// Appends the line with its line end. `offset`: of the record in the raw file.
void append_record_line(std::string& out, der::Interface interface, uint64_t offset, const der::RecordView& view);

}  // namespace lictor::lemf
