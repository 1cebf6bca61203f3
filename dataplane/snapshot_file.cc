#include "dataplane/snapshot_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <new>

#include "dataplane/base/bytes.h"

namespace lictor {
namespace {

constexpr std::string_view kMagic = "lictor-sessions-4";
constexpr std::string_view kPurpose = "lictor sessions";  // of the key of a file
constexpr size_t kKeyBytes = 32;
constexpr size_t kNonceBytes = 12;
constexpr size_t kTagBytes = 16;
constexpr size_t kSaltBytes = 32;
constexpr size_t kBootBytes = 36;  // the kernel's name for a start of the machine, a UUID as text
// The magic, when it was made, the length of the text, the machine's start, the salt: authenticated with the text.
constexpr size_t kMadeAt = kMagic.size();
constexpr size_t kLengthAt = kMadeAt + 8;
constexpr size_t kBootAt = kLengthAt + 8;
constexpr size_t kSaltAt = kBootAt + kBootBytes;
constexpr size_t kHeadBytes = kSaltAt + kSaltBytes;
constexpr size_t kPieceHeadBytes = 4;  // of a piece behind it: its length, authenticated with it
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

// What is not whole yet.
std::string unfinished(const SnapshotConfig& config) { return config.file + ".tmp"; }

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

bool read_all(int file, MutableBytes room) {
  while (!room.empty()) {
    const ssize_t read = ::read(file, room.data(), room.size());
    if (read <= 0) return false;
    room = room.subspan(static_cast<size_t>(read));
  }
  return true;
}

// What was added to a file last may be lost with the machine, and with it that an address is somebody else's.
Result<std::array<uint8_t, kBootBytes>> read_boot(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<uint8_t, kBootBytes> boot;
  if (!file.valid() || !read_all(file.get(), boot)) return unusable(path, "does not say which start of the machine");
  return boot;
}

// The key of one file: no two seal anything under the same key and number.
Status derive_key(const std::string& path, Bytes salt, KeyRoom& key) {
  KeyRoom master;
  if (Status status = read_key(path, master); !status.ok()) return status;
  std::array<uint8_t, kPurpose.size() + kSaltBytes> text;
  std::ranges::copy(salt, std::ranges::copy(kPurpose, text.begin()).out);
  unsigned bytes = 0;
  const bool made = HMAC(EVP_sha256(), master.octets.data(), static_cast<int>(master.octets.size()), text.data(),
                         text.size(), key.octets.data(), &bytes) != nullptr;
  return made && bytes == key.octets.size() ? absl::OkStatus() : unusable(path, "no key can be made from it");
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

// `text` becomes what it is the other way round; the tag is written or checked. `number`: 0 for the sessions, and that
// of a piece behind them.
bool crypt(Way way, const KeyRoom& key, uint64_t number, Bytes head, MutableBytes text,
           std::array<uint8_t, kTagBytes>& tag) {
  const Context context(EVP_CIPHER_CTX_new());
  std::array<uint8_t, kNonceBytes> nonce{};
  put(number, nonce.data() + kNonceBytes - 8);
  int bytes = 0;
  bool good = context != nullptr && EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.octets.data(),
                                                      nonce.data(), static_cast<int>(way)) == 1;
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

struct SnapshotFile::Key {
  KeyRoom room;
};
static_assert(sizeof(KeyRoom) <= SnapshotFile::kLockedBytes);

void SnapshotFile::EraseKey::operator()(Key* key) const { OPENSSL_secure_clear_free(key, sizeof(Key)); }

Result<SnapshotFile> SnapshotFile::begin(const SnapshotConfig& config, const Snapshot& snapshot) {
  std::array<uint8_t, kSaltBytes> salt;
  if (RAND_bytes(salt.data(), kSaltBytes) != 1) return unusable(config.file, "no salt");
  void* const locked = OPENSSL_secure_malloc(sizeof(Key));
  if (locked == nullptr) return unusable(config.file, "no locked memory is left for its key");
  KeyPointer key(new (locked) Key);
  if (Status status = derive_key(config.key, salt, key->room); !status.ok()) return status;
  const auto boot = read_boot(config.boot_id);
  if (!boot.ok()) return boot.status();
  std::vector<uint8_t> text(kKeysBytes);
  text.reserve(kKeysBytes + snapshot.sessions.size());
  SnapshotKeys keys = snapshot.keys;
  uint8_t* at = text.data();
  for_each_key(keys, [&at](const HashKey& one) { put(one.low, at), put(one.high, at + 8), at += 16; });
  text.insert(text.end(), snapshot.sessions.begin(), snapshot.sessions.end());
  std::array<uint8_t, kHeadBytes> head;
  std::ranges::copy(kMagic, head.begin());
  put(static_cast<uint64_t>(snapshot.made.unix_ns), head.data() + kMadeAt);
  put(text.size(), head.data() + kLengthAt);
  std::ranges::copy(*boot, head.begin() + kBootAt);
  std::ranges::copy(salt, head.begin() + kSaltAt);
  std::array<uint8_t, kTagBytes> tag;
  if (!crypt(Way::kSeal, key->room, 0, head, text, tag)) return unusable(config.file, "cannot be sealed");
  const std::string temporary = unfinished(config);
  UniqueFd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) return unusable(temporary, std::strerror(errno));
  const bool written = write_all(file.get(), head) && write_all(file.get(), text) && write_all(file.get(), tag);
  if (!written) return unusable(temporary, std::strerror(errno));
  SnapshotFile begun(config, std::move(file), std::move(key));
  begun.bytes_ = head.size() + text.size() + tag.size();
  return begun;
}

Status SnapshotFile::append(std::vector<uint8_t>& items) {
  if (items.empty()) return absl::OkStatus();
  std::vector<uint8_t> piece(kPieceHeadBytes);
  piece.reserve(kPieceHeadBytes + items.size() + kTagBytes);
  for (size_t i = 0; i < kPieceHeadBytes; ++i) piece[i] = static_cast<uint8_t>(items.size() >> (24 - 8 * i));
  piece.insert(piece.end(), items.begin(), items.end());
  OPENSSL_cleanse(items.data(), items.size());
  items.clear();
  std::array<uint8_t, kTagBytes> tag;
  const MutableBytes octets(piece);
  if (!crypt(Way::kSeal, key_->room, ++pieces_, octets.first(kPieceHeadBytes), octets.subspan(kPieceHeadBytes), tag))
    return unusable(config_->file, "cannot be sealed");
  piece.insert(piece.end(), tag.begin(), tag.end());
  if (!write_all(file_.get(), piece)) return unusable(config_->file, std::strerror(errno));
  bytes_ += piece.size();
  return absl::OkStatus();
}

Status SnapshotFile::settle() {
  return ::fsync(file_.get()) == 0 ? absl::OkStatus() : unusable(config_->file, std::strerror(errno));
}

Status SnapshotFile::finish() {
  if (Status status = settle(); !status.ok()) return status;
  const bool replaced = ::rename(unfinished(*config_).c_str(), config_->file.c_str()) == 0;
  return replaced ? absl::OkStatus() : unusable(config_->file, std::strerror(errno));
}

void SnapshotFile::drop() { ::unlink(unfinished(*config_).c_str()); }

Status write_snapshot(const SnapshotConfig& config, const Snapshot& snapshot) {
  Result<SnapshotFile> file = SnapshotFile::begin(config, snapshot);
  return file.ok() ? file->finish() : file.status();
}

void remove_snapshot(const SnapshotConfig& config) { ::unlink(config.file.c_str()); }

namespace {

// The pieces of `octets`, opened, go behind `sessions`. False where one was altered.
bool open_pieces(const KeyRoom& key, Bytes octets, std::vector<uint8_t>& sessions) {
  ByteReader in(octets);
  for (uint64_t number = 1;; ++number) {
    const Bytes head = in.take(kPieceHeadBytes);
    if (!in.ok()) return true;
    const Bytes sealed = in.take(ByteReader(head).u32());
    std::array<uint8_t, kTagBytes> tag;
    std::ranges::copy(in.take(kTagBytes), tag.begin());
    if (!in.ok()) return true;  // the process ended in the middle of it
    sessions.insert(sessions.end(), sealed.begin(), sealed.end());
    const MutableBytes text = MutableBytes(sessions).last(sealed.size());
    if (!crypt(Way::kOpen, key, number, head, text, tag)) return false;
  }
}

}  // namespace

Result<Snapshot> read_snapshot(const SnapshotConfig& config, LegalTime now) {
  if (Status status = check_snapshot_key(config); !status.ok()) return status;
  const UniqueFd file(::open(config.file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.valid() && errno == ENOENT) return absl::NotFoundError(config.file);
  struct stat facts {};
  if (!file.valid() || ::fstat(file.get(), &facts) != 0) return unusable(config.file, std::strerror(errno));
  const Status altered = absl::InvalidArgumentError(config.file + ": was altered, or sealed under another key");
  constexpr off_t kBytesMin = kHeadBytes + kKeysBytes + kTagBytes;
  if (facts.st_size < kBytesMin || facts.st_size > kFileBytesMax) return altered;
  std::vector<uint8_t> octets(static_cast<size_t>(facts.st_size));
  if (!read_all(file.get(), octets)) return unusable(config.file, "cannot be read");
  ByteReader in(octets);
  const Bytes head = in.take(kHeadBytes);
  const uint64_t text_bytes = ByteReader(head.subspan(kLengthAt)).u64();
  if (text_bytes < kKeysBytes || text_bytes > octets.size() - kHeadBytes - kTagBytes) return altered;
  const MutableBytes text = MutableBytes(octets).subspan(kHeadBytes, text_bytes);
  in.take(text_bytes);
  std::array<uint8_t, kTagBytes> tag;
  std::ranges::copy(in.take(kTagBytes), tag.begin());
  KeyRoom key;
  if (Status status = derive_key(config.key, head.subspan(kSaltAt), key); !status.ok()) return status;
  if (as_text(head.first(kMagic.size())) != kMagic || !crypt(Way::kOpen, key, 0, head, text, tag)) return altered;
  Snapshot snapshot;
  snapshot.made.unix_ns = static_cast<int64_t>(ByteReader(head.subspan(kMadeAt)).u64());
  const int64_t age_ns = now.unix_ns - snapshot.made.unix_ns;
  if (age_ns < 0 || age_ns > int64_t{config.age_max_s} * kNanosecondsPerSecond)
    return unusable(config.file, age_ns < 0 ? "is from the future" : "is too old");
  const auto boot = read_boot(config.boot_id);
  if (!boot.ok()) return boot.status();
  if (!std::ranges::equal(head.subspan(kBootAt, kBootBytes), *boot))
    return unusable(config.file, "is of another start of the machine");
  ByteReader sessions(text);
  for_each_key(snapshot.keys, [&sessions](HashKey& one) { one.low = sessions.u64(), one.high = sessions.u64(); });
  snapshot.sessions.reserve(octets.size());  // names are in no memory that is given back
  snapshot.sessions.assign(sessions.rest().begin(), sessions.rest().end());
  const bool good = open_pieces(key, in.rest(), snapshot.sessions);
  OPENSSL_cleanse(octets.data(), octets.size());
  return good ? Result<Snapshot>(std::move(snapshot)) : altered;
}

}  // namespace lictor
