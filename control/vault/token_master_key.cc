#include "control/vault/token_master_key.h"

#include <fmt/format.h>
#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "control/vault/private_file.h"

namespace lictor::control {
namespace {

constexpr std::string_view kLabel = "lictor master key of a token";
// More tokens than this in one module, or keys of one name, are looked at by nobody.
constexpr CK_ULONG kSlotsMax = 256;

using Uri = std::unique_ptr<P11KitUri, decltype(&p11_kit_uri_free)>;

Status refused(std::string_view why) {
  return absl::FailedPreconditionError(fmt::format("master key of a token: {}", why));
}

Status failed(const char* what, CK_RV answer) {
  const std::string text = fmt::format("master key of a token: {}: {}", what, p11_kit_strerror(answer));
  const bool is_pin = answer == CKR_PIN_INCORRECT || answer == CKR_PIN_LOCKED || answer == CKR_PIN_EXPIRED ||
                      answer == CKR_PIN_INVALID || answer == CKR_PIN_LEN_RANGE;
  return is_pin ? absl::PermissionDeniedError(text) : absl::UnavailableError(text);
}

Result<Uri> parse(const std::string& text) {
  const auto invalid = [](std::string_view why) {
    return absl::InvalidArgumentError(fmt::format("master key of a token: the URI {}", why));
  };
  Uri uri(p11_kit_uri_new(), &p11_kit_uri_free);
  if (uri == nullptr) return absl::ResourceExhaustedError("master key of a token: no memory");
  if (text.size() > TokenMasterKey::kUriBytesMax) return invalid("is too long");
  if (const int code = p11_kit_uri_parse(text.c_str(), P11_KIT_URI_FOR_OBJECT_ON_TOKEN_AND_MODULE, uri.get());
      code != P11_KIT_URI_OK)
    return invalid(p11_kit_uri_message(code));
  // What is not understood would be left out, and with it what tells one key from another.
  if (p11_kit_uri_any_unrecognized(uri.get()) != 0) return invalid("has attributes that are not known");
  if (p11_kit_uri_get_pin_value(uri.get()) != nullptr) return invalid("holds a PIN: name its file, pin-source=");
  if (p11_kit_uri_get_module_path(uri.get()) == nullptr) return invalid("names no module: module-path=");
  if (p11_kit_uri_get_pin_source(uri.get()) == nullptr) return invalid("names no file of the PIN: pin-source=");
  if (p11_kit_uri_get_attribute(uri.get(), CKA_LABEL) == nullptr &&
      p11_kit_uri_get_attribute(uri.get(), CKA_ID) == nullptr)
    return invalid("names no key: object= or id=");
  return uri;
}

std::string pin_path_of(P11KitUri* uri) {
  constexpr std::string_view kScheme = "file:";
  std::string_view source = p11_kit_uri_get_pin_source(uri);
  if (source.starts_with(kScheme)) source.remove_prefix(kScheme.size());
  if (source.starts_with("//")) source.remove_prefix(2);
  return std::string(source);
}

class Module {
 public:
  static Result<Module> load(const char* path) {
    Module module(p11_kit_module_load(path, P11_KIT_MODULE_CRITICAL));
    if (module.functions_ == nullptr) return refused(fmt::format("{} is no module that can be loaded", path));
    const CK_RV answer = p11_kit_module_initialize(module.functions_);
    if (answer != CKR_OK) return failed("the module does not start", answer);
    module.is_ready_ = true;
    return module;
  }
  ~Module() {
    if (is_ready_) p11_kit_module_finalize(functions_);
    if (functions_ != nullptr) p11_kit_module_release(functions_);
  }
  Module(Module&& other) noexcept
      : functions_(std::exchange(other.functions_, nullptr)), is_ready_(std::exchange(other.is_ready_, false)) {}
  Module& operator=(Module&&) = delete;

  CK_FUNCTION_LIST* operator->() const { return functions_; }

 private:
  explicit Module(CK_FUNCTION_LIST* functions) : functions_(functions) {}

  CK_FUNCTION_LIST* functions_;
  bool is_ready_ = false;
};

Result<CK_SLOT_ID> find_token(const Module& module, P11KitUri* uri) {
  std::array<CK_SLOT_ID, kSlotsMax> slots{};
  CK_ULONG count = slots.size();
  if (const CK_RV answer = module->C_GetSlotList(CK_TRUE, slots.data(), &count); answer != CKR_OK)
    return failed("its tokens are not listed", answer);
  std::vector<CK_SLOT_ID> found;
  for (CK_ULONG i = 0; i < count; ++i) {
    CK_TOKEN_INFO token{};
    if (module->C_GetTokenInfo(slots[i], &token) != CKR_OK || (token.flags & CKF_TOKEN_INITIALIZED) == 0) continue;
    if (p11_kit_uri_match_token_info(uri, &token) != 0) found.push_back(slots[i]);
  }
  if (found.size() == 1) return found.front();
  return refused(found.empty() ? "there is no such token" : "several tokens are such: name one, by token= and serial=");
}

// A session that is logged in while it lives.
class Login {
 public:
  static Result<Login> enter(const Module& module, CK_SLOT_ID slot, const PrivateText& pin) {
    Login login(module);
    if (const CK_RV answer = module->C_OpenSession(slot, CKF_SERIAL_SESSION, nullptr, nullptr, &login.session_);
        answer != CKR_OK)
      return failed("the token opens no session", answer);
    login.is_open_ = true;
    // The call's type is older than const.
    auto* const digits = const_cast<CK_UTF8CHAR*>(pin.octets().data());
    const CK_RV answer = module->C_Login(login.session_, CKU_USER, digits, pin.length);
    if (answer != CKR_OK && answer != CKR_USER_ALREADY_LOGGED_IN) return failed("log in", answer);
    return login;
  }
  ~Login() {
    if (!is_open_) return;
    module_->C_Logout(session_);
    module_->C_CloseSession(session_);
  }
  Login(Login&& other) noexcept
      : module_(other.module_), session_(other.session_), is_open_(std::exchange(other.is_open_, false)) {}
  Login& operator=(Login&&) = delete;

  [[nodiscard]] CK_SESSION_HANDLE session() const { return session_; }

 private:
  explicit Login(const Module& module) : module_(module) {}

  const Module& module_;
  CK_SESSION_HANDLE session_ = 0;
  bool is_open_ = false;
};

Result<CK_OBJECT_HANDLE> find_key(const Module& module, const Login& login, P11KitUri* uri) {
  CK_ULONG count = 0;
  const CK_ATTRIBUTE* const attributes = p11_kit_uri_get_attributes(uri, &count);
  CK_OBJECT_CLASS secret = CKO_SECRET_KEY;
  std::vector<CK_ATTRIBUTE> wanted = {{CKA_CLASS, &secret, sizeof(secret)}};
  std::copy_if(attributes, attributes + count, std::back_inserter(wanted),
               [](const CK_ATTRIBUTE& attribute) { return attribute.type != CKA_CLASS; });
  CK_RV answer = module->C_FindObjectsInit(login.session(), wanted.data(), wanted.size());
  std::array<CK_OBJECT_HANDLE, 2> keys{};
  CK_ULONG found = 0;
  if (answer == CKR_OK) answer = module->C_FindObjects(login.session(), keys.data(), keys.size(), &found);
  if (answer == CKR_OK) answer = module->C_FindObjectsFinal(login.session());
  if (answer != CKR_OK) return failed("its keys are not listed", answer);
  if (found == 1) return keys[0];
  return refused(found == 0 ? "the token has no such secret key"
                            : "several keys are such: name one, by object= and id=");
}

// A key that can be taken from the token is a copy in whoever's hand took it.
Status check_kept(const Module& module, const Login& login, CK_OBJECT_HANDLE key) {
  CK_BBOOL extractable = CK_TRUE;
  CK_BBOOL sensitive = CK_FALSE;
  std::array<CK_ATTRIBUTE, 2> asked = {CK_ATTRIBUTE{CKA_EXTRACTABLE, &extractable, sizeof(extractable)},
                                       CK_ATTRIBUTE{CKA_SENSITIVE, &sensitive, sizeof(sensitive)}};
  const CK_RV answer = module->C_GetAttributeValue(login.session(), key, asked.data(), asked.size());
  if (answer != CKR_OK) return failed("the key's attributes", answer);
  if (extractable == CK_FALSE && sensitive == CK_TRUE) return absl::OkStatus();
  return refused("the key can be taken from the token: make one that is sensitive and not extractable");
}

Result<Secret> authenticate(const Module& module, const Login& login, CK_OBJECT_HANDLE key, const MasterSalt& salt) {
  std::vector<CK_BYTE> text(kLabel.begin(), kLabel.end());
  text.insert(text.end(), salt.begin(), salt.end());
  Result<Secret> code = Secret::make();
  if (!code.ok()) return code;
  CK_MECHANISM mechanism{CKM_SHA256_HMAC, nullptr, 0};
  CK_ULONG length = Secret::kBytes;
  CK_RV answer = module->C_SignInit(login.session(), &mechanism, key);
  if (answer == CKR_OK)
    answer = module->C_Sign(login.session(), text.data(), text.size(), code->octets().data(), &length);
  if (answer != CKR_OK) return failed("HMAC by SHA-256", answer);
  if (length != Secret::kBytes) return refused("what it gives has another length than SHA-256");
  return code;
}

}  // namespace

Result<TokenMasterKey> TokenMasterKey::of_uri(const std::string& uri) {
  if (const Result<Uri> parsed = parse(uri); !parsed.ok()) return parsed.status();
  return TokenMasterKey(uri);
}

Result<Secret> TokenMasterKey::load(const MasterKeyHint& hint) const {
  const Result<Uri> uri = parse(uri_);
  if (!uri.ok()) return uri.status();
  const Result<PrivateText> pin = read_private_file(pin_path_of(uri->get()), kPinBytesMax, "PIN of a token");
  if (!pin.ok()) return pin.status();
  const Result<Module> module = Module::load(p11_kit_uri_get_module_path(uri->get()));
  if (!module.ok()) return module.status();
  const Result<CK_SLOT_ID> slot = find_token(*module, uri->get());
  if (!slot.ok()) return slot.status();
  const Result<Login> login = Login::enter(*module, *slot, *pin);
  if (!login.ok()) return login.status();
  const Result<CK_OBJECT_HANDLE> key = find_key(*module, *login, uri->get());
  if (!key.ok()) return key.status();
  if (Status status = check_kept(*module, *login, *key); !status.ok()) return status;
  const Result<Secret> code = authenticate(*module, *login, *key, hint.salt);
  if (!code.ok()) return code.status();
  return hkdf_sha256(code->octets(), hint.salt, kLabel);
}

}  // namespace lictor::control
