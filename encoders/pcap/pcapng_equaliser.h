// libpcap gives up on a pcapng file whose interfaces announce different snapshot lengths, and merged captures are such
// files. This stream reads like the file it is given, but every interface announces kCapturedBytesMax. A simple packet
// block, which is cut by the first interface's, then says that it was no longer than what it holds. What is no pcapng
// passes unchanged. One thread.
#pragma once

#include "encoders/pcap/capture_writer.h"

namespace lictor {

// Takes the file over, at its beginning. Octets that make no sense as blocks, and all behind them, pass unchanged:
// libpcap then says what is wrong with them. Null where the C library has no memory.
FileHandle with_one_snap_length(FileHandle in);

}  // namespace lictor
