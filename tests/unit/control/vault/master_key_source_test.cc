// Where master keys come from: what is taken, and what is refused with its reason.
#include "control/vault/master_key_source.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "tests/unit/control/vault/support.h"

namespace lictor::control {
namespace {

using MasterKeySourceTest = ScratchTest;

constexpr ScryptCost kCheap{.log2_n = 14, .r = 1, .p = 1};
const std::string kDigits(64, '7');

Status load_file(const std::string& path) { return FileMasterKey(path).load({}).status(); }

Result<Secret> load_passphrase(const std::string& typed, const MasterSalt& salt = {}) {
  int pipe[2];
  EXPECT_EQ(::pipe(pipe), 0);
  EXPECT_EQ(::write(pipe[1], typed.data(), typed.size()), static_cast<ssize_t>(typed.size()));
  ::close(pipe[1]);
  Result<Secret> key =
      PassphraseMasterKey(pipe[0]).load({.kind = MasterKeyKind::kPassphrase, .salt = salt, .cost = kCheap});
  ::close(pipe[0]);
  return key;
}

TEST_F(MasterKeySourceTest, AFileOfDigitsIsTakenWithItsLineEnd) {
  for (const std::string& text : {kDigits, kDigits + "\n", kDigits + "\r\n"}) {
    write_file(file("key"), text);
    EXPECT_TRUE(load_file(file("key")).ok());
  }
  write_file(file("key"), kDigits, 0400);
  EXPECT_TRUE(load_file(file("key")).ok());
}

TEST_F(MasterKeySourceTest, TheSaltMakesAnotherKey) {
  write_file(file("key"), kDigits);
  const FileMasterKey source(file("key"));
  EXPECT_NE(to_hex(source.load({})->octets()), to_hex(source.load({.salt = {1}})->octets()));
  EXPECT_NE(to_hex(load_passphrase("correct horse battery")->octets()),
            to_hex(load_passphrase("correct horse battery", {1})->octets()));
}

TEST_F(MasterKeySourceTest, AFileThatOthersMayReadIsRefused) {
  for (const mode_t mode : {0640, 0604, 0660, 0700, 0000, 04600}) {
    write_file(file("key"), kDigits, mode);
    EXPECT_EQ(load_file(file("key")).code(), absl::StatusCode::kFailedPrecondition) << std::oct << mode;
  }
}

TEST_F(MasterKeySourceTest, AFileOfAnotherUserIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  write_file(file("key"), kDigits);
  ASSERT_EQ(::chown(file("key").c_str(), 65534, 65534), 0);
  EXPECT_NE(std::string(load_file(file("key")).message()).find("another user"), std::string::npos);
}

TEST_F(MasterKeySourceTest, WhatIsNoPlainFileIsRefused) {
  write_file(file("key"), kDigits);
  ASSERT_EQ(::symlink(file("key").c_str(), file("link").c_str()), 0);
  ASSERT_EQ(::mkfifo(file("fifo").c_str(), 0600), 0);
  EXPECT_FALSE(load_file(file("link")).ok());
  EXPECT_FALSE(load_file(file("fifo")).ok());
  EXPECT_FALSE(load_file(folder_).ok());
  EXPECT_FALSE(load_file(file("absent")).ok());
}

TEST_F(MasterKeySourceTest, WhatIsNoKeyIsRefusedAndNotRepeated) {
  for (const std::string& text : {std::string(), kDigits.substr(1), kDigits + "7", kDigits + "\n\n\n",
                                  kDigits.substr(1) + "g", "\n" + kDigits, std::string(32, '\x01')}) {
    write_file(file("key"), text);
    const Status status = load_file(file("key"));
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << text.size();
    EXPECT_EQ(status.message().find("777"), std::string::npos);
  }
}

TEST_F(MasterKeySourceTest, ACredentialIsAFileOfSystemds) {
  ::unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_EQ(FileMasterKey::of_credential("master").status().code(), absl::StatusCode::kFailedPrecondition);
  ::setenv("CREDENTIALS_DIRECTORY", folder_.c_str(), 1);
  write_file(file("master"), kDigits, 0400);
  const Result<FileMasterKey> source = FileMasterKey::of_credential("master");
  ASSERT_TRUE(source.ok());
  EXPECT_EQ(to_hex(source->load({})->octets()), to_hex(FileMasterKey(file("master")).load({})->octets()));
  for (const std::string name : {"", "../master", "a/b", ".hidden"})
    EXPECT_EQ(FileMasterKey::of_credential(name).status().code(), absl::StatusCode::kInvalidArgument);
  ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_F(MasterKeySourceTest, APassphraseEndsWithItsLineOrTheInput) {
  const std::string key = to_hex(load_passphrase("correct horse battery")->octets());
  EXPECT_EQ(to_hex(load_passphrase("correct horse battery\n")->octets()), key);
  EXPECT_EQ(to_hex(load_passphrase("correct horse battery\nand more\n")->octets()), key);
  EXPECT_NE(to_hex(load_passphrase("correct horse batterz")->octets()), key);
}

TEST_F(MasterKeySourceTest, APassphraseHasBounds) {
  EXPECT_FALSE(load_passphrase(std::string(PassphraseMasterKey::kBytesMin - 1, 'x')).ok());
  EXPECT_TRUE(load_passphrase(std::string(PassphraseMasterKey::kBytesMin, 'x')).ok());
  EXPECT_TRUE(load_passphrase(std::string(PassphraseMasterKey::kBytesMax, 'x') + "\n").ok());
  EXPECT_FALSE(load_passphrase(std::string(PassphraseMasterKey::kBytesMax + 1, 'x')).ok());
  EXPECT_FALSE(PassphraseMasterKey(-1).load({.kind = MasterKeyKind::kPassphrase}).ok());
}

// A terminal of our own: the question comes, the answer is not shown, and the echo is on again afterwards.
TEST_F(MasterKeySourceTest, ATerminalIsAskedWithoutEcho) {
  const int master_end = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (master_end < 0 || ::grantpt(master_end) != 0 || ::unlockpt(master_end) != 0) GTEST_SKIP() << "no terminals here";
  const int terminal = ::open(::ptsname(master_end), O_RDWR | O_NOCTTY);
  ASSERT_GE(terminal, 0);
  std::string shown;
  std::thread person([&] {
    char octet = 0;
    while (shown.find("store: ") == std::string::npos && ::read(master_end, &octet, 1) == 1) shown.push_back(octet);
    const std::string typed = "correct horse battery\n";
    EXPECT_EQ(::write(master_end, typed.data(), typed.size()), static_cast<ssize_t>(typed.size()));
    while (shown.find('\n') == std::string::npos && ::read(master_end, &octet, 1) == 1) shown.push_back(octet);
  });
  const Result<Secret> key = PassphraseMasterKey(terminal).load({.kind = MasterKeyKind::kPassphrase, .cost = kCheap});
  person.join();
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(to_hex(key->octets()), to_hex(load_passphrase("correct horse battery")->octets()));
  EXPECT_EQ(shown.find("horse"), std::string::npos) << shown;
  termios after{};
  ASSERT_EQ(::tcgetattr(terminal, &after), 0);
  EXPECT_NE(after.c_lflag & ECHO, 0U);
  ::close(terminal);
  ::close(master_end);
}

TEST_F(MasterKeySourceTest, AVaultOpensWithItsPassphraseAlone) {
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const std::string typed = "correct horse battery\ncorrect horse battery\nincorrect horse!\n";
  ASSERT_EQ(::write(pipe[1], typed.data(), typed.size()), static_cast<ssize_t>(typed.size()));
  const PassphraseMasterKey source(pipe[0]);
  const auto vault = Vault::make(source, kCheap);
  ASSERT_TRUE(vault.ok()) << vault.status();
  EXPECT_TRUE(Vault::open(as_bytes((*vault)->header()), source).ok());
  EXPECT_EQ(Vault::open(as_bytes((*vault)->header()), source).status().code(), absl::StatusCode::kPermissionDenied);
  ::close(pipe[0]);
  ::close(pipe[1]);
}

}  // namespace
}  // namespace lictor::control
