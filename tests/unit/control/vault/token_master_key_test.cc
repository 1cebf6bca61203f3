// Master keys of tokens, with a token of SoftHSM: what is taken, and what is refused with its reason.
#include "control/vault/token_master_key.h"

#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <vector>

#include "tests/unit/control/vault/support.h"

namespace lictor::control {
namespace {

constexpr const char* kModule = "/usr/lib/softhsm/libsofthsm2.so";
constexpr const char* kPin = "4711-0815";

struct TokenKey {
  const char* label = "lictor";
  bool extractable = false;
  std::string value = std::string(32, 'k');
};

// A token of its own folder, named "site".
class TokenMasterKeyTest : public ScratchTest {
 protected:
  void SetUp() override {
    if (::access(kModule, R_OK) != 0) GTEST_SKIP() << "SoftHSM is not installed: " << kModule;
    std::filesystem::create_directory(file("tokens"));
    write_file(file("softhsm2.conf"), "directories.tokendir = " + file("tokens") + "\nlog.level = ERROR\n");
    ::setenv("SOFTHSM2_CONF", file("softhsm2.conf").c_str(), 1);
    write_file(file("pin"), std::string(kPin) + "\n");
    CK_FUNCTION_LIST* const module = p11_kit_module_load(kModule, 0);
    ASSERT_NE(module, nullptr);
    ASSERT_EQ(p11_kit_module_initialize(module), CKR_OK);
    make_token(module);
    p11_kit_module_finalize(module);
    p11_kit_module_release(module);
  }
  void TearDown() override { ::unsetenv("SOFTHSM2_CONF"); }

  static CK_UTF8CHAR* text(const char* octets) { return reinterpret_cast<CK_UTF8CHAR*>(const_cast<char*>(octets)); }

  static CK_SLOT_ID first_slot(CK_FUNCTION_LIST* module) {
    std::array<CK_SLOT_ID, 8> slots{};
    CK_ULONG count = slots.size();
    EXPECT_EQ(module->C_GetSlotList(CK_TRUE, slots.data(), &count), CKR_OK);
    return slots[0];
  }

  static void make_token(CK_FUNCTION_LIST* module) {
    std::string label(32, ' ');
    label.replace(0, 4, "site");
    const CK_SLOT_ID slot = first_slot(module);
    ASSERT_EQ(module->C_InitToken(slot, text("so-pin-1"), 8, text(label.c_str())), CKR_OK);
    CK_SESSION_HANDLE session = 0;
    const CK_FLAGS flags = CKF_SERIAL_SESSION | CKF_RW_SESSION;
    ASSERT_EQ(module->C_OpenSession(first_slot(module), flags, nullptr, nullptr, &session), CKR_OK);
    ASSERT_EQ(module->C_Login(session, CKU_SO, text("so-pin-1"), 8), CKR_OK);
    ASSERT_EQ(module->C_InitPIN(session, text(kPin), std::string(kPin).size()), CKR_OK);
    module->C_CloseSession(session);
  }

  static void make_keys(const std::vector<TokenKey>& keys) {
    CK_FUNCTION_LIST* const module = p11_kit_module_load(kModule, 0);
    ASSERT_EQ(p11_kit_module_initialize(module), CKR_OK);
    CK_SESSION_HANDLE session = 0;
    const CK_FLAGS flags = CKF_SERIAL_SESSION | CKF_RW_SESSION;
    ASSERT_EQ(module->C_OpenSession(first_slot(module), flags, nullptr, nullptr, &session), CKR_OK);
    ASSERT_EQ(module->C_Login(session, CKU_USER, text(kPin), std::string(kPin).size()), CKR_OK);
    for (const TokenKey& key : keys) make_key(module, session, key);
    p11_kit_module_finalize(module);
    p11_kit_module_release(module);
  }

  static void make_key(CK_FUNCTION_LIST* module, CK_SESSION_HANDLE session, const TokenKey& key) {
    CK_OBJECT_CLASS kind = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_GENERIC_SECRET;
    CK_BBOOL yes = CK_TRUE;
    CK_BBOOL extractable = key.extractable ? CK_TRUE : CK_FALSE;
    std::string label = key.label;
    std::string value = key.value;
    std::array<CK_ATTRIBUTE, 8> attributes = {CK_ATTRIBUTE{CKA_CLASS, &kind, sizeof(kind)},
                                              CK_ATTRIBUTE{CKA_KEY_TYPE, &type, sizeof(type)},
                                              CK_ATTRIBUTE{CKA_TOKEN, &yes, sizeof(yes)},
                                              CK_ATTRIBUTE{CKA_PRIVATE, &yes, sizeof(yes)},
                                              CK_ATTRIBUTE{CKA_SENSITIVE, &yes, sizeof(yes)},
                                              CK_ATTRIBUTE{CKA_EXTRACTABLE, &extractable, sizeof(extractable)},
                                              CK_ATTRIBUTE{CKA_LABEL, label.data(), label.size()},
                                              CK_ATTRIBUTE{CKA_VALUE, value.data(), value.size()}};
    CK_OBJECT_HANDLE handle = 0;
    ASSERT_EQ(module->C_CreateObject(session, attributes.data(), attributes.size(), &handle), CKR_OK);
  }

  [[nodiscard]] std::string uri(const std::string& object = "lictor", const std::string& token = "site") const {
    return "pkcs11:token=" + token + ";object=" + object + "?module-path=" + kModule + "&pin-source=" + file("pin");
  }

  static Result<Secret> load(const std::string& uri, const MasterSalt& salt = {}) {
    const Result<TokenMasterKey> source = TokenMasterKey::of_uri(uri);
    if (!source.ok()) return source.status();
    return source->load({.kind = MasterKeyKind::kToken, .salt = salt});
  }
};

TEST_F(TokenMasterKeyTest, TheSameKeyAndSaltGiveTheSameEachTime) {
  make_keys({{}});
  const Result<Secret> key = load(uri());
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(to_hex(key->octets()), to_hex(load(uri())->octets()));
  EXPECT_NE(to_hex(key->octets()), to_hex(load(uri(), {1})->octets()));
}

TEST_F(TokenMasterKeyTest, AnotherKeyOfTheTokenGivesAnother) {
  make_keys({{}, {.label = "other", .value = std::string(32, 'o')}});
  EXPECT_NE(to_hex(load(uri())->octets()), to_hex(load(uri("other"))->octets()));
}

TEST_F(TokenMasterKeyTest, AVaultOpensByTheTokenAndByNothingElse) {
  make_keys({{}, {.label = "other", .value = std::string(32, 'o')}});
  const auto made = Vault::make(*TokenMasterKey::of_uri(uri()));
  ASSERT_TRUE(made.ok()) << made.status();
  const std::string header = (*made)->header();
  EXPECT_TRUE(Vault::open(as_bytes(header), *TokenMasterKey::of_uri(uri())).ok());
  EXPECT_EQ(Vault::open(as_bytes(header), *TokenMasterKey::of_uri(uri("other"))).status().code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Vault::open(as_bytes(header), master()).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(TokenMasterKeyTest, AKeyThatCanBeTakenAwayIsRefused) {
  make_keys({{.extractable = true}});
  const Status status = load(uri()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(status.message().find("can be taken"), std::string::npos) << status;
}

TEST_F(TokenMasterKeyTest, NoneAndSeveralAreRefused) {
  make_keys({{.label = "twice"}, {.label = "twice"}});
  for (const std::string& wrong : {uri("absent"), uri("twice"), uri("lictor", "elsewhere")})
    EXPECT_EQ(load(wrong).status().code(), absl::StatusCode::kFailedPrecondition) << wrong;
}

TEST_F(TokenMasterKeyTest, AWrongPinIsSaidAndNotShown) {
  make_keys({{}});
  write_file(file("pin"), "9999-9999\n");
  const Status status = load(uri()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(status.message().find("9999"), std::string::npos) << status;
}

TEST_F(TokenMasterKeyTest, APinThatOthersMayReadIsRefused) {
  make_keys({{}});
  write_file(file("pin"), kPin, 0640);
  EXPECT_EQ(load(uri()).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(TokenUri, WhatIsNoneOrLacksSomethingIsInvalid) {
  const std::string whole = "pkcs11:token=site;object=lictor?module-path=/m.so&pin-source=/pin";
  ASSERT_TRUE(TokenMasterKey::of_uri(whole).ok());
  for (const std::string& wrong :
       {std::string(), std::string("/etc/passwd"), std::string("pkcs11:object=lictor?module-path=/m.so"),
        std::string("pkcs11:object=lictor?pin-source=/pin"),
        std::string("pkcs11:token=site?module-path=/m.so&pin-source=/pin"), whole + "&pin-value=4711",
        "pkcs11:unheard-of=1;" + whole.substr(7), std::string(8192, 'p'),
        std::string("pkcs11:object=%zz?module-path=/m.so&pin-source=/pin")})
    EXPECT_EQ(TokenMasterKey::of_uri(wrong).status().code(), absl::StatusCode::kInvalidArgument) << wrong;
}

TEST(TokenUri, AFileThatIsNoModuleIsRefused) {
  const Result<TokenMasterKey> source =
      TokenMasterKey::of_uri("pkcs11:object=lictor?module-path=/bin/true&pin-source=file:/dev/null");
  ASSERT_TRUE(source.ok());
  EXPECT_EQ(source->load({}).status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace lictor::control
