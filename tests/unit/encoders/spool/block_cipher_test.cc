// BlockKey: HKDF by RFC 5869's vectors, what is sealed opens and only then, and sealing does not allocate.
#include "encoders/spool/block_cipher.h"

#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "encoders/spool/task_seal.h"

namespace lictor {
namespace {

std::vector<uint8_t> from_hex(const std::string& hex) {
  std::vector<uint8_t> octets;
  for (size_t i = 0; i < hex.size(); i += 2) {
    octets.push_back(static_cast<uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return octets;
}

size_t g_allocations = 0;
void* count_malloc(size_t bytes, const char*, int) {
  ++g_allocations;
  return std::malloc(bytes);
}
void* count_realloc(void* memory, size_t bytes, const char*, int) {
  ++g_allocations;
  return std::realloc(memory, bytes);
}
void count_free(void* memory, const char*, int) { std::free(memory); }

// Before OpenSSL allocates anything.
const int g_counts = CRYPTO_set_mem_functions(count_malloc, count_realloc, count_free);

struct Sealed {
  std::unique_ptr<BlockHeader> block = std::make_unique<BlockHeader>();
  BlockHeader& header = *block;
  std::vector<uint8_t> ciphertext = {};
};

Sealed seal(BlockKey& key, const Salt& salt, uint32_t counter, Bytes table, Bytes records) {
  Sealed sealed;
  sealed.header.counter = counter;
  sealed.header.records = 1;
  sealed.header.bytes = static_cast<uint32_t>(table.size() + records.size());
  sealed.ciphertext.resize(sealed.header.bytes);
  key.enter(salt);
  key.seal(sealed.header, table, records, sealed.ciphertext.data(), sealed.header.tag);
  return sealed;
}

class BlockCipherTest : public ::testing::Test {
 protected:
  const SharedKey secret_ = *SecretKey::make(std::vector<uint8_t>(32, 0x5a));
  const std::unique_ptr<BlockKey> sealing_ = *BlockKey::make(secret_, Xid{}, true);
  const std::unique_ptr<BlockKey> opening_ = *BlockKey::make(secret_, Xid{}, false);
  const std::vector<uint8_t> table_ = std::vector<uint8_t>(16, 1);
  const std::vector<uint8_t> records_ = std::vector<uint8_t>(1234, 2);
};

TEST(Hkdf, GivesTheOutputsOfRfc5869) {
  std::array<uint8_t, 32> out;
  hkdf_sha256(std::vector<uint8_t>(22, 0x0b), from_hex("000102030405060708090a0b0c"), from_hex("f0f1f2f3f4f5f6f7f8f9"),
              out);
  EXPECT_EQ(std::vector<uint8_t>(out.begin(), out.end()),
            from_hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"));
  hkdf_sha256(std::vector<uint8_t>(22, 0x0b), {}, {}, out);
  EXPECT_EQ(std::vector<uint8_t>(out.begin(), out.end()),
            from_hex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"));
}

TEST_F(BlockCipherTest, OpensWhatWasSealed) {
  Salt salt{};
  salt[0] = 9;
  const Sealed sealed = seal(*sealing_, salt, 3, table_, records_);
  std::vector<uint8_t> plain(sealed.header.bytes);
  opening_->enter(salt);
  ASSERT_TRUE(opening_->open(sealed.header, sealed.ciphertext.data(), plain));
  EXPECT_EQ(std::memcmp(plain.data() + 16, records_.data(), records_.size()), 0);
}

TEST_F(BlockCipherTest, RefusesAChangedHeaderCiphertextTagOrSalt) {
  const Salt salt{};
  std::vector<uint8_t> plain(table_.size() + records_.size());
  const auto opens = [&](const auto& change, const Salt& with) {
    Sealed sealed = seal(*sealing_, salt, 3, table_, records_);
    change(sealed);
    opening_->enter(with);
    return opening_->open(sealed.header, sealed.ciphertext.data(), plain);
  };
  const auto nothing = [](Sealed&) {};
  EXPECT_TRUE(opens(nothing, salt));
  Salt other{};
  other[31] = 1;
  EXPECT_FALSE(opens(nothing, other));
  EXPECT_FALSE(opens([](Sealed& sealed) { sealed.header.records = 2; }, salt));
  EXPECT_FALSE(opens([](Sealed& sealed) { sealed.header.counter = 4; }, salt));
  EXPECT_FALSE(opens([](Sealed& sealed) { sealed.header.last_number = 4; }, salt));
  EXPECT_FALSE(opens([](Sealed& sealed) { sealed.header.tag[5] ^= 1; }, salt));
  EXPECT_FALSE(opens([](Sealed& sealed) { sealed.ciphertext[700] ^= 1; }, salt));
}

TEST_F(BlockCipherTest, SealsAndChangesSegmentsWithoutAllocating) {
  ASSERT_EQ(g_counts, 1);
  seal(*sealing_, Salt{}, 0, table_, records_);
  Sealed sealed = seal(*sealing_, Salt{}, 1, table_, records_);
  const size_t before = g_allocations;
  ASSERT_GT(before, 0u);
  for (uint8_t segment = 1; segment < 5; ++segment) {
    Salt salt{};
    salt[0] = segment;
    sealing_->enter(salt);
    for (uint32_t i = 0; i < 100; ++i) {
      sealed.header.counter = i;
      sealing_->seal(sealed.header, table_, records_, sealed.ciphertext.data(), sealed.header.tag);
    }
  }
  EXPECT_EQ(g_allocations, before);
}

TEST(SecretKey, TakesThirtyTwoOctetsOnly) {
  for (const size_t bytes : {0, 31, 33}) EXPECT_FALSE(SecretKey::make(std::vector<uint8_t>(bytes)).ok());
}

}  // namespace
}  // namespace lictor
