#include "control/rpc/audit_export.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "control/rpc/status.h"
#include "dataplane/base/unique_fd.h"

namespace lictor::control {
namespace {

constexpr size_t kPieceBytes = 65536;

class AuditExport final : public grpc::ServerWriteReactor<v1::AuditPiece> {
 public:
  AuditExport(Account& account, const Admission& admission) {
    const Status status = begin(account, admission);
    if (status.ok())
      send_head();
    else
      Finish(to_grpc(status));
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return Finish({grpc::StatusCode::UNAVAILABLE, "the reader does not read any more"});
    send_next();
  }
  void OnDone() override { delete this; }

 private:
  Status begin(Account& account, const Admission& admission) {
    const Deed deed{.action = "audit.export", .object = {}, .caller = caller_of(admission.who)};
    AuditLog* const log = account.log();
    Status wanted = admission.status;
    if (wanted.ok() && log == nullptr) wanted = absl::FailedPreconditionError("no audit log is kept");
    if (Status entered = account.before_answer(deed, wanted, Accounted::kAsRead); !entered.ok()) return entered;
    if (!wanted.ok()) return wanted;
    if (Status status = account.sign(); !status.ok()) return status;
    folder_ = log->folder();
    extent_ = log->extent();
    return absl::OkStatus();
  }

  void send_head() {
    std::ifstream key(folder_ + "/public.pem");
    v1::AuditExportHead& head = *piece_.mutable_head();
    head.set_public_key_pem(std::string(std::istreambuf_iterator<char>(key), {}));
    head.set_number(extent_.head.number);
    head.set_hash(std::string(extent_.head.hash.begin(), extent_.head.hash.end()));
    head.set_files(extent_.file);
    StartWrite(&piece_);
  }

  // What stands behind the extent is of entries that came later, or half written.
  void send_next() {
    piece_.Clear();
    const bool is_last = file_ == extent_.file;
    const size_t left = is_last ? extent_.bytes - at_ : kPieceBytes;
    const Result<std::string> octets = read(std::min(left, kPieceBytes));
    if (!octets.ok()) return Finish(to_grpc(octets.status()));
    if (octets->empty()) {
      if (is_last) return Finish(at_ == extent_.bytes ? grpc::Status::OK : to_grpc(failed("is shorter than it was")));
      ++file_;
      at_ = 0;
      descriptor_ = UniqueFd();
      return send_next();
    }
    piece_.set_file(file_);
    piece_.set_octets(*octets);
    at_ += octets->size();
    StartWrite(&piece_);
  }

  Result<std::string> read(size_t bytes) {
    if (!descriptor_.valid())
      descriptor_ = UniqueFd(::open((folder_ + "/" + audit_file_name(file_)).c_str(), O_RDONLY | O_CLOEXEC));
    if (!descriptor_.valid()) return failed("cannot be opened");
    std::string octets(bytes, '\0');
    const ssize_t got = ::pread(descriptor_.get(), octets.data(), bytes, static_cast<off_t>(at_));
    if (got < 0) return failed("cannot be read");
    octets.resize(static_cast<size_t>(got));
    return octets;
  }

  [[nodiscard]] Status failed(const char* what) const {
    return absl::DataLossError("audit log: " + audit_file_name(file_) + " " + what);
  }

  v1::AuditPiece piece_;
  std::string folder_;
  AuditLog::Extent extent_;
  uint32_t file_ = 1;
  size_t at_ = 0;
  UniqueFd descriptor_;
};

}  // namespace

grpc::ServerWriteReactor<v1::AuditPiece>* start_audit_export(Account& account, const Admission& admission) {
  return new AuditExport(account, admission);
}

}  // namespace lictor::control
