// The owners of sockets for JavaScript. src/native/ describes the shapes.
#pragma once

#include <napi.h>

namespace netsonde {

void exportOwners(Napi::Env env, Napi::Object exports);

}  // namespace netsonde
