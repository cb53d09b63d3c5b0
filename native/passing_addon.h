// Passing for JavaScript.
#pragma once

#include <napi.h>

namespace netsonde {

void exportPassing(Napi::Env env, Napi::Object exports);

}  // namespace netsonde
