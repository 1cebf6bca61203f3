// Hashes and signatures of a task's records against OpenSSL's one-call functions.
#include "encoders/integrity/integrity_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "encoders/etsi/integrity_record.h"
#include "encoders/integrity/signing_key_files.h"
#include "tests/unit/encoders/integrity/test_keys.h"

namespace lictor {
namespace {

constexpr SocketTime kNow{0};

std::vector<uint8_t> digest(const std::string& text, HashAlgorithm hash) {
  std::vector<uint8_t> out(EVP_MAX_MD_SIZE);
  unsigned length = 0;
  EXPECT_EQ(EVP_Digest(text.data(), text.size(), out.data(), &length, digest_of(hash), nullptr), 1);
  out.resize(length);
  return out;
}

bool holds(EVP_PKEY* key, bool over_digest, const std::string& message, const std::vector<uint8_t>& signature) {
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  EXPECT_EQ(EVP_DigestVerifyInit(context, nullptr, over_digest ? EVP_sha256() : nullptr, nullptr, key), 1);
  const int answer = EVP_DigestVerify(context, signature.data(), signature.size(),
                                      reinterpret_cast<const uint8_t*>(message.data()), message.size());
  EVP_MD_CTX_free(context);
  return answer == 1;
}

TEST(IntegrityChain, AHashIsOverTheOctetsOfItsRecordsInTheirOrder) {
  for (const HashAlgorithm hash : {HashAlgorithm::kSha256, HashAlgorithm::kSha384, HashAlgorithm::kSha512}) {
    const auto chain = *IntegrityChain::make({.hash = hash, .hash_records = 3}, TaskSlot{1});
    for (uint32_t round = 0; round < 2; ++round) {
      EXPECT_FALSE(chain->record(CheckedKind::kCc, 0, 3 * round, as_bytes("ab"), kNow));
      EXPECT_FALSE(chain->record(CheckedKind::kIri, 0, round, as_bytes("other"), kNow));
      EXPECT_FALSE(chain->record(CheckedKind::kCc, 0, 3 * round + 1, as_bytes("c"), kNow));
      const auto check = chain->record(CheckedKind::kCc, 0, 3 * round + 2, as_bytes("de"), kNow);
      ASSERT_TRUE(check);
      EXPECT_EQ(check->numbers, (std::vector<uint32_t>{3 * round, 3 * round + 1, 3 * round + 2}));
      EXPECT_EQ(check->value, digest("abcde", hash));
      EXPECT_EQ(check->hash, hash);
    }
  }
}

TEST(IntegrityChain, TimeIsCountedFromTheFirstRecordOfAHash) {
  const auto chain = *IntegrityChain::make({.hash_ms = 10}, TaskSlot{1});
  EXPECT_FALSE(chain->due_hash(CheckedKind::kCc, IntegrityChain::kEnd));
  chain->record(CheckedKind::kCc, 0, 0, as_bytes("a"), {5'000'000});
  EXPECT_FALSE(chain->due_hash(CheckedKind::kCc, {14'999'999}));
  const auto check = chain->due_hash(CheckedKind::kCc, {15'000'000});
  ASSERT_TRUE(check);
  EXPECT_EQ(check->value, digest("a", HashAlgorithm::kSha256));
  EXPECT_FALSE(chain->due_hash(CheckedKind::kCc, IntegrityChain::kEnd));
}

TEST(IntegrityChain, EachCinHasHashesAndSignaturesOfItsOwn) {
  const auto chain =
      *IntegrityChain::make({.hash_records = 2, .key = test_key("ec"), .signature_hashes = 2}, TaskSlot{1});
  EXPECT_FALSE(chain->record(CheckedKind::kCc, 7, 0, as_bytes("a"), kNow));
  EXPECT_FALSE(chain->record(CheckedKind::kCc, 8, 0, as_bytes("b"), kNow));
  const auto check = chain->record(CheckedKind::kCc, 7, 1, as_bytes("c"), kNow);
  ASSERT_TRUE(check);
  EXPECT_EQ(check->cin, 7u);
  EXPECT_EQ(check->numbers, (std::vector<uint32_t>{0, 1}));
  EXPECT_EQ(check->value, digest("ac", HashAlgorithm::kSha256));
  EXPECT_FALSE(chain->hash_pdu(CheckedKind::kCc, 7, 0, as_bytes("pdu"), as_bytes("digest"), kNow));
  EXPECT_FALSE(chain->hash_pdu(CheckedKind::kCc, 8, 0, as_bytes("pdu"), as_bytes("digest"), kNow));
  const auto rest = chain->due_hash(CheckedKind::kCc, IntegrityChain::kEnd);
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->cin, 8u);
  EXPECT_FALSE(chain->due_hash(CheckedKind::kCc, IntegrityChain::kEnd));
  std::vector<uint32_t> signed_cins;
  while (const auto one = chain->due_signature(CheckedKind::kCc, IntegrityChain::kEnd)) signed_cins.push_back(one->cin);
  EXPECT_EQ(signed_cins, (std::vector<uint32_t>{7, 8}));
}

TEST(IntegrityChain, WithoutAKeyNothingIsSigned) {
  const auto chain = *IntegrityChain::make({.signature_hashes = 1}, TaskSlot{1});
  EXPECT_FALSE(chain->hash_pdu(CheckedKind::kCc, 0, 0, as_bytes("pdu"), as_bytes("digest"), kNow));
  EXPECT_FALSE(chain->due_signature(CheckedKind::kCc, IntegrityChain::kEnd));
}

TEST(IntegrityChain, SignaturesAreMadeOverWhatTheProfileSays) {
  for (const std::string kind : {"ec", "ed25519"}) {
    EVP_PKEY* const pair = make_key_pair(kind);
    const std::string path = write_key(pair, "signs-" + kind);
    for (const SignatureCovers covers :
         {SignatureCovers::kHashPdus, SignatureCovers::kDigests, SignatureCovers::kList}) {
      const auto chain =
          *IntegrityChain::make({.key = *SigningKey::load(path), .signature_hashes = 2, .covers = covers}, TaskSlot{1});
      EXPECT_FALSE(chain->hash_pdu(CheckedKind::kIri, 0, 4, as_bytes("pdu4"), as_bytes("d4"), kNow));
      const auto check = chain->hash_pdu(CheckedKind::kIri, 0, 5, as_bytes("pdu5"), as_bytes("d5"), kNow);
      ASSERT_TRUE(check);
      EXPECT_EQ(check->numbers, (std::vector<uint32_t>{4, 5}));
      std::string message = covers == SignatureCovers::kHashPdus ? "pdu4pdu5" : "d4d5";
      if (covers == SignatureCovers::kList) message = std::string(as_text(integrity_list(*check)));
      EXPECT_TRUE(holds(pair, kind == "ec", message, check->value));
      message.back() ^= 1;
      EXPECT_FALSE(holds(pair, kind == "ec", message, check->value));
    }
    EVP_PKEY_free(pair);
    std::remove(path.c_str());
  }
}

TEST(SigningKey, OnlyAPrivateKeyOfAKnownKindThatOthersCannotReadIsTaken) {
  EVP_PKEY* const rsa = make_key_pair("rsa");
  EVP_PKEY* const ec = make_key_pair("ec");
  const std::string rsa_path = write_key(rsa, "rsa");
  const std::string open_path = write_key(ec, "open", 0604);
  const std::string good_path = write_key(ec, "good");
  const SigningKeyFiles files{
      .paths = {{"rsa", rsa_path}, {"open", open_path}, {"good", good_path}, {"none", "/none"}}};
  EXPECT_THAT(files.load("rsa").status().message(), testing::HasSubstr("neither an ECDSA nor an Ed25519"));
  EXPECT_THAT(files.load("open").status().message(), testing::HasSubstr("chmod o-rwx"));
  EXPECT_THAT(files.load("none").status().message(), testing::HasSubstr("No such file"));
  EXPECT_THAT(files.load("other").status().message(), testing::HasSubstr("no signing key is called other"));
  EXPECT_TRUE(files.load("good").ok());
  // Whatever is cut off of the file: refused, and nothing of it is said.
  std::string pem(4096, '\0');
  FILE* const file = std::fopen(good_path.c_str(), "r+");
  pem.resize(std::fread(pem.data(), 1, pem.size(), file));
  for (size_t length = pem.rfind("-----END"); length-- > 0;) {
    ASSERT_EQ(ftruncate(fileno(file), static_cast<off_t>(length)), 0);
    EXPECT_THAT(files.load("good").status().message(), testing::HasSubstr("holds no private key"));
  }
  std::fclose(file);
  for (const std::string& path : {rsa_path, open_path, good_path}) std::remove(path.c_str());
  EVP_PKEY_free(rsa);
  EVP_PKEY_free(ec);
}

}  // namespace
}  // namespace lictor
