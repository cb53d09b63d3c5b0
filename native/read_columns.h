// Columns that JavaScript hands over.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace netsonde {

// Argument `at`. Throws Napi::TypeError.
inline Napi::Object objectOf(const Napi::CallbackInfo& info, size_t at, const char* name) {
  if (info.Length() <= at || !info[at].IsObject())
    throw Napi::TypeError::New(info.Env(), std::string(name) + " is not an object");
  return info[at].As<Napi::Object>();
}

// The columns of an object, as long as it says it is.
class Columns {
 public:
  explicit Columns(Napi::Object object) : object_(object), length_(object.Get("length").ToNumber().Uint32Value()) {}

  size_t length() const { return length_; }

  // each: entries a row. Throws Napi::TypeError.
  template <typename Element>
  void read(const char* name, const Element*& column, size_t each = 1) const {
    const Napi::Value value = object_.Get(name);
    if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != typeOf(column) ||
        value.As<Napi::TypedArray>().ElementLength() < length_ * each)
      throw Napi::TypeError::New(object_.Env(), std::string("the column ") + name + " is missing or too short");
    column = value.As<Napi::TypedArrayOf<Element>>().Data();
  }

 private:
  static napi_typedarray_type typeOf(const uint8_t*) { return napi_uint8_array; }
  static napi_typedarray_type typeOf(const uint16_t*) { return napi_uint16_array; }
  static napi_typedarray_type typeOf(const uint32_t*) { return napi_uint32_array; }
  static napi_typedarray_type typeOf(const double*) { return napi_float64_array; }

  Napi::Object object_;
  size_t length_;
};

}  // namespace netsonde
