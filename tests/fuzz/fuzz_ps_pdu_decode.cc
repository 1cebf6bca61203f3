// Two readers of PS-PDUs beside each other: what the walker finds without fault asn1c decodes whole, and what asn1c
// writes again is the same octets, but for members that our module does not know.
// Inputs are changed as trees of TLVs, so that most of them still are records.

#include <PsPdu.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "dataplane/base/check.h"
#include "encoders/der/der_walker.h"
#include "encoders/etsi/asn1_codec.h"
#include "encoders/etsi/der_write.h"
#include "encoders/etsi/tlv.h"

namespace {

using namespace lictor;

constexpr size_t kDepthMax = 20;
constexpr uint8_t kConstructed = 0x20;

struct Node {
  uint8_t tag = 0;
  std::vector<uint8_t> octets;  // of a primitive
  std::vector<Node> children;   // of a constructed one

  [[nodiscard]] bool constructed() const { return (tag & kConstructed) != 0; }
};

// Whether `bytes` is nothing but TLVs.
bool parse(Bytes bytes, std::vector<Node>& nodes, size_t depth) {
  while (!bytes.empty()) {
    const std::optional<Tlv> tlv = first_tlv(bytes);
    if (!tlv || depth == kDepthMax) return false;
    Node node{.tag = tlv->tag, .octets = {}, .children = {}};
    if (node.constructed()) {
      if (!parse(tlv->content, node.children, depth + 1)) return false;
    } else {
      node.octets.assign(tlv->content.begin(), tlv->content.end());
    }
    nodes.push_back(std::move(node));
    bytes = bytes.subspan(tlv->whole.size());
  }
  return true;
}

// Whether `part` is `whole` without some members, and otherwise octet for octet the same.
bool covers(const std::vector<Node>& whole, const std::vector<Node>& part) {
  auto at = whole.begin();
  for (const Node& node : part) {
    at = std::find_if(at, whole.end(), [&node](const Node& other) { return other.tag == node.tag; });
    if (at == whole.end() || at->octets != node.octets || !covers(at->children, node.children)) return false;
    ++at;
  }
  return true;
}

void write(const Node& node, std::vector<uint8_t>& out) {
  std::vector<uint8_t> content = node.octets;
  for (const Node& child : node.children) write(child, content);
  const size_t start = out.size();
  out.resize(start + der::tlv_octets(content.size()));
  der::Writer writer(out.data() + start);
  writer.header(node.tag, content.size());
  writer.bytes(content);
}

void list(std::vector<Node>& nodes, std::vector<Node*>& all) {
  for (Node& node : nodes) {
    all.push_back(&node);
    list(node.children, all);
  }
}

using Random = std::minstd_rand;

size_t below(Random& random, size_t bound) { return random() % bound; }

// Takes out, repeats or exchanges members, or puts in one from elsewhere.
void change_children(Node& node, const Node& other, Random& random) {
  std::vector<Node>& children = node.children;
  const size_t place = below(random, children.size() + 1);
  const auto at = children.begin() + static_cast<ptrdiff_t>(place);
  if (below(random, 4) == 0 || children.empty()) {
    Node copy = other;  // `other` may be among the children
    children.insert(at, std::move(copy));
  } else if (place == children.size()) {
    std::swap(children.front(), children[below(random, children.size())]);
  } else if (below(random, 2) == 0) {
    children.erase(at);
  } else {
    Node copy = children[below(random, children.size())];
    children.insert(at, std::move(copy));
  }
}

// Around the places where a minimal INTEGER becomes wider.
void change_octets(Node& node, Random& random) {
  constexpr uint8_t kOctets[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
  const uint8_t octet = below(random, 2) == 0 ? kOctets[below(random, 5)] : static_cast<uint8_t>(random());
  if (node.octets.empty() || below(random, 4) == 0) {
    node.octets.insert(node.octets.begin(), octet);
  } else if (below(random, 4) == 0) {
    node.octets.pop_back();
  } else {
    node.octets[below(random, node.octets.size())] = octet;
  }
}

void change(std::vector<Node>& nodes, Random& random) {
  std::vector<Node*> all;
  list(nodes, all);
  Node& node = *all[below(random, all.size())];
  if (below(random, 8) == 0) {
    node.tag = static_cast<uint8_t>((node.tag & 0xe0) | below(random, 30));
  } else if (node.constructed()) {
    change_children(node, *all[below(random, all.size())], random);
  } else {
    change_octets(node, random);
  }
}

}  // namespace

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t size_max);

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t size_max, unsigned int seed) {
  Random random(seed);
  std::vector<Node> nodes;
  if (below(random, 8) == 0 || !parse(Bytes(data, size), nodes, 0) || nodes.empty()) {
    return LLVMFuzzerMutate(data, size, size_max);
  }
  for (size_t times = 1 + below(random, 3); times > 0; --times) change(nodes, random);
  std::vector<uint8_t> out;
  for (const Node& node : nodes) write(node, out);
  if (out.size() > size_max) return LLVMFuzzerMutate(data, size, size_max);
  std::copy(out.begin(), out.end(), data);
  return out.size();
}

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  asn1::prime_asn1_types();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes record(data, size);
  der::RecordView view;
  der::walk_record(record, view);
  // asn1c sees nothing else: on a record in error it shifts beyond its integers, and Lictor does not ask it to read
  // one.
  if (!view.deviations.none()) return 0;
  void* decoded = nullptr;
  asn_codec_ctx_t no_stack_limit{};  // asn1c measures it by addresses, and a sanitiser's stack may lie on the heap
  const asn_dec_rval_t result = ber_decode(&no_stack_limit, &asn_DEF_PsPdu, &decoded, data, size);
  const asn1::PsPduPtr pdu(static_cast<PsPdu_t*>(decoded));
  LICTOR_CHECK(result.code == RC_OK && result.consumed == size);
  std::vector<uint8_t> out(size);
  const Bytes again = Bytes(out).first(asn1::encode_der(*pdu, out));
  std::vector<Node> whole;
  // Nothing: an alternative that our module does not know. Parts of no type at all may have tags that parse() refuses.
  if (again.empty() || !parse(record, whole, 0)) return 0;
  std::vector<Node> part;
  LICTOR_CHECK(parse(again, part, 0) && covers(whole, part));
  return 0;
}
