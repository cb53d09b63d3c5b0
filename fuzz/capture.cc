// Fuzzes the reader of capture files and the counting behind it: the bytes are a file.
#include <cstdlib>

#include "capture_count.h"

namespace {

void require(bool condition) {
  if (!condition) abort();
}

void add(size& to, uint64_t packets, uint64_t bytes) {
  to.packets += packets;
  to.bytes += bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size_) {
  netsonde::MemorySource source(data, size_);
  std::unique_ptr<netsonde::CaptureReader> reader;
  try {
    reader = netsonde::CaptureReader::open(source);
  } catch (const netsonde::NotACapture&) {
    return 0;
  }
  netsonde::CaptureCount count(8, size_ & 1);  // a limit that is met
  netsonde::CaptureRecord record;
  size read = {};
  while (reader->next(record)) {
    require(record.captured <= netsonde::kMaxCapturedBytes);
    count.add(record);
    add(read, 1, record.original);
  }
  require(!reader->next(record));  // the end stays the end

  // seen = accounted + overflow + unparsed, each on its own.
  size outcomes = count.unknownLink();
  for (const size& unparsed : count.totals().unparsed) add(outcomes, unparsed.packets, unparsed.bytes);
  for (const auto& [protocol, overflow] : count.overflow()) add(outcomes, overflow.packets, overflow.bytes);
  for (const netsonde::Connection& connection : count.connections().all()) {
    for (int way = 0; way < 2; way++) add(outcomes, connection.packets[way], connection.bytes[way]);
    require(connection.first_ns <= connection.last_ns);
  }
  const size& seen = count.totals().seen;
  require(seen.packets == read.packets && seen.bytes == read.bytes);
  require(seen.packets == outcomes.packets && seen.bytes == outcomes.bytes);
  require(count.connections().all().size() <= 8);
  return 0;
}
