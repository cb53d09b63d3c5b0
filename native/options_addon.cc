#include "options_addon.h"

#include <string>

namespace netsonde {
namespace {

uint32_t uint32Of(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  if (value.IsNumber()) {
    const double number = value.As<Napi::Number>().DoubleValue();
    if (number >= 0 && number <= UINT32_MAX && number == static_cast<uint32_t>(number))
      return static_cast<uint32_t>(number);
  }
  throw Napi::TypeError::New(object.Env(), std::string(name) + " is not a whole number of 32 bits");
}

}  // namespace

Options optionsOf(Napi::Value value) {
  if (!value.IsObject()) throw Napi::TypeError::New(value.Env(), "the options are not an object");
  const auto object = value.As<Napi::Object>();
  Options options;
  options.max_flows = uint32Of(object, "maxFlows");
  options.constants.decapsulate = object.Get("decapsulate").ToBoolean();
  return options;
}

}  // namespace netsonde
