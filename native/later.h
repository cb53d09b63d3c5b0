// Failures as JavaScript's errors, and work off the event loop.
#pragma once

#include <napi.h>

#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "error.h"

namespace netsonde {

inline Napi::Error errorOf(Napi::Env env, const Failure& failure) {
  Napi::Error error = Napi::Error::New(env, failure.what());
  error.Set("code", failure.code());
  return error;
}

// Returns what work() returns; its Failure is thrown as JavaScript's error.
template <typename Work>
auto orThrow(Napi::Env env, Work work) {
  try {
    return work();
  } catch (const Failure& failure) {
    throw errorOf(env, failure);
  }
}

template <typename Work, typename Give>
class Later : public Napi::AsyncWorker {
 public:
  Later(Napi::Env env, const char* name, Work work, Give give)
      : AsyncWorker(env, name),
        promise_(Napi::Promise::Deferred::New(env)),
        work_(std::move(work)),
        give_(std::move(give)) {}

  Napi::Promise promise() const { return promise_.Promise(); }

  void Execute() override {
    try {
      result_.emplace(work_());
    } catch (const Failure& failure) {
      fail(failure.code(), failure.what());
    } catch (const std::bad_alloc&) {
      fail("ENOMEM", "there is no memory left");
    }
  }

  void OnOK() override { promise_.Resolve(give_(Env(), std::move(*result_))); }

  void OnError(const Napi::Error& error) override {
    if (!code_.empty()) error.Set("code", code_);
    promise_.Reject(error.Value());
  }

 private:
  void fail(const std::string& code, const char* message) {
    code_ = code;
    SetError(message);
  }

  Napi::Promise::Deferred promise_;
  Work work_;
  Give give_;
  std::optional<decltype(std::declval<Work>()())> result_;
  std::string code_;
};

// A promise of give(env, what work() returned). work() runs on another thread and gives() on JavaScript's; a Failure
// of work() rejects it. name: for those who trace asynchronous work.
template <typename Work, typename Give>
Napi::Value later(Napi::Env env, const char* name, Work work, Give give) {
  auto worker = std::make_unique<Later<Work, Give>>(env, name, std::move(work), std::move(give));
  const Napi::Promise promise = worker->promise();
  worker.release()->Queue();  // frees itself
  return promise;
}

}  // namespace netsonde
