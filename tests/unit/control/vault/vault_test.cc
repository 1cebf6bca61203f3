// Sealing, wrapping, rotation and erasure; and that whatever is not what was sealed is refused, and named.
#include "control/vault/vault.h"

#include <set>

#include "tests/unit/control/vault/first_version.h"
#include "tests/unit/control/vault/support.h"

namespace lictor::control {
namespace {

constexpr Place kPlace{.table = "warrant", .column = "liid", .row = "11111111-1111-4111-8111-111111111111"};
constexpr std::string_view kSubject = kPlace.row;

class VaultTest : public ScratchTest {
 protected:
  const std::unique_ptr<Vault> vault_ = make_vault();
  const Vault::NewKey made_ = *vault_->make_key(kSubject);
};

TEST_F(VaultTest, WhatWasSealedOpensAfterAnotherStart) {
  const std::string sealed = *made_.key->seal(kPlace, "LIID-1");
  const auto again = Vault::open(as_bytes(vault_->header()), master());
  ASSERT_TRUE(again.ok()) << again.status();
  const Result<SharedDataKey> key = (*again)->unwrap(kSubject, as_bytes(made_.wrapped));
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(*(*key)->open(kPlace, as_bytes(sealed)), "LIID-1");
}

// Written by the first version of this format. Files out there hold such octets: they must open for ever.
TEST_F(VaultTest, OctetsOfTheFirstVersionOpen) {
  const std::string header = from_hex(kFirstHeader);
  const auto vault = Vault::open(as_bytes(header), master(1));
  ASSERT_TRUE(vault.ok()) << vault.status();
  const Result<SharedDataKey> key = (*vault)->unwrap(kSubject, as_bytes(from_hex(kFirstWrappedKey)));
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(*(*key)->open(kPlace, as_bytes(from_hex(kFirstSealedValue))), "LIID-1");
  EXPECT_EQ(to_hex((*vault)->index("warrant", "liid", "LIID-1")), kFirstIndex);
}

TEST_F(VaultTest, NeitherValueNorItsExactLengthShows) {
  std::set<size_t> lengths;
  std::set<std::string> seen;
  for (const std::string_view value : {"", "a", "192.0.2.7", "user@example.org"}) {
    const std::string sealed = *made_.key->seal(kPlace, value);
    lengths.insert(sealed.size());
    seen.insert(sealed);
    if (value.size() > 1) {
      EXPECT_EQ(sealed.find(value), std::string::npos);
    }
    EXPECT_EQ(*made_.key->open(kPlace, as_bytes(sealed)), value);
  }
  EXPECT_EQ(lengths.size(), 1U);
  seen.insert(*made_.key->seal(kPlace, "a"));
  EXPECT_EQ(seen.size(), 5U) << "the same value sealed twice looks the same";
}

TEST_F(VaultTest, EveryAlteredOctetOfASealedValueIsRefused) {
  const std::string sealed = *made_.key->seal(kPlace, "LIID-1");
  for (size_t at = 0; at < sealed.size(); ++at)
    for (const int bit : {1, 128}) {
      std::string altered = sealed;
      altered[at] = static_cast<char>(altered[at] ^ bit);
      EXPECT_FALSE(made_.key->open(kPlace, as_bytes(altered)).ok()) << at;
    }
}

TEST_F(VaultTest, EveryAlteredOctetOfAWrappedKeyOrHeaderIsRefused) {
  for (size_t at = 0; at < made_.wrapped.size(); ++at) {
    std::string altered = made_.wrapped;
    altered[at] = static_cast<char>(altered[at] ^ 1);
    EXPECT_FALSE(vault_->unwrap(kSubject, as_bytes(altered)).ok()) << at;
  }
  for (size_t at = 0; at < vault_->header().size(); ++at) {
    std::string altered = vault_->header();
    altered[at] = static_cast<char>(altered[at] ^ 1);
    EXPECT_FALSE(Vault::open(as_bytes(altered), master()).ok()) << at;
  }
}

TEST_F(VaultTest, EveryPrefixIsRefused) {
  const std::string sealed = *made_.key->seal(kPlace, std::string(100, 'x'));
  for (size_t length = 0; length < sealed.size(); ++length)
    EXPECT_FALSE(made_.key->open(kPlace, as_bytes(sealed).first(length)).ok()) << length;
  for (size_t length = 0; length < made_.wrapped.size(); ++length)
    EXPECT_EQ(vault_->unwrap(kSubject, as_bytes(made_.wrapped).first(length)).status().code(),
              absl::StatusCode::kInvalidArgument);
  for (size_t length = 0; length < vault_->header().size(); ++length)
    EXPECT_EQ(Vault::open(as_bytes(vault_->header()).first(length), master()).status().code(),
              absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(vault_->unwrap(kSubject, as_bytes(made_.wrapped + "x")).ok());
  EXPECT_FALSE(Vault::open(as_bytes(vault_->header() + "x"), master()).ok());
}

TEST_F(VaultTest, AValueInAnotherPlaceIsRefused) {
  const std::string sealed = *made_.key->seal(kPlace, "LIID-1");
  for (const Place& other :
       {Place{"agency", "liid", kSubject}, Place{"warrant", "reference", kSubject},
        Place{"warrant", "liid", "22222222-2222-4222-8222-222222222222"}, Place{"warrantl", "iid", kSubject}})
    EXPECT_EQ(made_.key->open(other, as_bytes(sealed)).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(VaultTest, AWrappedKeyOfAnotherSubjectIsRefused) {
  EXPECT_EQ(vault_->unwrap("22222222-2222-4222-8222-222222222222", as_bytes(made_.wrapped)).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST_F(VaultTest, AnotherVaultOfTheSameMasterKeyOpensNothing) {
  EXPECT_EQ(make_vault()->unwrap(kSubject, as_bytes(made_.wrapped)).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(VaultTest, AWrongMasterKeyIsNamedAsSuch) {
  const Status status = Vault::open(as_bytes(vault_->header()), master(2)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_NE(status.message().find("not its master key"), std::string::npos);
}

TEST_F(VaultTest, AnAlteredHeaderIsToldFromAWrongKey) {
  std::string altered = vault_->header();
  altered[8] = static_cast<char>(altered[8] ^ 2);  // the generation
  EXPECT_EQ(Vault::open(as_bytes(altered), master()).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(VaultTest, AnotherKindOfMasterKeyIsNamed) {
  const Status status = Vault::open(as_bytes(vault_->header()), PassphraseMasterKey(-1)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(status.message().find("a key file, and a passphrase"), std::string::npos) << status;
}

TEST_F(VaultTest, ANewerVersionIsNamed) {
  std::string newer = vault_->header();
  newer[4] = 2;
  EXPECT_EQ(Vault::open(as_bytes(newer), master()).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(VaultTest, AfterErasureASubjectsValuesAreUnreadableAndSaySo) {
  const std::string sealed = *made_.key->seal(kPlace, "LIID-1");
  const Vault::NewKey after = *vault_->make_key(kSubject);  // all that is left to try: the wrapped key is gone
  EXPECT_EQ(after.key->open(kPlace, as_bytes(sealed)).status().code(), absl::StatusCode::kFailedPrecondition);
  // Also where somebody writes the new key's name into the value.
  std::string renamed = sealed;
  std::ranges::copy(after.key->id(), renamed.begin() + 1);
  EXPECT_EQ(after.key->open(kPlace, as_bytes(renamed)).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(VaultTest, RotationKeepsValuesAndIndexAndLeavesTheOldKeyNothing) {
  const std::string sealed = *made_.key->seal(kPlace, "LIID-1");
  const auto rotated = vault_->rotate(master(2));
  ASSERT_TRUE(rotated.ok()) << rotated.status();
  EXPECT_EQ((*rotated)->generation(), 2U);
  EXPECT_EQ((*rotated)->unwrap(kSubject, as_bytes(made_.wrapped)).status().code(),
            absl::StatusCode::kFailedPrecondition);
  const Result<std::string> wrapped = (*rotated)->rewrap(*vault_, kSubject, as_bytes(made_.wrapped));
  ASSERT_TRUE(wrapped.ok()) << wrapped.status();
  const auto again = Vault::open(as_bytes((*rotated)->header()), master(2));
  ASSERT_TRUE(again.ok()) << again.status();
  const Result<SharedDataKey> key = (*again)->unwrap(kSubject, as_bytes(*wrapped));
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(*(*key)->open(kPlace, as_bytes(sealed)), "LIID-1");
  EXPECT_EQ((*again)->index("warrant", "liid", "LIID-1"), vault_->index("warrant", "liid", "LIID-1"));
  EXPECT_EQ(Vault::open(as_bytes((*rotated)->header()), master(1)).status().code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_FALSE(vault_->unwrap(kSubject, as_bytes(*wrapped)).ok());
}

TEST_F(VaultTest, RewrappingTakesNoKeyOfAnotherVaultOrSubject) {
  const auto rotated = *vault_->rotate(master(2));
  EXPECT_EQ(rotated->rewrap(*make_vault(), kSubject, as_bytes(made_.wrapped)).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(rotated->rewrap(*vault_, "another", as_bytes(made_.wrapped)).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(VaultTest, TheBlindIndexTellsValuesColumnsAndVaultsApart) {
  const std::set<Digest> all = {vault_->index("warrant", "liid", "A"), vault_->index("warrant", "liid", "B"),
                                vault_->index("warrant", "agency", "A"), vault_->index("warrantl", "iid", "A"),
                                make_vault()->index("warrant", "liid", "A")};
  EXPECT_EQ(all.size(), 5U);
  EXPECT_EQ(vault_->index("warrant", "liid", "A"), vault_->index("warrant", "liid", "A"));
}

TEST_F(VaultTest, BoundsAreNamed) {
  EXPECT_TRUE(made_.key->open(kPlace, as_bytes(*made_.key->seal(kPlace, std::string(kValueBytesMax, 'x')))).ok());
  EXPECT_EQ(made_.key->seal(kPlace, std::string(kValueBytesMax + 1, 'x')).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(vault_->make_key("").ok());
  EXPECT_FALSE(vault_->make_key(std::string(129, 'x')).ok());
}

}  // namespace
}  // namespace lictor::control
