#include "monitor_addon.h"

#include <cstring>
#include <memory>

#include "error.h"
#include "later.h"
#include "monitor.h"

namespace netsonde {
namespace {

constexpr napi_type_tag kMonitorTag = {0x6e6574736f6e6465, 0x006d6f6e69746f72};

// A monitor whose news go to a function of JavaScript, on its thread. It keeps no process alive.
//
// It ends by close(), with its environment (a worker's too), or when JavaScript has forgotten it. The monitor's thread
// is always gone before what it calls: a thread-safe function must not be used after its environment.
class Subscription {
 public:
  // Throws Failure.
  Subscription(Napi::Env env, Napi::Function listener) : env_(env) {
    const napi_status made =
        napi_create_threadsafe_function(env, listener, nullptr, Napi::String::New(env, "netsonde:monitor"), 1, 1,
                                        nullptr, nullptr, this, tell, &listener_);
    if (made != napi_ok) throw Napi::Error::New(env);
    napi_unref_threadsafe_function(env, listener_);
    try {
      monitor_ = std::make_unique<Monitor>([to = listener_] {
        // Its queue has one place, and the monitor calls once until its changes are taken.
        napi_call_threadsafe_function(to, nullptr, napi_tsfn_nonblocking);
      });
    } catch (const Failure&) {
      napi_release_threadsafe_function(listener_, napi_tsfn_abort);
      throw;
    }
    napi_add_env_cleanup_hook(env, environmentEnds, this);
  }

  ~Subscription() { close(); }
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  // The listener is not called any more. Safe to call twice.
  void close() {
    if (!monitor_) return;
    napi_remove_env_cleanup_hook(env_, environmentEnds, this);
    end();
  }

 private:
  static void environmentEnds(void* self) { static_cast<Subscription*>(self)->end(); }

  // `env` is null where the function is torn down, and then there may be no subscription either.
  static void tell(napi_env env, napi_value listener, void* self, void*) {
    if (!env) return;
    const auto& monitor = static_cast<Subscription*>(self)->monitor_;
    if (!monitor) return;
    const Changes changes = monitor->take();
    const size_t count = changes.removed.size();
    // Not the C++ wrapper, which throws where a worker is being terminated: then these calls fail, and nobody listens.
    void* memory = nullptr;
    napi_value buffer = nullptr;
    napi_value arguments[2] = {};
    if (napi_create_arraybuffer(env, count * sizeof(uint32_t), &memory, &buffer) != napi_ok) return;
    if (count > 0) memcpy(memory, changes.removed.data(), count * sizeof(uint32_t));
    if (napi_create_typedarray(env, napi_uint32_array, count, buffer, 0, &arguments[0]) != napi_ok) return;
    if (napi_get_boolean(env, changes.lost, &arguments[1]) != napi_ok) return;
    napi_value undefined = nullptr;
    if (napi_get_undefined(env, &undefined) != napi_ok) return;
    napi_call_function(env, undefined, listener, 2, arguments, nullptr);
  }

  void end() {
    monitor_.reset();
    napi_release_threadsafe_function(listener_, napi_tsfn_abort);
  }

  napi_env env_;
  napi_threadsafe_function listener_ = nullptr;
  std::unique_ptr<Monitor> monitor_;
};

Napi::Value monitorInterfaces(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsFunction()) throw Napi::TypeError::New(env, "the listener is not a function");
  const auto listener = info[0].As<Napi::Function>();
  auto subscription = orThrow(env, [&] { return std::make_unique<Subscription>(env, listener); });
  auto external =
      Napi::External<Subscription>::New(env, subscription.get(), [](Napi::Env, Subscription* gone) { delete gone; });
  subscription.release();
  external.TypeTag(&kMonitorTag);
  return external;
}

void endMonitor(const Napi::CallbackInfo& info) {
  if (info.Length() >= 1 && info[0].IsExternal()) {
    const auto external = info[0].As<Napi::External<Subscription>>();
    if (external.CheckTypeTag(&kMonitorTag)) return external.Data()->close();
  }
  throw Napi::TypeError::New(info.Env(), "the first argument is not a monitor");
}

}  // namespace

void exportMonitor(Napi::Env env, Napi::Object exports) {
  exports.Set("monitorInterfaces", Napi::Function::New<monitorInterfaces>(env, "monitorInterfaces"));
  exports.Set("endMonitor", Napi::Function::New<endMonitor>(env, "endMonitor"));
}

}  // namespace netsonde
