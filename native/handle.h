// What JavaScript holds of an object of ours.
#pragma once

#include <napi.h>

#include <memory>
#include <string>
#include <utility>

namespace netsonde {

// Work off the event loop may hold it for longer than JavaScript does.
template <typename Owned>
using Handle = std::shared_ptr<Owned>;

// end: called when JavaScript has forgotten the object; null: there is nothing to be ended.
template <typename Owned>
Napi::Value handOut(Napi::Env env, const napi_type_tag& tag, Handle<Owned> owned, void (Owned::*end)() = nullptr) {
  auto handle = std::make_unique<Handle<Owned>>(std::move(owned));
  auto external = Napi::External<Handle<Owned>>::New(env, handle.get(), [end](Napi::Env, Handle<Owned>* gone) {
    if (end) ((**gone).*end)();
    delete gone;
  });
  handle.release();
  external.TypeTag(&tag);
  return external;
}

// The first argument. Only what handOut() gave is taken: unwrapping a stranger's object would read memory that is none
// of ours.
template <typename Owned>
const Handle<Owned>& handleOf(const Napi::CallbackInfo& info, const napi_type_tag& tag, const char* name) {
  if (info.Length() >= 1 && info[0].IsExternal()) {
    const auto external = info[0].As<Napi::External<Handle<Owned>>>();
    if (external.CheckTypeTag(&tag)) return *external.Data();
  }
  throw Napi::TypeError::New(info.Env(), std::string("the first argument is not ") + name);
}

}  // namespace netsonde
