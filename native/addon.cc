// What JavaScript sees: plain values in, work off the event loop, plain values out. src/native.ts describes the shapes.
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
#include "error.h"
#include "file_pages.h"
#include "interfaces.h"
#include "monitor_addon.h"
#include "options_addon.h"
#include "tcp_addon.h"

namespace {

using netsonde::Datapath;
using netsonde::Failure;
using netsonde::LinkType;

constexpr napi_type_tag kDatapathTag = {0x6e6574736f6e6465, 0x6461746170617468};
using Handle = std::shared_ptr<Datapath>;

Napi::Error errorOf(Napi::Env env, const Failure& failure) {
  Napi::Error error = Napi::Error::New(env, failure.what());
  error.Set("code", failure.code());
  return error;
}

template <typename Work>
auto orThrow(Napi::Env env, Work work) {
  try {
    return work();
  } catch (const Failure& failure) {
    throw errorOf(env, failure);
  }
}

// Only what open() gave is taken: unwrapping a stranger's object would read memory that is not a Datapath.
const Handle& datapathOf(const Napi::CallbackInfo& info) {
  if (info.Length() < 1 || !info[0].IsExternal())
    throw Napi::TypeError::New(info.Env(), "the first argument is not a datapath");
  const auto external = info[0].As<Napi::External<Handle>>();
  if (!external.CheckTypeTag(&kDatapathTag))
    throw Napi::TypeError::New(info.Env(), "the first argument is not a datapath");
  return *external.Data();
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
  auto handle = std::make_unique<Handle>(orThrow(env, [&] { return std::make_shared<Datapath>(path, options); }));
  auto external = Napi::External<Handle>::New(env, handle.get(), [](Napi::Env, Handle* gone) {
    (*gone)->close();
    delete gone;
  });
  handle.release();
  external.TypeTag(&kDatapathTag);
  return external;
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

class Drain : public Napi::AsyncWorker {
 public:
  Drain(Napi::Env env, Handle datapath, bool last)
      : AsyncWorker(env, "netsonde:drain"),
        promise_(Napi::Promise::Deferred::New(env)),
        datapath_(std::move(datapath)),
        last_(last) {}

  Napi::Promise promise() const { return promise_.Promise(); }

  void Execute() override {
    try {
      generation_ = datapath_->drain(last_);
    } catch (const Failure& failure) {
      failure_ = std::make_unique<Failure>(failure);
    }
  }

  void OnOK() override {
    if (failure_)
      promise_.Reject(errorOf(Env(), *failure_).Value());
    else
      promise_.Resolve(netsonde::columnsOf(Env(), std::move(generation_)));
  }

  void OnError(const Napi::Error& error) override { promise_.Reject(error.Value()); }

 private:
  Napi::Promise::Deferred promise_;
  Handle datapath_;
  bool last_;
  netsonde::Generation generation_;
  std::unique_ptr<Failure> failure_;
};

Napi::Value drain(const Napi::CallbackInfo& info) {
  auto* worker = new Drain(info.Env(), datapathOf(info), info.Length() > 1 && info[1].ToBoolean());
  const Napi::Promise promise = worker->promise();
  worker->Queue();
  return promise;
}

class LookUpLinkAddresses : public Napi::AsyncWorker {
 public:
  LookUpLinkAddresses(Napi::Env env, Handle datapath, std::vector<link_key> keys)
      : AsyncWorker(env, "netsonde:link-addresses"),
        promise_(Napi::Promise::Deferred::New(env)),
        datapath_(std::move(datapath)),
        keys_(std::move(keys)) {}

  Napi::Promise promise() const { return promise_.Promise(); }

  void Execute() override {
    try {
      found_ = datapath_->linkAddresses(keys_);
    } catch (const Failure& failure) {
      failure_ = std::make_unique<Failure>(failure);
    }
  }

  void OnOK() override {
    if (failure_) {
      promise_.Reject(errorOf(Env(), *failure_).Value());
      return;
    }
    auto bytes = Napi::Uint8Array::New(Env(), found_.size() * sizeof(link_addresses));
    if (!found_.empty()) memcpy(bytes.Data(), found_.data(), bytes.ByteLength());
    promise_.Resolve(bytes);
  }

  void OnError(const Napi::Error& error) override { promise_.Reject(error.Value()); }

 private:
  Napi::Promise::Deferred promise_;
  Handle datapath_;
  std::vector<link_key> keys_;
  std::vector<link_addresses> found_;
  std::unique_ptr<Failure> failure_;
};

Napi::Value linkAddresses(const Napi::CallbackInfo& info) {
  const Handle& datapath = datapathOf(info);
  if (info.Length() < 2 || !info[1].IsTypedArray()) throw Napi::TypeError::New(info.Env(), "keys is not an array");
  const auto bytes = info[1].As<Napi::Uint8Array>();
  std::vector<link_key> keys(bytes.ByteLength() / sizeof(link_key));
  if (!keys.empty()) memcpy(keys.data(), bytes.Data(), keys.size() * sizeof(link_key));
  auto* worker = new LookUpLinkAddresses(info.Env(), datapath, std::move(keys));
  const Napi::Promise promise = worker->promise();
  worker->Queue();
  return promise;
}

// A TCX link waits for the kernel's readers, some 15 ms, and so does its end: not on the event loop.
class Later : public Napi::AsyncWorker {
 public:
  Later(Napi::Env env, std::function<bool()> work)
      : AsyncWorker(env, "netsonde:attach"), promise_(Napi::Promise::Deferred::New(env)), work_(std::move(work)) {}

  Napi::Promise promise() const { return promise_.Promise(); }

  void Execute() override {
    try {
      result_ = work_();
    } catch (const Failure& failure) {
      failure_ = std::make_unique<Failure>(failure);
    }
  }

  void OnOK() override {
    if (failure_)
      promise_.Reject(errorOf(Env(), *failure_).Value());
    else
      promise_.Resolve(Napi::Boolean::New(Env(), result_));
  }

  void OnError(const Napi::Error& error) override { promise_.Reject(error.Value()); }

 private:
  Napi::Promise::Deferred promise_;
  std::function<bool()> work_;
  bool result_ = false;
  std::unique_ptr<Failure> failure_;
};

Napi::Value later(Napi::Env env, std::function<bool()> work) {
  auto* worker = new Later(env, std::move(work));
  const Napi::Promise promise = worker->promise();
  worker->Queue();
  return promise;
}

Napi::Value attachLater(const Napi::CallbackInfo& info) {
  const Handle datapath = datapathOf(info);
  const uint32_t ifindex = uint32Of(info, 1, "ifindex");
  const LinkType link = linkTypeOf(info, 2);
  const bool clsact = info.Length() > 3 && info[3].ToBoolean();
  return later(info.Env(), [=] {
    if (clsact) return datapath->attachClsact(ifindex, link);
    datapath->attachTcx(ifindex, link);
    return false;
  });
}

Napi::Value detachLater(const Napi::CallbackInfo& info) {
  const Handle datapath = datapathOf(info);
  const uint32_t ifindex = uint32Of(info, 1, "ifindex");
  return later(info.Env(), [=] {
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
  exports.Set("interfaces", Napi::Function::New<interfaces>(env, "interfaces"));
  netsonde::exportCapture(env, exports);
  netsonde::exportCgroups(env, exports);
  netsonde::exportMonitor(env, exports);
  netsonde::exportTcp(env, exports);
  exports.Set("slots", SLOTS);
  return exports;
}

}  // namespace

NODE_API_MODULE(netsonde, init)
