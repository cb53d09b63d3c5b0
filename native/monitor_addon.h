// The monitor of interfaces for JavaScript. src/native/ describes the shapes.
#pragma once

#include <napi.h>

namespace netsonde {

void exportMonitor(Napi::Env env, Napi::Object exports);

}  // namespace netsonde
