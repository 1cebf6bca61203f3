// What a file destination asks of the file system. Every failure says what was tried, and where. Blocks; the thread of
// the destination.
#pragma once

#include <functional>
#include <string>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"
#include "dataplane/base/unique_fd.h"

namespace lictor {

// A new file in place of one that is there, readable by owner and group alone (0640), whatever the umask.
Result<UniqueFd> create_file(const std::string& path);
Status write_all(int fd, Bytes octets, const std::string& path);
Status sync_file(int fd, const std::string& path);
// A whole small file, on the disk when this returns.
Status write_file(const std::string& path, Bytes octets);
// NotFound where there is none; InvalidArgument where it is longer than `bytes_max`.
Result<std::string> read_file(const std::string& path, size_t bytes_max);
// There already is as good as made. What is made has the mode, and the set-group-ID bit where that is handed down.
Status make_directory(const std::string& path, unsigned mode);
// Whether files can be made there: false also on a file system that is read-only.
Status check_writable(const std::string& path);
Status rename_file(const std::string& from, const std::string& to);
Status sync_directory(const std::string& path);
// The names in a directory, in no order; none where it is not there.
Status for_each_name(const std::string& path, const std::function<void(const std::string&)>& take);
bool file_exists(const std::string& path);
void remove_file(const std::string& path);
// One that holds something stays.
void remove_empty_directory(const std::string& path);

}  // namespace lictor
