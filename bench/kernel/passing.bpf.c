// SPDX-License-Identifier: GPL-2.0
// The programs as they are for packets of no socket of this node.
#define WITHOUT_SOCKETS
#include "flow.bpf.c"
