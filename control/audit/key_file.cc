#include "control/audit/key_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "control/audit/log_tail.h"
#include "control/vault/octets.h"
#include "dataplane/base/check.h"

namespace lictor::control {
namespace {

constexpr std::string_view kMagic = "LCTK";
constexpr uint8_t kVersion = 1;
constexpr size_t kSlotBytes = 4 + 1 + 8 + 16 + 8 + kDigestBytes + 8 + 2 * Secret::kBytes + kDigestBytes;
// A sector each: a disk writes that whole or not.
constexpr size_t kStride = 512;
static_assert(kSlotBytes <= kStride);

Digest digest_of(Bytes octets) {
  Digest digest;
  LICTOR_CHECK(EVP_Digest(octets.data(), octets.size(), digest.data(), nullptr, EVP_sha256(), nullptr) == 1);
  return digest;
}

// Secrets go through the secure heap, not through a string.
class SlotWriter {
 public:
  explicit SlotWriter(MutableBytes room) : room_(room) {}
  void put(Bytes octets) {
    LICTOR_CHECK(used_ + octets.size() <= room_.size());
    std::ranges::copy(octets, room_.begin() + static_cast<ptrdiff_t>(used_));
    used_ += octets.size();
  }
  void put(uint64_t value, size_t octets) {
    std::string text;
    append_integer(text, value, octets);
    put(as_bytes(text));
  }
  [[nodiscard]] Bytes written() const { return room_.first(used_); }

 private:
  const MutableBytes room_;
  size_t used_ = 0;
};

struct Slot {
  uint64_t count = 0;
  AuditKeyFile::Content content;
};

// Nothing where the slot is not whole.
Result<std::optional<Slot>> parse_slot(Bytes octets) {
  const Bytes body = octets.first(kSlotBytes - kDigestBytes);
  if (!equal_in_constant_time(digest_of(body), octets.subspan(body.size(), kDigestBytes))) return std::optional<Slot>();
  ByteReader reader(body);
  const std::string_view magic = as_text(reader.take(kMagic.size()));
  const uint8_t version = reader.u8();
  if (magic != kMagic) return std::optional<Slot>();
  if (version != kVersion) return absl::FailedPreconditionError("audit: the key file is of a newer program");
  Result<Secret> mac = Secret::make();
  Result<Secret> seed = Secret::make();
  if (!mac.ok()) return mac.status();
  if (!seed.ok()) return seed.status();
  Slot slot{.count = reader.u64(), .content = {.keys = {.mac = *std::move(mac), .signer_seed = *std::move(seed)}}};
  ChainState& state = slot.content.state;
  std::ranges::copy(reader.take(state.log_id.size()), state.log_id.begin());
  state.head.number = reader.u64();
  std::ranges::copy(reader.take(kDigestBytes), state.head.hash.begin());
  state.checkpoint = reader.u64();
  std::ranges::copy(reader.take(Secret::kBytes), slot.content.keys.mac.octets().begin());
  std::ranges::copy(reader.take(Secret::kBytes), slot.content.keys.signer_seed.octets().begin());
  const Result<PublicKey> signer = public_key_of(slot.content.keys.signer_seed);
  if (!signer.ok()) return signer.status();
  state.signer = *signer;
  return std::optional<Slot>(std::move(slot));
}

}  // namespace

Status AuditKeyFile::failed(const char* what) const {
  return absl::UnavailableError(fmt::format("audit: {}: {}: {}", path_, what, std::strerror(errno)));
}

Result<std::unique_ptr<AuditKeyFile>> AuditKeyFile::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return absl::UnavailableError(fmt::format("audit: {}: {}", path, std::strerror(errno)));
  std::unique_ptr<AuditKeyFile> file(new AuditKeyFile(path, fd));
  struct stat facts {};
  if (::fstat(fd, &facts) != 0) return file->failed("fstat");
  if (!S_ISREG(facts.st_mode) || (facts.st_mode & 077) != 0)
    return absl::FailedPreconditionError(fmt::format("audit: {}: others have rights on it: chmod 600", path));
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) return file->failed("another process has it");
  // Its name before any log: a log without its keys cannot be continued.
  if (Status status = sync_folder_of(path); !status.ok()) return status;
  return file;
}

AuditKeyFile::~AuditKeyFile() { ::close(fd_); }

Result<std::optional<AuditKeyFile::Content>> AuditKeyFile::read() {
  Result<SecretBuffer> octets = SecretBuffer::make(2 * kStride);
  if (!octets.ok()) return octets.status();
  const ssize_t length = ::pread(fd_, octets->octets().data(), 2 * kStride, 0);
  if (length < 0) return failed("read");
  // A power cut may leave the size of the first write without what was written: then no log began either.
  const Bytes all = octets->octets();
  if (std::ranges::all_of(all, [](uint8_t octet) { return octet == 0; })) return std::optional<Content>();
  std::optional<Slot> newest;
  for (const size_t start : {size_t{0}, kStride}) {
    Result<std::optional<Slot>> slot = parse_slot(octets->octets().subspan(start, kSlotBytes));
    if (!slot.ok()) return slot.status();
    if (slot->has_value() && (!newest || (*slot)->count > newest->count)) newest = *std::move(slot);
  }
  if (!newest) return absl::DataLossError(fmt::format("audit: {}: no key in it is whole", path_));
  count_ = newest->count;
  return std::optional<Content>(std::move(newest->content));
}

Status AuditKeyFile::write(const ChainState& state, const ChainKeys& keys) {
  Result<SecretBuffer> octets = SecretBuffer::make(kStride);
  if (!octets.ok()) return octets.status();
  SlotWriter writer(octets->octets());
  writer.put(as_bytes(kMagic));
  writer.put(kVersion, 1);
  writer.put(count_ + 1, 8);
  writer.put(state.log_id);
  writer.put(state.head.number, 8);
  writer.put(state.head.hash);
  writer.put(state.checkpoint, 8);
  writer.put(keys.mac.octets());
  writer.put(keys.signer_seed.octets());
  writer.put(digest_of(writer.written()));
  const size_t slot = (count_ + 1) % 2;
  if (::pwrite(fd_, octets->octets().data(), kStride, static_cast<off_t>(slot * kStride)) !=
          static_cast<ssize_t>(kStride) ||
      ::fdatasync(fd_) != 0)
    return failed("write");
  ++count_;
  // The former keys: in the page cache at once, on the disk with the next write at the latest.
  const std::array<uint8_t, kStride> zeros{};
  if (::pwrite(fd_, zeros.data(), zeros.size(), static_cast<off_t>((1 - slot) * kStride)) !=
      static_cast<ssize_t>(kStride))
    return failed("erase");
  return absl::OkStatus();
}

}  // namespace lictor::control
