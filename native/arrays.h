// Columns as JavaScript's typed arrays.
#pragma once

#include <napi.h>

#include <cstring>
#include <vector>

namespace netsonde {

template <typename Array, typename Element>
Array arrayOf(Napi::Env env, const std::vector<Element>& column) {
  static_assert(sizeof(Element) == sizeof(*Array().Data()));
  Array array = Array::New(env, column.size());
  if (!column.empty()) memcpy(array.Data(), column.data(), column.size() * sizeof(Element));
  return array;
}

}  // namespace netsonde
