// Files of payload keys: both forms and both lengths are read, everything else is refused without a word of what it
// holds.
#include "control/cli/key_file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/unit/control/support/fixtures.h"

namespace lictor::control::cli {
namespace {

const std::string kDigits = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

class KeyFile : public testing::Test {
 protected:
  Result<SecretOctets> read(const std::string& content, mode_t mode = 0600) {
    const std::string path = directory_.file("key");
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return read_key_file(path);
  }
  const TempDir directory_;
};

TEST_F(KeyFile, HexadecimalDigitsAreAKeyOfEitherLengthAndNoOther) {
  for (size_t length = 0; length <= kDigits.size(); ++length) {
    const Result<SecretOctets> key = read("\t0x" + kDigits.substr(0, length) + "\n");
    ASSERT_EQ(key.ok(), length == 48 || length == 64) << length;
    if (!key.ok()) continue;
    EXPECT_EQ(key->text().size(), length / 2);
    EXPECT_EQ(key_text(key->text()).text(), kDigits.substr(0, length) + "\n");
  }
  EXPECT_FALSE(read(kDigits + "00").ok());
  EXPECT_FALSE(read(kDigits.substr(0, 62) + "zz").ok());
  EXPECT_FALSE(read(kDigits.substr(0, 32) + " " + kDigits.substr(32)).ok());
}

TEST_F(KeyFile, OctetsAreAKeyAsTheyAre) {
  for (size_t bytes = 0; bytes < 300; ++bytes) {
    const std::string octets(bytes, '\0');
    const Result<SecretOctets> key = read(octets);
    ASSERT_EQ(key.ok(), bytes == 24 || bytes == 32) << bytes;
    if (key.ok()) {
      EXPECT_EQ(key->text(), octets);
    }
  }
}

TEST_F(KeyFile, TextIsNotTakenForOctets) {
  EXPECT_FALSE(read("correct horse battery st").ok());
  EXPECT_FALSE(read(kDigits.substr(0, 24)).ok());
  EXPECT_FALSE(read(kDigits.substr(0, 32)).ok());
}

TEST_F(KeyFile, WhatOthersCanReadIsRefusedAndNothingOfItIsSaid) {
  for (const mode_t mode : {0604U, 0644U, 0602U}) {
    const Result<SecretOctets> key = read(kDigits, mode);
    EXPECT_TRUE(absl::IsFailedPrecondition(key.status()));
    EXPECT_THAT(std::string(key.status().message()), testing::Not(testing::HasSubstr("0001")));
  }
  EXPECT_TRUE(read(kDigits, 0640).ok());
  EXPECT_THAT(std::string(read("secret").status().message()), testing::Not(testing::HasSubstr("secret")));
  EXPECT_FALSE(read_key_file(directory_.file("nothing")).ok());
}

TEST_F(KeyFile, AFileIsWrittenOnceAndForOneself) {
  const std::string path = directory_.file("out");
  ASSERT_TRUE(write_new_file(path, "one").ok());
  struct stat facts {};
  ASSERT_EQ(::stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
  EXPECT_FALSE(write_new_file(path, "two").ok());
}

}  // namespace
}  // namespace lictor::control::cli
