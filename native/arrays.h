// Columns as JavaScript's typed arrays.
#pragma once

#include <napi.h>

#include <cstdint>
#include <cstring>
#include <vector>

namespace netsonde {

// By way of a Buffer, whose memory is not cleared first.
template <typename Array, typename Element>
Array arrayOf(Napi::Env env, const std::vector<Element>& column) {
  static_assert(sizeof(Element) == sizeof(*Array().Data()));
  if (column.empty()) return Array::New(env, 0);
  const size_t bytes = column.size() * sizeof(Element);
  const auto buffer = Napi::Buffer<uint8_t>::New(env, bytes);
  memcpy(buffer.Data(), column.data(), bytes);
  return Array::New(env, column.size(), buffer.ArrayBuffer(), buffer.ByteOffset());
}

}  // namespace netsonde
