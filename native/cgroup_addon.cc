#include "cgroup_addon.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cgroup.h"
#include "error.h"

namespace netsonde {
namespace {

// A thousand directories take milliseconds: not on the event loop.
class Reading : public Napi::AsyncWorker {
 public:
  Reading(Napi::Env env, std::string directory)
      : AsyncWorker(env, "netsonde:cgroups"),
        promise_(Napi::Promise::Deferred::New(env)),
        directory_(std::move(directory)) {}

  Napi::Promise promise() const { return promise_.Promise(); }

  void Execute() override {
    try {
      found_ = readCgroups(directory_);
    } catch (const Failure& failure) {
      failure_ = failure;
    }
  }

  void OnOK() override {
    const Napi::Env env = Env();
    if (failure_) {
      Napi::Error error = Napi::Error::New(env, failure_->what());
      error.Set("code", failure_->code());
      promise_.Reject(error.Value());
      return;
    }
    auto numbers = Napi::Uint32Array::New(env, found_.size());
    auto paths = Napi::Array::New(env, found_.size());
    for (uint32_t i = 0; i < found_.size(); i++) {
      numbers[i] = found_[i].number;
      paths.Set(i, found_[i].path);
    }
    auto cgroups = Napi::Object::New(env);
    cgroups.Set("numbers", numbers);
    cgroups.Set("paths", paths);
    promise_.Resolve(cgroups);
  }

  void OnError(const Napi::Error& error) override { promise_.Reject(error.Value()); }

 private:
  Napi::Promise::Deferred promise_;
  std::string directory_;
  std::vector<Cgroup> found_;
  std::optional<Failure> failure_;
};

Napi::Value cgroups(const Napi::CallbackInfo& info) {
  if (info.Length() < 1 || !info[0].IsString()) throw Napi::TypeError::New(info.Env(), "the directory is not a string");
  auto worker = std::make_unique<Reading>(info.Env(), info[0].As<Napi::String>());
  const Napi::Promise promise = worker->promise();
  worker.release()->Queue();  // frees itself
  return promise;
}

Napi::Value cgroupMount(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  try {
    const CgroupMount mount = findCgroupMount();
    auto found = Napi::Object::New(env);
    found.Set("directory", mount.directory);
    found.Set("isWhole", mount.is_whole);
    return found;
  } catch (const Failure& failure) {
    Napi::Error error = Napi::Error::New(env, failure.what());
    error.Set("code", failure.code());
    throw error;
  }
}

}  // namespace

void exportCgroups(Napi::Env env, Napi::Object exports) {
  exports.Set("cgroups", Napi::Function::New<cgroups>(env, "cgroups"));
  exports.Set("cgroupMount", Napi::Function::New<cgroupMount>(env, "cgroupMount"));
}

}  // namespace netsonde
