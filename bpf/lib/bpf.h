/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's types and libbpf's helpers, in the one right order. */
#pragma once

#include "vmlinux.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* -1: the next program or filter runs. TCX_NEXT and TC_ACT_UNSPEC are one value, so one program serves both hooks. */
#define PASS_ON (-1)

#define EEXIST 17
#define NULL ((void *)0)

#define READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile typeof(x) *)&(x) = (value))
