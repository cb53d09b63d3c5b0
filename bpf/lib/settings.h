/* SPDX-License-Identifier: GPL-2.0 */
/* What user space chose before it loaded the programs: constants to the verifier. */
#pragma once

#include "bpf.h"
#include "shared/flow.h"

/*
 * In a section, and so a map, of its own. Volatile, or the compiler would take what stands here, the defaults, for the
 * answer.
 */
const volatile struct settings settings SEC(".rodata.settings") = { .signals = 1 };
