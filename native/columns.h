// A generation as JavaScript's typed arrays.
#pragma once

#include <napi.h>

#include "drain.h"

namespace netsonde {

// The columns' memory goes to JavaScript. Numbers above 2^53 become less exact: that is 9 PB in one generation.
Napi::Object columnsOf(Napi::Env env, Generation&& generation);

}  // namespace netsonde
