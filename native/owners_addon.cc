#include "owners_addon.h"

#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "arrays.h"
#include "error.h"
#include "handle.h"
#include "later.h"
#include "owners.h"
#include "tcp_addon.h"

namespace netsonde {
namespace {

constexpr napi_type_tag kOwnersTag = {0x6e6574736f6e6465, 0x00006f776e657273};

// What one receiver owns. Safe to use from several threads: looks run off the event loop.
class SocketOwners {
 public:
  SocketOwners(const std::string& folder, bool at_interfaces)
      : owners_(std::make_unique<Owners>(folder, at_interfaces)) {}

  std::vector<TcpFeature> features() {
    const std::lock_guard lock(mutex_);
    return open().features();
  }

  bool look() {
    const std::lock_guard lock(mutex_);
    open().look();
    return true;
  }

  OwnerAnswers ask(const std::vector<OwnerQuery>& queries) {
    const std::lock_guard lock(mutex_);
    return open().ask(queries);
  }

  // Detaches all. Safe to call twice.
  void close() {
    const std::lock_guard lock(mutex_);
    owners_.reset();
  }

 private:
  Owners& open() const {
    if (!owners_) throw Failure(EBADF, "using closed programs");
    return *owners_;
  }

  std::mutex mutex_;
  std::unique_ptr<Owners> owners_;
};

const Handle<SocketOwners>& ownersOf(const Napi::CallbackInfo& info) {
  return handleOf<SocketOwners>(info, kOwnersTag, "what openOwners gave");
}

Napi::Value openOwners(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsString()) throw Napi::TypeError::New(env, "expected the objects' folder");
  const std::string folder = info[0].As<Napi::String>();
  const bool at_interfaces = info[1].ToBoolean();
  return handOut(env, kOwnersTag, orThrow(env, [&] { return std::make_shared<SocketOwners>(folder, at_interfaces); }),
                 &SocketOwners::close);
}

Napi::Value ownerFeatures(const Napi::CallbackInfo& info) {
  const auto& owners = ownersOf(info);
  return featuresOf(info.Env(), orThrow(info.Env(), [&] { return owners->features(); }));
}

Napi::Value lookForOwners(const Napi::CallbackInfo& info) {
  return later(
      info.Env(), "netsonde:owners", [owners = ownersOf(info)] { return owners->look(); },
      [](Napi::Env env, bool) { return env.Undefined(); });
}

Napi::Object answersOf(Napi::Env env, OwnerAnswers&& answers) {
  const auto& owners = answers.owners;
  auto pids = Napi::Uint32Array::New(env, owners.size());
  auto started = Napi::Float64Array::New(env, owners.size());
  auto commands = Napi::Array::New(env, owners.size());
  auto cgroups = Napi::Uint32Array::New(env, owners.size());
  for (uint32_t i = 0; i < owners.size(); i++) {
    const auto* command = owners[i].who.command;
    pids[i] = owners[i].who.pid;
    started[i] = static_cast<double>(owners[i].who.started_ns);
    commands.Set(i, Napi::String::New(env, command, strnlen(command, COMMAND_BYTES)));
    cgroups[i] = owners[i].cgroup;
  }
  auto object = Napi::Object::New(env);
  object.Set("ends", arrayOf<Napi::Uint32Array>(env, answers.ends));
  object.Set("pids", pids);
  object.Set("started", started);
  object.Set("commands", commands);
  object.Set("cgroups", cgroups);
  return object;
}

Napi::Value askOwners(const Napi::CallbackInfo& info) {
  if (info.Length() < 2 || !info[1].IsTypedArray()) throw Napi::TypeError::New(info.Env(), "queries is not an array");
  const auto bytes = info[1].As<Napi::Uint8Array>();
  std::vector<OwnerQuery> queries(bytes.ByteLength() / sizeof(OwnerQuery));
  if (!queries.empty()) memcpy(queries.data(), bytes.Data(), queries.size() * sizeof(OwnerQuery));
  return later(
      info.Env(), "netsonde:owners",
      [owners = ownersOf(info), queries = std::move(queries)] { return owners->ask(queries); }, answersOf);
}

void closeOwners(const Napi::CallbackInfo& info) { ownersOf(info)->close(); }

}  // namespace

void exportOwners(Napi::Env env, Napi::Object exports) {
  exports.Set("openOwners", Napi::Function::New<openOwners>(env, "openOwners"));
  exports.Set("ownerFeatures", Napi::Function::New<ownerFeatures>(env, "ownerFeatures"));
  exports.Set("lookForOwners", Napi::Function::New<lookForOwners>(env, "lookForOwners"));
  exports.Set("askOwners", Napi::Function::New<askOwners>(env, "askOwners"));
  exports.Set("closeOwners", Napi::Function::New<closeOwners>(env, "closeOwners"));
}

}  // namespace netsonde
