// TCP's connections as JavaScript sees them.
#pragma once

#include <napi.h>

namespace netsonde {

void exportTcp(Napi::Env env, Napi::Object exports);

}  // namespace netsonde
