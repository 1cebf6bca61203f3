// What the control tests share: a directory of their own, a store in it, and an agency and a warrant that are right in
// every field, so that a test changes only what it is about.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "control/registry/time_text.h"
#include "control/store/sqlite_store.h"
#include "lictor/v1/agency.pb.h"
#include "lictor/v1/warrant.pb.h"

namespace lictor::control {

// Removed with everything in it.
class TempDir {
 public:
  TempDir() {
    std::string name = std::filesystem::temp_directory_path() / "lictor-test-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline std::unique_ptr<SqliteStore> open_store(const std::string& path) {
  Result<std::unique_ptr<SqliteStore>> store = SqliteStore::open(path);
  EXPECT_TRUE(store.ok()) << store.status();
  return store.ok() ? *std::move(store) : nullptr;
}

// 2026-11-21T08:00:00Z
constexpr LegalTime kNow{1'795'248'000 * kNanosecondsPerSecond};

inline v1::Destination make_destination(const std::string& id, v1::HandoverInterface interface, uint32_t port) {
  v1::Destination destination;
  destination.set_id(id);
  destination.set_interface(interface);
  v1::Endpoint& endpoint = *destination.add_endpoints();
  endpoint.set_host("192.0.2.200");
  endpoint.set_port(port);
  return destination;
}

inline v1::Agency make_agency(const std::string& id = "police") {
  v1::Agency agency;
  agency.set_id(id);
  agency.set_name("Police of Example");
  agency.set_country_code("AT");
  *agency.add_destinations() = make_destination("hi2", v1::HANDOVER_INTERFACE_HI2, 7002);
  *agency.add_destinations() = make_destination("hi3", v1::HANDOVER_INTERFACE_HI3, 7003);
  return agency;
}

inline v1::Warrant make_warrant(const std::string& liid = "LIID-1", const std::string& agency_id = "police") {
  v1::Warrant warrant;
  warrant.set_agency_id(agency_id);
  warrant.set_liid(liid);
  warrant.set_legal_reference("1 A 2/26");
  warrant.set_authorising_person("J. Doe");
  warrant.set_authorization_country("AT");
  warrant.set_operator_id("OPER1");
  warrant.set_user_label("user@example.org");
  warrant.set_internet_access_type(v1::INTERNET_ACCESS_TYPE_XDSL);
  warrant.set_start("2026-11-21T09:00:00Z");
  warrant.set_end("2026-11-22T08:00:00Z");
  warrant.set_content(v1::CONTENT_IRI_AND_CC);
  warrant.add_targets()->set_selector("ipv4:192.0.2.7");
  return warrant;
}

}  // namespace lictor::control
