// The receiver over real sockets.
#include "encoders/lemf/receiver.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "dataplane/base/unique_fd.h"
#include "tests/unit/encoders/der/record_octets.h"
#include "tests/unit/encoders/lemf/folder.h"

namespace lictor::lemf {
namespace {

// A sender's end of one connection.
class Sender {
 public:
  explicit Sender(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }

  void send(const std::string& octets) {
    size_t sent = 0;
    while (sent < octets.size()) {
      const ssize_t length = ::send(socket_.get(), octets.data() + sent, octets.size() - sent, MSG_NOSIGNAL);
      ASSERT_GT(length, 0);
      sent += static_cast<size_t>(length);
    }
  }

  // So many octets; fewer where the connection ends before.
  std::string receive(size_t octets) {
    std::string received(octets, '\0');
    size_t have = 0;
    while (have < octets) {
      const ssize_t length = ::recv(socket_.get(), received.data() + have, octets - have, 0);
      if (length <= 0) break;
      have += static_cast<size_t>(length);
    }
    received.resize(have);
    return received;
  }

 private:
  UniqueFd socket_;
};

// A receiver on a thread of its own, ended by a signal as the program is.
class Running {
 public:
  explicit Running(ReceiverOptions options) {
    options.hi2 = options.hi3 = "127.0.0.1:0";
    options.ready_file = options.out + ".ready";
    Result<std::unique_ptr<Receiver>> receiver = Receiver::open(options);
    EXPECT_TRUE(receiver.ok()) << receiver.status();
    if (!receiver.ok()) return;
    receiver_ = *std::move(receiver);
    ready = nlohmann::json::parse(read_file(options.ready_file));
    thread_ = std::thread([this] { status = receiver_->run(); });
  }
  ~Running() { stop(); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  Receiver& stop() {
    if (thread_.joinable()) {
      ::pthread_kill(thread_.native_handle(), SIGTERM);
      thread_.join();
    }
    return *receiver_;
  }
  [[nodiscard]] uint16_t hi2() const { return ready["hi2"]; }
  [[nodiscard]] uint16_t hi3() const { return ready["hi3"]; }

  nlohmann::json ready;
  Status status;

 private:
  std::unique_ptr<Receiver> receiver_;
  std::thread thread_;
};

std::string many_cc(uint32_t count) {
  std::string stream;
  for (uint32_t number = 0; number < count; ++number) stream += der::cc(der::numbered(number));
  return stream;
}

size_t lines(const std::string& text) { return static_cast<size_t>(std::count(text.begin(), text.end(), '\n')); }

TEST(Receiver, ASecondOneDoesNotWriteIntoTheSameFolder) {
  const Folder folder;
  {
    Running running({.out = folder / "out"});
    Sender(running.hi3()).send(many_cc(3));
    const Result<std::unique_ptr<Receiver>> second =
        Receiver::open({.hi2 = "127.0.0.1:0", .hi3 = "127.0.0.1:0", .out = folder / "out", .ready_file = {}});
    EXPECT_TRUE(absl::IsFailedPrecondition(second.status())) << second.status();
    EXPECT_EQ(std::string(second.status().message()).find("cannot"), std::string::npos);
    running.stop();
  }
  EXPECT_EQ(lines(read_file(folder / "out/records.jsonl")), 3U);
  Running next({.out = folder / "out"});
  EXPECT_NE(next.hi2(), 0) << "free again";
}

TEST(Receiver, StoresWhatComesOnEachInterface) {
  const Folder folder;
  Running running({.out = folder / "out"});
  const std::string hi2 = der::hi1() + der::iri();
  Sender(running.hi2()).send(hi2);
  Sender(running.hi3()).send(many_cc(1000));
  const Receiver& receiver = running.stop();
  EXPECT_TRUE(running.status.ok()) << running.status;
  EXPECT_EQ(read_file(folder / "out/hi2.ber"), hi2);
  EXPECT_EQ(read_file(folder / "out/hi3.ber"), many_cc(1000));
  EXPECT_EQ(lines(read_file(folder / "out/records.jsonl")), 1002U);
  EXPECT_EQ(read_file(folder / "out/content.pcapng").size(), 60U + 1000U * 76U);
  EXPECT_EQ(receiver.hi3().counts().cc, 1000U);
  EXPECT_EQ(receiver.hi3().counts().errors, 0U);
  const nlohmann::json summary = nlohmann::json::parse(read_file(folder / "out/summary.json"));
  EXPECT_EQ(summary["hi3"]["cc"], 1000);
  EXPECT_EQ(summary["hi2"]["hi1"], 1);
  EXPECT_EQ(summary["series"].size(), 3U);
}

TEST(Receiver, KeepsNothingWhereItIsToDiscard) {
  const Folder folder;
  Running running({.out = folder / "out", .detail = Detail::kNothing, .delays = true});
  Sender sender(running.hi3());
  sender.send(many_cc(1000) + der::tri(der::numbered(7), 3));
  const std::string answer = der::tri(der::numbered(7), 4);
  EXPECT_EQ(sender.receive(answer.size()), answer);
  const Receiver& receiver = running.stop();
  EXPECT_TRUE(running.status.ok()) << running.status;
  EXPECT_EQ(receiver.hi3().counts().cc, 1000U);
  for (const char* name : {"hi2.ber", "hi3.ber", "records.jsonl", "content.pcapng", "frames.pcapng"})
    EXPECT_FALSE(std::filesystem::exists(folder / ("out/" + std::string(name)))) << name;
  const nlohmann::json summary = nlohmann::json::parse(read_file(folder / "out/summary.json"));
  EXPECT_EQ(summary["hi3"]["delays_us"]["records"], 1000);
  EXPECT_FALSE(summary["hi2"].contains("delays_us"));
}

TEST(Receiver, AnswersAKeepaliveOnItsConnectionWithItsNumber) {
  const Folder folder;
  Running running({.out = folder / "out"});
  Sender one(running.hi2());
  Sender other(running.hi2());
  one.send(der::tri(der::numbered(41), 3));
  other.send(der::tri(der::numbered(42), 3));
  const std::string answer = der::tri(der::numbered(42), 4);
  EXPECT_EQ(other.receive(answer.size()), answer);
  EXPECT_EQ(one.receive(answer.size()), der::tri(der::numbered(41), 4));
  EXPECT_EQ(running.stop().hi2().counts().keepalives, 2U);
}

TEST(Receiver, AnswersForRecordsThatAreInTheirFile) {
  const Folder folder;
  Running running({.out = folder / "out"});
  Sender sender(running.hi3());
  sender.send(der::cc(der::numbered(0)) + der::tri(der::numbered(9), 12));
  const std::string answer = der::tri(der::numbered(9), 13);
  EXPECT_EQ(sender.receive(answer.size()), answer);
  EXPECT_TRUE(read_file(folder / "out/hi3.ber").starts_with(der::cc(der::numbered(0))));
  EXPECT_EQ(running.stop().hi3().counts().acknowledgements, 1U);
}

TEST(Receiver, DeclinesOptionsWhereItIsToldTo) {
  const Folder folder;
  Running running({.out = folder / "out", .option_manners = OptionManners::kDecline});
  Sender sender(running.hi2());
  const std::string option = der::tlv(0x80, "");
  sender.send(der::pdu({}, der::tlv(0xa2, der::tlv(0xa9, der::tlv(0xa0, option)))));
  const std::string answer = der::pdu({}, der::tlv(0xa2, der::tlv(0xaa, der::tlv(0xa0, "") + der::tlv(0xa1, option))));
  EXPECT_EQ(sender.receive(answer.size()), answer);
  EXPECT_EQ(running.stop().hi2().counts().errors, 0U);
}

TEST(Receiver, RecordsOfSeveralConnectionsStayWhole) {
  const Folder folder;
  Running running({.out = folder / "out"});
  const std::string record = der::cc(der::numbered(0, "LIID-A"));
  Sender slow(running.hi3());
  slow.send(record.substr(0, 20));
  Sender(running.hi3()).send(der::cc(der::numbered(0, "LIID-B")) + der::tri({}, 3));
  slow.send(record.substr(20));
  const Receiver& receiver = running.stop();
  EXPECT_EQ(receiver.hi3().counts().errors, 0U);
  EXPECT_EQ(receiver.hi3().counts().cc, 2U);
  EXPECT_EQ(receiver.hi3().counts().connections, 2U);
}

TEST(Receiver, RepeatsAfterAReconnectAreRawOnly) {
  const Folder folder;
  Running running({.out = folder / "out"});
  const std::string first = many_cc(10) + der::tri({}, 3);
  {
    Sender sender(running.hi3());
    sender.send(first);
    EXPECT_FALSE(sender.receive(1).empty()) << "the keep-alive's answer says that what stood before it was handled";
    sender.send(der::cc(der::numbered(10)).substr(0, 40));
  }
  const std::string second = many_cc(12).substr(many_cc(7).size());
  Sender(running.hi3()).send(second);
  const Receiver& receiver = running.stop();
  EXPECT_EQ(receiver.hi3().counts().cc, 12U);
  EXPECT_EQ(receiver.hi3().counts().incomplete, 1U);
  EXPECT_EQ(receiver.hi3().counts().errors, 0U);
  EXPECT_EQ(receiver.hi3().series().totals().repeats, 3U);
  EXPECT_EQ(read_file(folder / "out/hi3.ber"), first + second);
  EXPECT_EQ(lines(read_file(folder / "out/records.jsonl")), 13U) << "twelve CC and the keep-alive";
}

TEST(Receiver, AStreamThatIsNoneClosesItsConnectionAndNoOther) {
  const Folder folder;
  Running running({.out = folder / "out"});
  Sender good(running.hi3());
  Sender bad(running.hi3());
  bad.send("GET / HTTP/1.1\r\n");
  EXPECT_EQ(bad.receive(1), "") << "closed";
  good.send(der::cc() + der::tri({}, 3));
  EXPECT_FALSE(good.receive(1).empty());
  const Receiver& receiver = running.stop();
  EXPECT_EQ(receiver.hi3().counts().errors, 1U);
  EXPECT_EQ(receiver.hi3().counts().cc, 1U);
}

TEST(Receiver, ConnectionsAreBounded) {
  const Folder folder;
  Running running({.out = folder / "out"});
  std::vector<std::unique_ptr<Sender>> senders;
  for (size_t count = 0; count < Receiver::kConnectionsMax; ++count)
    senders.push_back(std::make_unique<Sender>(running.hi2()));
  senders.front()->send(der::tri({}, 3));
  EXPECT_FALSE(senders.front()->receive(1).empty());
  EXPECT_EQ(Sender(running.hi2()).receive(1), "") << "closed at once";
  EXPECT_EQ(running.stop().hi2().counts().refused, 1U);
}

TEST(Receiver, AtItsEndItTakesWhatIsInTheSockets) {
  const Folder folder;
  // So slow that next to nothing is read before the end.
  Running running({.out = folder / "out", .pace = {.bits_per_second = 800}});
  Sender sender(running.hi3());
  sender.send(many_cc(50));
  EXPECT_EQ(running.stop().hi3().counts().cc, 50U);
}

TEST(Receiver, ReadsFreelyOnceTheSlowOctetsAreRead) {
  const Folder folder;
  Running running({.out = folder / "out", .pace = {.bits_per_second = 800'000, .octets = 2'000}});
  Sender sender(running.hi3());
  const std::string stream = many_cc(20'000);  // at that pace half a minute
  sender.send(stream + der::tri({}, 3));
  const std::string answer = der::tri({}, 4);
  EXPECT_EQ(sender.receive(answer.size()), answer);
  EXPECT_EQ(running.stop().hi3().counts().cc, 20'000U);
}

TEST(Receiver, RawOnlyWritesNothingDecoded) {
  const Folder folder;
  Running running({.out = folder / "out", .detail = Detail::kRawOnly});
  Sender(running.hi3()).send(many_cc(3));
  EXPECT_EQ(running.stop().hi3().counts().cc, 3U);
  EXPECT_FALSE(std::filesystem::exists(folder / "out/records.jsonl"));
  EXPECT_FALSE(std::filesystem::exists(folder / "out/content.pcapng"));
  EXPECT_FALSE(std::filesystem::exists(folder / "out/frames.pcapng"));
  EXPECT_EQ(read_file(folder / "out/hi3.ber"), many_cc(3));
}

TEST(Receiver, AStartGoesOnWhereTheLastOneEnded) {
  const Folder folder;
  {
    Running running({.out = folder / "out"});
    Sender(running.hi3()).send(many_cc(5));
    running.stop();
  }
  Running running({.out = folder / "out"});
  Sender(running.hi3()).send(many_cc(8).substr(many_cc(4).size()));
  const Receiver& receiver = running.stop();
  EXPECT_EQ(receiver.hi3().counts().cc, 8U);
  EXPECT_EQ(receiver.hi3().series().totals().gaps, 0U);
  EXPECT_EQ(receiver.hi3().series().totals().repeats, 1U);
  EXPECT_EQ(lines(read_file(folder / "out/records.jsonl")), 8U);
  EXPECT_EQ(read_file(folder / "out/content.pcapng").size(), 60U + 8U * 76U);
}

TEST(Receiver, WhatCannotBeOpenedIsReported) {
  const Folder folder;
  EXPECT_FALSE(Receiver::open({.hi2 = "127.0.0.1:0", .hi3 = "nowhere", .out = folder / "out"}).ok());
  write_file(folder / "file", "");
  EXPECT_FALSE(Receiver::open({.hi2 = "127.0.0.1:0", .hi3 = "127.0.0.1:0", .out = folder / "file"}).ok());
}

}  // namespace
}  // namespace lictor::lemf
