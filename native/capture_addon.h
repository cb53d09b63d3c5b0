// Capture files, and the parser itself, for JavaScript. src/native-capture.ts describes the shapes.
#pragma once

#include <napi.h>

namespace netsonde {

void exportCapture(Napi::Env env, Napi::Object exports);

}  // namespace netsonde
