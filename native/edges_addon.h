// Columns of between whom, for JavaScript.
#pragma once

#include <napi.h>

namespace netsonde {

void exportEdges(Napi::Env env, Napi::Object exports);

}  // namespace netsonde
