// The cgroups for JavaScript. src/native/ describes the shapes.
#pragma once

#include <napi.h>

namespace netsonde {

void exportCgroups(Napi::Env env, Napi::Object exports);

}  // namespace netsonde
