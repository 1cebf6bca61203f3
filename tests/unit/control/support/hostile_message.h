// Requests as somebody makes them who wants to break in: filled by their descriptors with what is right, nearly right
// and wrong, then damaged octet by octet. One thread.
#pragma once

#include <google/protobuf/message.h>

#include <random>
#include <string>
#include <vector>

namespace lictor::control {

class HostileMessages {
 public:
  explicit HostileMessages(uint64_t seed) : random_(seed) {}

  // What strings may be, besides what every generator knows: ids that exist, so that acts come to something.
  void know(std::string word) { words_.push_back(std::move(word)); }

  // The octets of a message of this type, or nearly.
  std::string make(const google::protobuf::Descriptor& type);
  // The same, from a message that is right.
  std::string make_from(const google::protobuf::Message& right);

  uint64_t below(uint64_t bound) { return std::uniform_int_distribution<uint64_t>(0, bound - 1)(random_); }

 private:
  static constexpr int kDepthMax = 4;

  void fill(google::protobuf::Message& message, int depth);
  // Sets one value of the field; in a repeated one, appends it.
  void set(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field, int depth);
  void change_one(google::protobuf::Message& message, int depth);
  int64_t number();
  std::string text(bool is_octets);
  std::string damaged(std::string octets);

  std::mt19937_64 random_;
  std::vector<std::string> words_;
};

}  // namespace lictor::control
