#include "edges_addon.h"

#include <cstring>
#include <unordered_map>
#include <vector>

#include "address.h"
#include "arrays.h"
#include "read_columns.h"

namespace netsonde {
namespace {

// Gives each address a small number.
class Distinct {
 public:
  uint32_t of(const uint8_t* bytes) {
    Address address;
    memcpy(address.data(), bytes, address.size());
    const auto [at, made] = numbers_.try_emplace(address, static_cast<uint32_t>(numbers_.size()));
    if (made) bytes_.insert(bytes_.end(), address.begin(), address.end());
    return at->second;
  }

  const std::vector<uint8_t>& bytes() const { return bytes_; }

 private:
  std::unordered_map<Address, uint32_t, HashOfAddress> numbers_;
  std::vector<uint8_t> bytes_;
};

Napi::Value splitEdges(const Napi::CallbackInfo& info) {
  const Columns edges(objectOf(info, 0, "what is to be split"));
  const uint8_t* addresses = nullptr;
  const uint16_t* ports = nullptr;
  edges.read("addresses", addresses, 32);
  edges.read("ports", ports, 2);
  Distinct distinct;
  const size_t length = edges.length();
  std::vector<uint32_t> source(length), destination(length);
  std::vector<uint16_t> source_port(length), destination_port(length);
  std::vector<uint8_t> family(length);
  for (size_t row = 0; row < length; row++) {
    const uint8_t* ends = addresses + row * 32;
    source[row] = distinct.of(ends);
    destination[row] = distinct.of(ends + 16);
    source_port[row] = ports[row * 2];
    destination_port[row] = ports[row * 2 + 1];
    family[row] = isIpv4(ends + 16) ? 4 : 6;
  }
  const Napi::Env env = info.Env();
  auto object = Napi::Object::New(env);
  object.Set("distinct", arrayOf<Napi::Uint8Array>(env, distinct.bytes()));
  object.Set("source", arrayOf<Napi::Uint32Array>(env, source));
  object.Set("destination", arrayOf<Napi::Uint32Array>(env, destination));
  object.Set("sourcePort", arrayOf<Napi::Uint16Array>(env, source_port));
  object.Set("destinationPort", arrayOf<Napi::Uint16Array>(env, destination_port));
  object.Set("family", arrayOf<Napi::Uint8Array>(env, family));
  return object;
}

}  // namespace

void exportEdges(Napi::Env env, Napi::Object exports) {
  exports.Set("splitEdges", Napi::Function::New<splitEdges>(env, "splitEdges"));
}

}  // namespace netsonde
