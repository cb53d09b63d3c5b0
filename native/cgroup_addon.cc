#include "cgroup_addon.h"

#include <string>
#include <vector>

#include "cgroup.h"
#include "later.h"

namespace netsonde {
namespace {

Napi::Value cgroupsOf(Napi::Env env, std::vector<Cgroup>&& found) {
  auto numbers = Napi::Uint32Array::New(env, found.size());
  auto paths = Napi::Array::New(env, found.size());
  for (uint32_t i = 0; i < found.size(); i++) {
    numbers[i] = found[i].number;
    paths.Set(i, found[i].path);
  }
  auto cgroups = Napi::Object::New(env);
  cgroups.Set("numbers", numbers);
  cgroups.Set("paths", paths);
  return cgroups;
}

// A thousand directories take milliseconds: not on the event loop.
Napi::Value cgroups(const Napi::CallbackInfo& info) {
  if (info.Length() < 1 || !info[0].IsString()) throw Napi::TypeError::New(info.Env(), "the directory is not a string");
  const std::string directory = info[0].As<Napi::String>();
  return later(info.Env(), "netsonde:cgroups", [directory] { return readCgroups(directory); }, cgroupsOf);
}

Napi::Value cgroupMount(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const CgroupMount mount = orThrow(env, findCgroupMount);
  auto found = Napi::Object::New(env);
  found.Set("directory", mount.directory);
  found.Set("isWhole", mount.is_whole);
  return found;
}

}  // namespace

void exportCgroups(Napi::Env env, Napi::Object exports) {
  exports.Set("cgroups", Napi::Function::New<cgroups>(env, "cgroups"));
  exports.Set("cgroupMount", Napi::Function::New<cgroupMount>(env, "cgroupMount"));
}

}  // namespace netsonde
