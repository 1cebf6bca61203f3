#include "control/cli/audit_files.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "control/audit/verify.h"
#include "control/cli/words.h"
#include "control/registry/hex.h"
#include "control/vault/master_key_source.h"
#include "lictor/v1/audit.grpc.pb.h"

namespace lictor::control::cli {
namespace {

constexpr size_t kTextFileMax = 65536;
constexpr size_t kSecretsMax = 64;  // of which one is needed
constexpr uint32_t kFilesMax = 999'999;

std::optional<std::string> read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kTextFileMax, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.empty()) return std::nullopt;
  return text;
}

std::string text_of(const AuditHead& head) {
  return fmt::format("{}:{}", head.number, hex_of({reinterpret_cast<const char*>(head.hash.data()), head.hash.size()}));
}

std::optional<AuditHead> parse_head(std::string_view text) {
  text = text.substr(0, text.find_first_of(" \r\n"));
  AuditHead head;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), head.number);
  if (error != std::errc() || end == text.data() + text.size() || *end != ':') return std::nullopt;
  const std::optional<std::string> hash = octets_of_hex({end + 1, text.data() + text.size()});
  if (!hash || hash->size() != head.hash.size()) return std::nullopt;
  std::ranges::copy(as_bytes(*hash), head.hash.begin());
  return head;
}

// "NUMBER:HASH", else the file of that name.
Result<AuditHead> read_head(const std::string& word) {
  std::optional<AuditHead> head = parse_head(word);
  if (head) return *head;
  const std::optional<std::string> text = read_text(word);
  if (text) head = parse_head(*text);
  if (!head) return absl::InvalidArgumentError("--remembered: NUMBER:HASH, or a file that begins with that");
  return *head;
}

Result<PublicKey> read_public_key(const std::string& path) {
  const std::optional<std::string> text = read_text(path);
  if (!text) return absl::InvalidArgumentError("--public-key: " + path + " cannot be read");
  return parse_public_key_pem(*text);
}

void print_verdict(const AuditVerdict& verdict, bool json) {
  if (json) {
    nlohmann::json said = {{"holds", !verdict.problem},
                           {"entries", verdict.head.number},
                           {"signed", verdict.checkpoint},
                           {"head", text_of(verdict.head)},
                           {"last", time_text(verdict.last_unix_ns)}};
    if (verdict.problem)
      said["first_bad"] = {
          {"entry", verdict.problem->entry}, {"file", verdict.problem->file}, {"what", verdict.problem->what}};
    fmt::print("{}\n", said.dump(1, ' ', false, nlohmann::json::error_handler_t::replace));
    return;
  }
  if (verdict.problem)
    fmt::print("NOT GENUINE: {}: entry {}: {}\n", verdict.problem->file, verdict.problem->entry, verdict.problem->what);
  fmt::print("{} entries hold, the last of {}\nhead {}\n", verdict.head.number, time_text(verdict.last_unix_ns),
             text_of(verdict.head));
  if (verdict.checkpoint < verdict.head.number)
    fmt::print("entries behind {} are not signed yet: only the head, or the first MAC key, proves them\n",
               verdict.checkpoint);
}

Result<AuditVerdict> judge(const AuditVerifyWords& words) {
  const Result<PublicKey> key = read_public_key(words.public_key);
  if (!key.ok()) return key.status();
  AuditVerifyOptions options{.key = *key};
  if (!words.remembered.empty()) {
    const Result<AuditHead> head = read_head(words.remembered);
    if (!head.ok()) return head.status();
    options.remembered = *head;
  }
  if (words.initial_key.empty()) return verify_audit(words.directory, options);
  if (!Secret::prepare(kSecretsMax)) fmt::print(stderr, "lictorctl: the key cannot be locked into memory\n");
  Result<Secret> mac = FileMasterKey(words.initial_key).load({});
  if (!mac.ok()) return mac.status();
  options.initial_mac = &*mac;
  return verify_audit(words.directory, options);
}

// Where the pieces go. Nothing that exists is written over.
class Folder {
 public:
  explicit Folder(std::string path) : path_(std::move(path)) {}

  bool make() const { return ::mkdir(path_.c_str(), 0700) == 0; }
  bool take(const v1::AuditPiece& piece) {
    if (piece.has_head()) return take_head(piece.head());
    if (piece.file() == 0 || piece.file() > kFilesMax) return false;
    if (piece.file() != file_) {
      if (piece.file() != file_ + 1) return false;
      file_ = piece.file();
      open(audit_file_name(file_));
    }
    out_.write(piece.octets().data(), static_cast<std::streamsize>(piece.octets().size()));
    return out_.good();
  }
  bool close() {
    out_.close();
    return out_.good() && head_.number > 0 && file_ == files_;
  }
  [[nodiscard]] const AuditHead& head() const { return head_; }

 private:
  void open(const std::string& name) {
    out_.close();
    out_.clear();
    out_.open(path_ + "/" + name, std::ios::binary | std::ios::trunc);
  }
  bool take_head(const v1::AuditExportHead& head) {
    if (head.hash().size() != head_.hash.size()) return false;
    head_.number = head.number();
    std::ranges::copy(as_bytes(head.hash()), head_.hash.begin());
    files_ = head.files();
    open("public.pem");
    out_ << head.public_key_pem();
    const bool written = out_.good();
    open("head");
    out_ << text_of(head_) << '\n';
    return written && out_.good();
  }

  const std::string path_;
  std::ofstream out_;
  AuditHead head_;
  uint32_t file_ = 0;
  uint32_t files_ = 0;
};

}  // namespace

int verify_audit_files(const AuditVerifyWords& words, bool json) {
  const Result<AuditVerdict> verdict = judge(words);
  if (absl::IsDataLoss(verdict.status())) {  // a file is missing between others
    fmt::print(stderr, "NOT GENUINE: {}\n", std::string(verdict.status().message()));
    return kExitRefused;
  }
  if (!verdict.ok()) return usage_error(std::string(verdict.status().message()));
  print_verdict(*verdict, json);
  return verdict->problem ? kExitRefused : kExitOk;
}

int export_audit(Session& session, const std::string& directory) {
  Folder folder(directory);
  if (!folder.make()) return usage_error(directory + " exists, or cannot be made");
  bool written = true;
  const int code = session.read_all<v1::AuditService>(&v1::AuditService::Stub::ExportAudit, v1::ExportAuditRequest(),
                                                      [&](const v1::AuditPiece& piece) {
                                                        written = folder.take(piece);
                                                        return written;
                                                      });
  if (code != kExitOk && written) return code;
  if (!written || !folder.close()) return usage_error(directory + ": the log could not be written whole");
  fmt::print(
      "{} entries; verify them with the public key that was taken away when the log began:\n"
      "lictorctl audit verify {} --public-key FILE --remembered {}/head\n",
      folder.head().number, directory, directory);
  return kExitOk;
}

}  // namespace lictor::control::cli
