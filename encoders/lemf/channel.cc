#include "encoders/lemf/channel.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>

namespace lictor::lemf {
namespace {

Status unusable(const std::string& path) {
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  Status status =
      absl::FailedPreconditionError(fmt::format("{}: {}", path, reason == nullptr ? "cannot be read or used" : reason));
  ERR_clear_error();
  return status;
}

bool must_wait(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

Channel::Moved outcome_of(ssize_t length) {
  if (length > 0) return {Channel::State::kOctets, static_cast<size_t>(length)};
  return {length < 0 && must_wait(errno) ? Channel::State::kNothingNow : Channel::State::kEnded, 0};
}

}  // namespace

Result<ServerContext> make_server_context(const TlsFiles& files) {
  ServerContext context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  if (context == nullptr) return absl::ResourceExhaustedError("TLS: no memory");
  SSL_CTX_set_min_proto_version(context.get(), files.allow_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1)
    return unusable(files.certificate);
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1) return unusable(files.key);
  if (!files.ca.empty()) {
    if (SSL_CTX_load_verify_file(context.get(), files.ca.c_str()) != 1) return unusable(files.ca);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets without MSG_NOSIGNAL
  return context;
}

Channel::Channel(UniqueFd socket, SSL_CTX* context)
    : socket_(std::move(socket)), ssl_(context == nullptr ? nullptr : SSL_new(context), &SSL_free) {
  if (ssl_ == nullptr) return;
  SSL_set_fd(ssl_.get(), socket_.get());
  SSL_set_accept_state(ssl_.get());
}

Channel::Moved Channel::outcome(int result, size_t octets) {
  if (result == 1) return {State::kOctets, octets};
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return {State::kNothingNow, 0};
  handshake_failed_ = SSL_is_init_finished(ssl_.get()) == 0;
  return {State::kEnded, 0};
}

Channel::Moved Channel::read(MutableBytes room) {
  if (ssl_ == nullptr) return outcome_of(::recv(socket_.get(), room.data(), room.size(), MSG_DONTWAIT));
  ERR_clear_error();
  size_t octets = 0;
  const int result = SSL_read_ex(ssl_.get(), room.data(), room.size(), &octets);
  return outcome(result, octets);
}

Channel::Moved Channel::send(Bytes bytes) {
  if (ssl_ == nullptr)
    return outcome_of(::send(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
  ERR_clear_error();
  size_t octets = 0;
  const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &octets);
  return outcome(result, octets);
}

}  // namespace lictor::lemf
