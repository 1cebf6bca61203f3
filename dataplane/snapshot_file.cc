#include "dataplane/snapshot_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "dataplane/base/bytes.h"
#include "dataplane/base/unique_fd.h"

namespace lictor {
namespace {

constexpr std::string_view kMagic = "lictor-sessions-1";
constexpr size_t kKeyBytes = 32;
constexpr size_t kNonceBytes = 12;
constexpr size_t kTagBytes = 16;
constexpr size_t kHeadBytes = kMagic.size() + 8 + kNonceBytes;  // the magic and the time are authenticated, too
constexpr size_t kKeysBytes = 5 * sizeof(HashKey);
constexpr off_t kFileBytesMax = off_t{64} << 30;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

// On the stack, and erased behind its use.
struct KeyRoom {
  ~KeyRoom() { OPENSSL_cleanse(octets.data(), octets.size()); }
  std::array<uint8_t, kKeyBytes> octets;
};

Status unusable(const std::string& path, std::string_view why) {
  return absl::FailedPreconditionError(fmt::format("{}: {}", path, why));
}

Status read_key(const std::string& path, KeyRoom& key) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat facts {};
  if (!file.valid() || ::fstat(file.get(), &facts) != 0) return unusable(path, std::strerror(errno));
  if ((facts.st_mode & S_IRWXO) != 0) return unusable(path, "others may read it: chmod o-rwx");
  if (facts.st_size != static_cast<off_t>(key.octets.size())) return unusable(path, "must hold 32 octets");
  const ssize_t read = ::read(file.get(), key.octets.data(), key.octets.size());
  return read == static_cast<ssize_t>(key.octets.size()) ? absl::OkStatus() : unusable(path, "cannot be read");
}

void put(uint64_t value, uint8_t* at) {
  for (size_t i = 0; i < 8; ++i) at[i] = static_cast<uint8_t>(value >> (56 - 8 * i));
}

// In pieces: OpenSSL counts octets in an int.
template <typename Update>
bool in_pieces(Bytes octets, Update update) {
  constexpr size_t kPieceBytes = size_t{1} << 30;
  while (!octets.empty()) {
    const Bytes piece = octets.first(std::min(octets.size(), kPieceBytes));
    if (!update(piece)) return false;
    octets = octets.subspan(piece.size());
  }
  return true;
}

enum class Way : int { kOpen = 0, kSeal = 1 };

// `text` becomes what it is the other way round; the tag is written or checked.
bool crypt(Way way, const KeyRoom& key, Bytes head, std::vector<uint8_t>& text, std::array<uint8_t, kTagBytes>& tag) {
  const Context context(EVP_CIPHER_CTX_new());
  const uint8_t* const nonce = head.data() + kHeadBytes - kNonceBytes;
  int bytes = 0;
  bool good = context != nullptr && EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.octets.data(),
                                                      nonce, static_cast<int>(way)) == 1;
  good = good && EVP_CipherUpdate(context.get(), nullptr, &bytes, head.data(), static_cast<int>(head.size())) == 1;
  uint8_t* at = text.data();
  good = good && in_pieces(text, [&](Bytes piece) {
           const bool done =
               EVP_CipherUpdate(context.get(), at, &bytes, piece.data(), static_cast<int>(piece.size())) == 1;
           at += piece.size();
           return done;
         });
  if (way == Way::kOpen)
    good = good && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1;
  good = good && EVP_CipherFinal_ex(context.get(), at, &bytes) == 1;
  if (way == Way::kSeal)
    good = good && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag.data()) == 1;
  return good;
}

bool write_all(int file, Bytes octets) {
  return in_pieces(octets, [file](Bytes piece) {
    while (!piece.empty()) {
      const ssize_t written = ::write(file, piece.data(), piece.size());
      if (written <= 0) return false;
      piece = piece.subspan(static_cast<size_t>(written));
    }
    return true;
  });
}

bool read_all(int file, MutableBytes room) {
  while (!room.empty()) {
    const ssize_t read = ::read(file, room.data(), room.size());
    if (read <= 0) return false;
    room = room.subspan(static_cast<size_t>(read));
  }
  return true;
}

template <typename Visit>
void for_each_key(SnapshotKeys& keys, Visit visit) {
  for (HashKey* const key : {&keys.book, &keys.radius, &keys.dhcp4, &keys.dhcp6, &keys.pppoe}) visit(*key);
}

}  // namespace

SnapshotKeys SnapshotKeys::random() {
  SnapshotKeys keys;
  for_each_key(keys, [](HashKey& key) { key = HashKey::random(); });
  return keys;
}

Status check_snapshot_key(const SnapshotConfig& config) {
  KeyRoom key;
  return read_key(config.key, key);
}

Status write_snapshot(const SnapshotConfig& config, const Snapshot& snapshot) {
  KeyRoom key;
  if (Status status = read_key(config.key, key); !status.ok()) return status;
  std::array<uint8_t, kHeadBytes> head;
  std::ranges::copy(kMagic, head.begin());
  put(static_cast<uint64_t>(snapshot.made.unix_ns), head.data() + kMagic.size());
  if (RAND_bytes(head.data() + kHeadBytes - kNonceBytes, kNonceBytes) != 1) return unusable(config.file, "no nonce");
  std::vector<uint8_t> text(kKeysBytes);
  SnapshotKeys keys = snapshot.keys;
  uint8_t* at = text.data();
  for_each_key(keys, [&at](const HashKey& one) { put(one.low, at), put(one.high, at + 8), at += 16; });
  text.insert(text.end(), snapshot.sessions.begin(), snapshot.sessions.end());
  std::array<uint8_t, kTagBytes> tag;
  if (!crypt(Way::kSeal, key, head, text, tag)) return unusable(config.file, "cannot be sealed");
  const std::string temporary = config.file + ".tmp";
  const UniqueFd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) return unusable(temporary, std::strerror(errno));
  const bool written = write_all(file.get(), head) && write_all(file.get(), text) && write_all(file.get(), tag) &&
                       ::fsync(file.get()) == 0;
  if (!written) return unusable(temporary, std::strerror(errno));
  if (::rename(temporary.c_str(), config.file.c_str()) != 0) return unusable(config.file, std::strerror(errno));
  return absl::OkStatus();
}

Result<Snapshot> read_snapshot(const SnapshotConfig& config, LegalTime now) {
  KeyRoom key;
  if (Status status = read_key(config.key, key); !status.ok()) return status;
  const UniqueFd file(::open(config.file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.valid() && errno == ENOENT) return absl::NotFoundError(config.file);
  struct stat facts {};
  if (!file.valid() || ::fstat(file.get(), &facts) != 0) return unusable(config.file, std::strerror(errno));
  const Status altered = absl::InvalidArgumentError(config.file + ": was altered, or sealed under another key");
  constexpr off_t kBytesMin = kHeadBytes + kKeysBytes + kTagBytes;
  if (facts.st_size < kBytesMin || facts.st_size > kFileBytesMax) return altered;
  std::array<uint8_t, kHeadBytes> head;
  std::vector<uint8_t> text(static_cast<size_t>(facts.st_size) - kHeadBytes - kTagBytes);
  std::array<uint8_t, kTagBytes> tag;
  if (!read_all(file.get(), head) || !read_all(file.get(), text) || !read_all(file.get(), tag))
    return unusable(config.file, "cannot be read");
  if (as_text(Bytes(head).first(kMagic.size())) != kMagic || !crypt(Way::kOpen, key, head, text, tag)) return altered;
  Snapshot snapshot;
  snapshot.made.unix_ns = static_cast<int64_t>(ByteReader(Bytes(head).subspan(kMagic.size(), 8)).u64());
  const int64_t age_ns = now.unix_ns - snapshot.made.unix_ns;
  if (age_ns < 0 || age_ns > int64_t{config.age_max_s} * kNanosecondsPerSecond)
    return unusable(config.file, age_ns < 0 ? "is from the future" : "is too old");
  ByteReader in(text);
  for_each_key(snapshot.keys, [&in](HashKey& one) { one.low = in.u64(), one.high = in.u64(); });
  snapshot.sessions.assign(in.rest().begin(), in.rest().end());
  OPENSSL_cleanse(text.data(), text.size());
  return snapshot;
}

}  // namespace lictor
