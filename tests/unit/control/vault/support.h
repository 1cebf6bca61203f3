// What the tests of vault and audit share: octets as text, files with rights, and a master key in a file.
#pragma once

#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "control/vault/vault.h"

namespace lictor::control {

inline std::string from_hex(std::string_view digits) {
  std::string octets;
  for (size_t i = 0; i + 1 < digits.size(); i += 2)
    octets.push_back(static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16)));
  return octets;
}

inline std::string to_hex(Bytes octets) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const uint8_t octet : octets) {
    text.push_back(kDigits[octet >> 4]);
    text.push_back(kDigits[octet & 15]);
  }
  return text;
}

inline KeyView key_view(const std::string& octets) { return KeyView(as_bytes(octets)); }

inline void write_file(const std::string& path, const std::string& octets, mode_t mode = 0600) {
  std::filesystem::remove(path);
  std::ofstream(path, std::ios::binary) << octets;
  ASSERT_EQ(::chmod(path.c_str(), mode), 0);
}

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class ScratchTest : public testing::Test {
 protected:
  ScratchTest() {
    std::string name = std::filesystem::temp_directory_path() / "lictor-vault-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~ScratchTest() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string file(const std::string& name) const { return folder_ / name; }
  // A file with a key of 32 times this octet.
  [[nodiscard]] FileMasterKey master(uint8_t octet = 1) const {
    const std::string path = file("master-" + std::to_string(octet));
    write_file(path, to_hex(as_bytes(std::string(32, static_cast<char>(octet)))) + "\n");
    return FileMasterKey(path);
  }
  [[nodiscard]] std::unique_ptr<Vault> make_vault() const {
    Result<std::unique_ptr<Vault>> vault = Vault::make(master());
    EXPECT_TRUE(vault.ok()) << vault.status();
    return *std::move(vault);
  }

  std::filesystem::path folder_;
};

}  // namespace lictor::control
