// SipHash-1-3 with 128 bits, against what an independent implementation (OpenSSL's SIPHASH with c-rounds 1, d-rounds 3)
// gives for the key 00…0f and the octets 00, 01, ….
#include "dataplane/packet/sip_hash.h"

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <vector>

namespace lictor {
namespace {

constexpr HashKey kKey{0x0706050403020100, 0x0f0e0d0c0b0a0908};

struct Vector {
  size_t octets;
  uint64_t low;  // the first eight octets of the result, least significant first
  uint64_t high;
};

constexpr Vector kVectors[] = {
    {0, 0xbea58827b2bc7ee7, 0x013030dd6adb62fd},  {1, 0xa8edd36004376ffc, 0x63f02f2bcc73055e},
    {7, 0xc3e0aaf223b98410, 0x77ab4808c82e2fa6},  {8, 0xb4dae3d5e1fe12aa, 0x99c7f935ab164f72},
    {15, 0x6c52bdb205557ec1, 0x09017e1eeccd2129}, {16, 0xeb8e511557d9a8d0, 0x93179e3df8b013b5},
    {33, 0xf4fc2013ae7bf5c5, 0x6bc6561de768e8b4}, {63, 0x6f42fe4ee300584c, 0xad6052a70a6b9f07},
};

std::vector<uint8_t> counted(size_t octets) {
  std::vector<uint8_t> bytes(octets);
  std::iota(bytes.begin(), bytes.end(), uint8_t{0});
  return bytes;
}

TEST(SipHash, GivesWhatAnotherImplementationGives) {
  for (const Vector& vector : kVectors) {
    const Hash128 hash = sip_hash(kKey, {}, counted(vector.octets));
    EXPECT_EQ(hash.low, vector.low) << vector.octets;
    EXPECT_EQ(hash.high, vector.high) << vector.octets;
  }
}

TEST(SipHash, WordsAreTheirOctets) {
  const std::vector<uint8_t> octets = counted(33);
  uint64_t words[2];
  std::memcpy(words, octets.data(), sizeof(words));
  EXPECT_EQ(sip_hash(kKey, words, Bytes(octets).subspan(16)), sip_hash(kKey, {}, octets));
}

TEST(SipHash, AnotherKeyGivesAnotherHash) {
  const std::vector<uint8_t> octets = counted(33);
  EXPECT_NE(sip_hash({kKey.low ^ 1, kKey.high}, {}, octets), sip_hash(kKey, {}, octets));
  EXPECT_NE(sip_hash({kKey.low, kKey.high ^ 1}, {}, octets), sip_hash(kKey, {}, octets));
}

TEST(SipHash, KeysOfTwoStartsDiffer) {
  const HashKey first = HashKey::random();
  const HashKey second = HashKey::random();
  EXPECT_TRUE(first.low != second.low && first.high != second.high);
}

}  // namespace
}  // namespace lictor
