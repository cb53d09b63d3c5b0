// What JavaScript sees: plain values in, work off the event loop, plain values out. src/native/ describes the shapes.
#include <linux/wireguard.h>
#include <napi.h>

#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "capture_addon.h"
#include "cgroup_addon.h"
#include "columns.h"
#include "datapath.h"
#include "edges_addon.h"
#include "error.h"
#include "file_pages.h"
#include "generic_netlink.h"
#include "handle.h"
#include "interfaces.h"
#include "later.h"
#include "monitor_addon.h"
#include "options_addon.h"
#include "owners_addon.h"
#include "passing_addon.h"
#include "tcp_addon.h"

namespace {

using netsonde::Datapath;
using netsonde::later;
using netsonde::LinkType;
using netsonde::orThrow;

constexpr napi_type_tag kDatapathTag = {0x6e6574736f6e6465, 0x6461746170617468};
using Handle = netsonde::Handle<Datapath>;

const Handle& datapathOf(const Napi::CallbackInfo& info) {
  return netsonde::handleOf<Datapath>(info, kDatapathTag, "a datapath");
}

uint32_t uint32Of(const Napi::CallbackInfo& info, size_t index, const char* name) {
  if (info.Length() > index && info[index].IsNumber()) {
    const double value = info[index].As<Napi::Number>().DoubleValue();
    if (value >= 0 && value <= UINT32_MAX && value == static_cast<uint32_t>(value)) return static_cast<uint32_t>(value);
  }
  throw Napi::TypeError::New(info.Env(), std::string(name) + " is not a whole number of 32 bits");
}

LinkType linkTypeOf(const Napi::CallbackInfo& info, size_t index) {
  std::string name;
  if (info.Length() > index && info[index].IsString()) name = info[index].As<Napi::String>().Utf8Value();
  if (name == "ethernet") return LinkType::kEthernet;
  if (name == "ip") return LinkType::kIp;
  throw Napi::TypeError::New(info.Env(), "the link type is neither ethernet nor ip");
}

Napi::Value open(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsString()) throw Napi::TypeError::New(env, "the object's path is not a string");
  const std::string path = info[0].As<Napi::String>();
  const netsonde::Options options = netsonde::optionsOf(info[1]);
  return netsonde::handOut(env, kDatapathTag, orThrow(env, [&] { return std::make_shared<Datapath>(path, options); }),
                           &Datapath::close);
}

void attachTcx(const Napi::CallbackInfo& info) {
  const Handle& datapath = datapathOf(info);
  orThrow(info.Env(), [&] { datapath->attachTcx(uint32Of(info, 1, "ifindex"), linkTypeOf(info, 2)); });
}

Napi::Value attachClsact(const Napi::CallbackInfo& info) {
  const Handle& datapath = datapathOf(info);
  return Napi::Boolean::New(info.Env(), orThrow(info.Env(), [&] {
                              return datapath->attachClsact(uint32Of(info, 1, "ifindex"), linkTypeOf(info, 2));
                            }));
}

void attachCgroup(const Napi::CallbackInfo& info) {
  const Handle& datapath = datapathOf(info);
  if (info.Length() < 2 || !info[1].IsString()) throw Napi::TypeError::New(info.Env(), "the directory is not a string");
  const std::string directory = info[1].As<Napi::String>();
  orThrow(info.Env(), [&] { datapath->attachCgroup(directory); });
}

void watchListeners(const Napi::CallbackInfo& info) {
  const Handle& datapath = datapathOf(info);
  if (info.Length() < 2 || !info[1].IsString())
    throw Napi::TypeError::New(info.Env(), "the object's path is not a string");
  const std::string path = info[1].As<Napi::String>();
  orThrow(info.Env(), [&] { datapath->watchListeners(path); });
}

Napi::Value removeStaleFilters(const Napi::CallbackInfo& info) {
  const uint32_t ifindex = uint32Of(info, 0, "ifindex");
  return Napi::Boolean::New(info.Env(), orThrow(info.Env(), [&] { return netsonde::removeStaleFilters(ifindex); }));
}

void detach(const Napi::CallbackInfo& info) { datapathOf(info)->detach(uint32Of(info, 1, "ifindex")); }

void setFilterInterface(const Napi::CallbackInfo& info) {
  const Handle& datapath = datapathOf(info);
  const uint32_t ifindex = uint32Of(info, 1, "ifindex");
  if (info.Length() < 3 || !info[2].IsBigInt()) throw Napi::TypeError::New(info.Env(), "rules is not a BigInt");
  bool lossless = true;
  const uint64_t rules = info[2].As<Napi::BigInt>().Uint64Value(&lossless);
  orThrow(info.Env(), [&] { datapath->setFilterInterface(ifindex, rules); });
}

void close(const Napi::CallbackInfo& info) { datapathOf(info)->close(); }

Napi::Value drain(const Napi::CallbackInfo& info) {
  const bool last = info.Length() > 1 && info[1].ToBoolean();
  return later(
      info.Env(), "netsonde:drain", [datapath = datapathOf(info), last] { return datapath->drain(last); },
      netsonde::columnsOf);
}

Napi::Value linkAddresses(const Napi::CallbackInfo& info) {
  if (info.Length() < 2 || !info[1].IsTypedArray()) throw Napi::TypeError::New(info.Env(), "keys is not an array");
  const auto bytes = info[1].As<Napi::Uint8Array>();
  std::vector<link_key> keys(bytes.ByteLength() / sizeof(link_key));
  if (!keys.empty()) memcpy(keys.data(), bytes.Data(), keys.size() * sizeof(link_key));
  return later(
      info.Env(), "netsonde:link-addresses",
      [datapath = datapathOf(info), keys = std::move(keys)] { return datapath->linkAddresses(keys); },
      [](Napi::Env env, std::vector<link_addresses>&& found) {
        auto array = Napi::Uint8Array::New(env, found.size() * sizeof(link_addresses));
        if (!found.empty()) memcpy(array.Data(), found.data(), array.ByteLength());
        return array;
      });
}

// A TCX link waits for the kernel's readers, some 15 ms, and so does its end: not on the event loop.
Napi::Value flagLater(Napi::Env env, std::function<bool()> work) {
  return later(env, "netsonde:attach", std::move(work),
               [](Napi::Env env, bool flag) { return Napi::Boolean::New(env, flag); });
}

Napi::Value attachLater(const Napi::CallbackInfo& info) {
  const Handle datapath = datapathOf(info);
  const uint32_t ifindex = uint32Of(info, 1, "ifindex");
  const LinkType link = linkTypeOf(info, 2);
  const bool clsact = info.Length() > 3 && info[3].ToBoolean();
  return flagLater(info.Env(), [=] {
    if (clsact) return datapath->attachClsact(ifindex, link);
    datapath->attachTcx(ifindex, link);
    return false;
  });
}

Napi::Value detachLater(const Napi::CallbackInfo& info) {
  const Handle datapath = datapathOf(info);
  const uint32_t ifindex = uint32Of(info, 1, "ifindex");
  return flagLater(info.Env(), [=] {
    datapath->detach(ifindex);
    return true;
  });
}

Napi::Value interfaces(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto found = orThrow(env, [] { return netsonde::readInterfaces(); });
  auto list = Napi::Array::New(env, found.size());
  for (uint32_t i = 0; i < found.size(); i++) {
    auto one = Napi::Object::New(env);
    one.Set("index", found[i].index);
    one.Set("name", found[i].name);
    one.Set("kind", found[i].kind);
    one.Set("type", found[i].type);
    one.Set("master", found[i].master);
    one.Set("link", found[i].link);
    one.Set("tunnelPort", found[i].tunnel_port);
    list.Set(i, one);
  }
  return list;
}

Napi::Value wireguardPortIn(const Napi::CallbackInfo& info) {
  if (info.Length() < 1 || !info[0].IsTypedArray()) throw Napi::TypeError::New(info.Env(), "answer is not an array");
  const auto bytes = info[0].As<Napi::Uint8Array>();
  const auto port = netsonde::genericAttribute(bytes.Data(), bytes.ByteLength(), WGDEVICE_A_LISTEN_PORT);
  return Napi::Number::New(info.Env(), port.value_or(0));
}

void releaseFilePages(const Napi::CallbackInfo&) { netsonde::releaseFilePages(); }

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("open", Napi::Function::New<open>(env, "open"));
  exports.Set("attachTcx", Napi::Function::New<attachTcx>(env, "attachTcx"));
  exports.Set("attachClsact", Napi::Function::New<attachClsact>(env, "attachClsact"));
  exports.Set("attachCgroup", Napi::Function::New<attachCgroup>(env, "attachCgroup"));
  exports.Set("watchListeners", Napi::Function::New<watchListeners>(env, "watchListeners"));
  exports.Set("removeStaleFilters", Napi::Function::New<removeStaleFilters>(env, "removeStaleFilters"));
  exports.Set("detach", Napi::Function::New<detach>(env, "detach"));
  exports.Set("linkAddresses", Napi::Function::New<linkAddresses>(env, "linkAddresses"));
  exports.Set("setFilterInterface", Napi::Function::New<setFilterInterface>(env, "setFilterInterface"));
  exports.Set("drain", Napi::Function::New<drain>(env, "drain"));
  exports.Set("close", Napi::Function::New<close>(env, "close"));
  exports.Set("attachLater", Napi::Function::New<attachLater>(env, "attachLater"));
  exports.Set("detachLater", Napi::Function::New<detachLater>(env, "detachLater"));
  exports.Set("releaseFilePages", Napi::Function::New<releaseFilePages>(env, "releaseFilePages"));
  exports.Set("wireguardPortIn", Napi::Function::New<wireguardPortIn>(env, "wireguardPortIn"));
  exports.Set("interfaces", Napi::Function::New<interfaces>(env, "interfaces"));
  netsonde::exportCapture(env, exports);
  netsonde::exportCgroups(env, exports);
  netsonde::exportMonitor(env, exports);
  netsonde::exportOwners(env, exports);
  netsonde::exportTcp(env, exports);
  netsonde::exportEdges(env, exports);
  netsonde::exportPassing(env, exports);
  exports.Set("slots", SLOTS);
  return exports;
}

}  // namespace

NODE_API_MODULE(netsonde, init)
