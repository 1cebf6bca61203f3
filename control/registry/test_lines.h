// The operator's test lines: whom a warrant for a test may name. A file with a line each, "SELECTOR" or
// "SELECTOR@SCOPE" as lictorctl takes targets, "#" before remarks; with a detached signature of somebody who is not
// whoever runs the daemon. Read at start.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "control/registry/policy.h"
#include "control/registry/violations.h"
#include "lictor/v1/warrant.pb.h"

namespace lictor::control {

constexpr size_t kTestLinesMax = 1024;
constexpr size_t kTestLinesBytesMax = 1 << 20;

struct SignedFile {
  std::string path;
  std::string signature_path;  // octets: Ed25519 over the file, or another key's over its SHA-256
  std::string key_path;        // the public key, PEM
};

// FailedPrecondition: the signature does not hold, or something cannot be read. Nothing of the file is looked at before
// its signature is.
Result<std::vector<v1::TargetSpec>> load_test_lines(const SignedFile& file);

// InvalidArgument names the line. Patterns are none: they name nobody.
Result<std::vector<v1::TargetSpec>> parse_test_lines(std::string_view text);

// Each target of a warrant for a test is on a test line, and it is short.
void check_test(const v1::Warrant& warrant, const Policy& policy, Violations& violations);

}  // namespace lictor::control
