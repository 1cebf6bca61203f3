#include "encoders/lemf/record_file.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "dataplane/base/unique_fd.h"
#include "encoders/der/framer.h"

namespace lictor::lemf {
namespace {

constexpr size_t kChunkBytes = size_t{256} << 10;

}  // namespace

der::Interface interface_of_file(const std::string& path) {
  const std::string name = std::filesystem::path(path).filename().string();
  return name.find("hi3") == std::string::npos ? der::Interface::kHi2 : der::Interface::kHi3;
}

Result<FileEnd> read_records(const std::string& path, const std::function<void(Bytes)>& sink) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) {
    const int error = errno;
    const std::string why = fmt::format("cannot open {}: {}", path, std::strerror(error));
    return error == ENOENT ? absl::NotFoundError(why) : absl::UnavailableError(why);
  }
  der::Framer framer(kChunkBytes);
  FileEnd end;
  while (true) {
    const MutableBytes room = framer.room();
    const ssize_t length = ::read(fd.get(), room.data(), room.size());
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return absl::UnavailableError(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
    if (length == 0) break;
    framer.filled(static_cast<size_t>(length));
    der::Frame frame = framer.next();
    for (; frame.status == der::FrameStatus::kRecord; frame = framer.next()) {
      end.whole_bytes += frame.record.size();
      sink(frame.record);
    }
    if (frame.status == der::FrameStatus::kBroken) {
      end.how = FileEndKind::kLostPlace;
      return end;
    }
  }
  if (framer.pending() > 0) end.how = FileEndKind::kInsideRecord;
  return end;
}

}  // namespace lictor::lemf
