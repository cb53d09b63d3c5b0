// TCP's connections as JavaScript sees them.
#pragma once

#include <napi.h>

#include <vector>

#include "tcp_programs.h"
#include "tcp_rows.h"

namespace netsonde {

// The columns that tell between whom, and `length`.
Napi::Object edgesOf(Napi::Env env, const TcpEdges& rows);
// What became of programs.
Napi::Array featuresOf(Napi::Env env, const std::vector<TcpFeature>& features);

void exportTcp(Napi::Env env, Napi::Object exports);

}  // namespace netsonde
