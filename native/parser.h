// The parser of the BPF programs, compiled for bytes in memory.
#pragma once

#include <linux/types.h>
#include <sys/cdefs.h>

#include <cstdint>
#include <cstring>

struct cursor {
  const uint8_t* bytes;
  uint32_t size;
};

static inline int cursor_load(const cursor* c, __u32 at, void* to, __u32 size) {
  if (at > c->size || c->size - at < size) return -1;
  memcpy(to, c->bytes + at, size);
  return 0;
}

#include "lib/capture_link.h"
#include "lib/connection.h"
#include "lib/parse.h"
#include "shared/flow.h"
