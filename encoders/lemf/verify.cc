#include "encoders/lemf/verify.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "dataplane/base/unique_fd.h"
#include "encoders/der/der_walker.h"
#include "encoders/der/framer.h"
#include "encoders/lemf/integrity_book.h"
#include "encoders/lemf/record_file.h"

namespace lictor::lemf {
namespace {

// A whole file, read only. Streams are longer than memory; only what is hashed is touched.
class MappedStream {
 public:
  static Result<MappedStream> open(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    struct stat facts {};
    if (!fd.valid() || fstat(fd.get(), &facts) != 0)
      return absl::NotFoundError(fmt::format("cannot open {}: {}", path, std::strerror(errno)));
    // The size of a pipe is 0, and nothing that does not hold is found in nothing.
    if (!S_ISREG(facts.st_mode)) return absl::InvalidArgumentError(path + ": is no regular file");
    const auto bytes = static_cast<size_t>(facts.st_size);
    if (bytes == 0) return MappedStream(nullptr, 0);
    void* const memory = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, fd.get(), 0);
    if (memory == MAP_FAILED)
      return absl::UnavailableError(fmt::format("cannot map {}: {}", path, std::strerror(errno)));
    return MappedStream(static_cast<uint8_t*>(memory), bytes);
  }
  MappedStream(MappedStream&& other) noexcept
      : memory_(std::exchange(other.memory_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  ~MappedStream() {
    if (memory_ != nullptr) munmap(memory_, bytes_);
  }
  [[nodiscard]] Bytes octets() const { return {memory_, bytes_}; }

 private:
  MappedStream(uint8_t* memory, size_t bytes) : memory_(memory), bytes_(bytes) {}

  uint8_t* memory_;
  size_t bytes_;
};

std::string text_of(const std::string& path, const IntegrityVerdict& verdict) {
  std::string text = fmt::format("{}: {} records, {} without a hash; {} hashes and {} signatures hold, {} faults", path,
                                 verdict.records, verdict.unproven, verdict.hashes, verdict.signatures, verdict.faults);
  if (verdict.unsigned_hashes > 0) text += fmt::format("; {} hashes without a signature", verdict.unsigned_hashes);
  if (verdict.unjudged > 0) text += fmt::format("; {} signatures not judged: --public-key", verdict.unjudged);
  for (const std::string& hashed : verdict.hashed) text += "; hashed: " + hashed;
  for (const std::string& covers : verdict.covers) text += "; signed: " + covers;
  for (const std::string& complaint : verdict.complaints) text += "\n  " + complaint;
  return text;
}

}  // namespace

Result<VerifyOutcome> verify_file(const std::string& path, const VerifyOptions& options) {
  PublicKey key;
  if (!options.public_key.empty()) {
    Result<PublicKey> loaded = load_public_key(options.public_key);
    if (!loaded.ok()) return loaded.status();
    key = *std::move(loaded);
  }
  const Result<MappedStream> file = MappedStream::open(path);
  if (!file.ok()) return file.status();
  const Result<PayloadKeyring> payload_keys = PayloadKeyring::load(options.payload_keys);
  if (!payload_keys.ok()) return payload_keys.status();
  IntegrityBook book(key.get(), payload_keys->empty() ? nullptr : &*payload_keys, interface_of_file(path),
                     options.number_series);
  der::RecordView view;
  Bytes rest = file->octets();
  der::Frame frame = der::frame_at_front(rest);
  while (!rest.empty() && frame.status == der::FrameStatus::kRecord) {
    der::walk_record(frame.record, view);
    book.record(view, file->octets().size() - rest.size());
    rest = rest.subspan(frame.record.size());
    frame = der::frame_at_front(rest);
  }
  const IntegrityVerdict verdict = book.verdict();
  VerifyOutcome outcome{.holds = verdict.faults == 0, .text = text_of(path, verdict)};
  if (options.complete && (verdict.unproven > 0 || verdict.unsigned_hashes > 0)) outcome.holds = false;
  if (options.complete && verdict.records == 0) {
    outcome.holds = false;
    outcome.text += "\n  there is no record in it";
  }
  if (!rest.empty()) {
    outcome.holds = false;
    outcome.text += fmt::format("\n  octet {}: no whole record", file->octets().size() - rest.size());
  }
  return outcome;
}

}  // namespace lictor::lemf
