// TCP's connections as JavaScript sees them.
#pragma once

#include <napi.h>

#include "tcp_rows.h"

namespace netsonde {

// The columns that tell between whom, and `length`.
Napi::Object edgesOf(Napi::Env env, const TcpEdges& rows);

void exportTcp(Napi::Env env, Napi::Object exports);

}  // namespace netsonde
