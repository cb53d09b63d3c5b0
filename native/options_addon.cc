#include "options_addon.h"

#include <arpa/inet.h>

#include <cstring>
#include <string>

namespace netsonde {
namespace {

uint32_t uint32Of(const Napi::Object& object, const char* name, uint32_t max = UINT32_MAX) {
  const Napi::Value value = object.Get(name);
  if (value.IsNumber()) {
    const double number = value.As<Napi::Number>().DoubleValue();
    if (number >= 0 && number <= max && number == static_cast<uint32_t>(number)) return static_cast<uint32_t>(number);
  }
  throw Napi::TypeError::New(object.Env(), std::string(name) + " is not a whole number up to " + std::to_string(max));
}

// The first `length` of `bits` bits are ones.
void setMask(uint8_t* mask, uint32_t bits, uint32_t length) {
  for (uint32_t i = 0; i < bits && i < length; i++) mask[i / 8] |= 0x80 >> i % 8;
}

void setAddress(const Napi::Object& object, filter_rule& rule) {
  if (object.Get("address").IsUndefined()) return;
  const std::string address = object.Get("address").ToString();
  rule.family = address.find(':') == std::string::npos ? 4 : 6;
  auto* bytes = reinterpret_cast<uint8_t*>(rule.address);
  auto* mask = reinterpret_cast<uint8_t*>(rule.mask);
  if (rule.family == 4) bytes += 8, mask += 8;
  const uint32_t bits = rule.family == 4 ? 32 : 128;
  if (inet_pton(rule.family == 4 ? AF_INET : AF_INET6, address.c_str(), bytes) != 1)
    throw Napi::TypeError::New(object.Env(), address + " is not an address");
  setMask(mask, bits, uint32Of(object, "prefix", bits));
}

filter_rule ruleOf(Napi::Value value) {
  if (!value.IsObject()) throw Napi::TypeError::New(value.Env(), "a filter is not an object");
  const auto object = value.As<Napi::Object>();
  filter_rule rule = {};
  setAddress(object, rule);
  if (!object.Get("port").IsUndefined()) rule.port = htons(static_cast<uint16_t>(uint32Of(object, "port", 65535)));
  const Napi::Value protocols = object.Get("protocols");
  if (protocols.IsArray()) {
    const auto list = protocols.As<Napi::Array>();
    rule.protocols = 1;
    for (uint32_t i = 0; i < 2; i++) {
      const Napi::Value protocol = list.Get(list.Length() > i ? i : 0);
      rule.protocol[i] = static_cast<uint8_t>(protocol.ToNumber().Uint32Value());
    }
  }
  rule.excludes = object.Get("excludes").ToBoolean();
  rule.of_interfaces = object.Get("ofInterfaces").ToBoolean();
  return rule;
}

void setFilters(Napi::Value value, Options& options) {
  if (!value.IsArray()) return;
  const auto list = value.As<Napi::Array>();
  if (list.Length() > MAX_FILTER_RULES) throw Napi::TypeError::New(value.Env(), "too many filters");
  for (uint32_t i = 0; i < list.Length(); i++) {
    options.filter_rules.push_back(ruleOf(list.Get(i)));
    if (!options.filter_rules.back().excludes) options.constants.filter_includes = 1;
  }
  options.constants.filter_rules = list.Length();
}

}  // namespace

Options optionsOf(Napi::Value value) {
  if (!value.IsObject()) throw Napi::TypeError::New(value.Env(), "the options are not an object");
  const auto object = value.As<Napi::Object>();
  Options options;
  options.max_flows = uint32Of(object, "maxFlows");
  options.hooks = object.Get("atSockets").ToBoolean() ? Hooks::kSockets : Hooks::kInterfaces;
  options.constants.with_loopback = object.Get("withLoopback").ToBoolean();
  options.constants.link_addresses = object.Get("linkAddresses").ToBoolean();
  options.constants.decapsulate = object.Get("decapsulate").ToBoolean();
  options.constants.signals = object.Get("signals").ToBoolean();
  setFilters(object.Get("filters"), options);
  if (!object.Get("sampling").IsUndefined()) {
    const uint32_t sampling = uint32Of(object, "sampling");
    options.constants.sampling = sampling > 1 ? sampling : 0;
    options.constants.sampling_seed = uint32Of(object, "samplingSeed");
  }
  return options;
}

}  // namespace netsonde
