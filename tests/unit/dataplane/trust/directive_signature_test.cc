// What a signed directive is bound to, and the daemon's key.
#include "dataplane/trust/directive_signature.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/unit/dataplane/trust/site.h"

namespace lictor {
namespace {

using testing::HasSubstr;

const DirectiveReader kReader{.fleet_id = "fleet", .network_element_id = "NE-1", .incarnation = std::string(16, 'i')};

class DirectiveSignatureTest : public testing::Test {
 protected:
  DirectiveSignatureTest() : signer_(*DirectiveSigner::open(folder_.path("directives.key"))) {}

  [[nodiscard]] std::unique_ptr<DirectiveKeys> pinned() const {
    Result<std::unique_ptr<DirectiveKeys>> keys = DirectiveKeys::load({folder_.path("directives.key.pub")});
    EXPECT_TRUE(keys.ok()) << keys.status();
    return *std::move(keys);
  }
  [[nodiscard]] std::string signature(const std::string& octets) const {
    return *signer_->sign(kReader, as_bytes(octets));
  }

  const ScratchFolder folder_;
  const std::unique_ptr<DirectiveSigner> signer_;
};

TEST_F(DirectiveSignatureTest, HoldsForTheProcessThatItIsForAlone) {
  const std::unique_ptr<DirectiveKeys> keys = pinned();
  const std::string octets = "a directive";
  const std::string made = signature(octets);
  const auto verify = [&](const DirectiveReader& reader) {
    return keys->verify(reader, as_bytes(octets), signer_->key_id(), as_bytes(made));
  };
  EXPECT_TRUE(verify(kReader).ok());
  DirectiveReader other = kReader;
  other.fleet_id = "fleer";
  EXPECT_TRUE(absl::IsPermissionDenied(verify(other)));
  other = kReader;
  other.network_element_id = "NE-2";
  EXPECT_TRUE(absl::IsPermissionDenied(verify(other)));
  other = kReader;
  other.incarnation[15] = 'j';
  EXPECT_TRUE(absl::IsPermissionDenied(verify(other)));
  // What one field loses another may not gain.
  other = kReader;
  other.fleet_id = "flee";
  other.network_element_id = "tNE-1";
  EXPECT_TRUE(absl::IsPermissionDenied(verify(other)));
}

TEST_F(DirectiveSignatureTest, UnsignedAlteredAndForeignDirectivesAreRefused) {
  const std::unique_ptr<DirectiveKeys> keys = pinned();
  const std::string made = signature("a directive");
  const auto why = [&](const std::string& octets, const std::string& key_id, const std::string& given) {
    return std::string(keys->verify(kReader, as_bytes(octets), key_id, as_bytes(given)).message());
  };
  EXPECT_THAT(why("a directive", signer_->key_id(), ""), HasSubstr("nobody signed"));
  EXPECT_THAT(why("b directive", signer_->key_id(), made), HasSubstr("does not hold"));
  EXPECT_THAT(why("a directive", "0123456789abcdef", made), HasSubstr("no key that is pinned"));
  const std::unique_ptr<DirectiveSigner> foreign = *DirectiveSigner::open(folder_.path("foreign.key"));
  const std::string forged = *foreign->sign(kReader, as_bytes("a directive"));
  EXPECT_THAT(why("a directive", foreign->key_id(), forged), HasSubstr("no key that is pinned"));
  EXPECT_THAT(why("a directive", signer_->key_id(), forged), HasSubstr("does not hold"));
}

TEST_F(DirectiveSignatureTest, TheKeyIsMadeOnceAndIsItsOwnersAlone) {
  struct stat facts {};
  ASSERT_EQ(stat(folder_.path("directives.key").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0400u);
  const std::unique_ptr<DirectiveSigner> again = *DirectiveSigner::open(folder_.path("directives.key"));
  EXPECT_EQ(again->key_id(), signer_->key_id());
  ASSERT_EQ(chmod(folder_.path("directives.key").c_str(), 0440), 0);
  EXPECT_THAT(std::string(DirectiveSigner::open(folder_.path("directives.key")).status().message()),
              HasSubstr("chmod 400"));
}

TEST_F(DirectiveSignatureTest, WhatIsNoEd25519KeyIsNoDaemonsKey) {
  const OwnedKey curve = make_p256();
  const std::string path = folder_.write("curve.pub", public_pem(*curve));
  EXPECT_THAT(std::string(DirectiveKeys::load({path}).status().message()), HasSubstr("no Ed25519"));
  EXPECT_FALSE(DirectiveKeys::load({}).ok());
}

}  // namespace
}  // namespace lictor
