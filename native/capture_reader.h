// Reads the packets of a capture file, pcap or pcapng, one after the other. The file is not trusted: every length has a
// limit, and where it stops to make sense reading ends with the reason, keeping what was read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "byte_source.h"

namespace netsonde {

struct CaptureRecord {
  uint16_t link_type;
  uint64_t time_ns;  // since the epoch; 0: the record has none
  const uint8_t* bytes;
  uint32_t captured;  // bytes that are here
  uint32_t original;  // bytes that were on the wire
};

// The largest snapshot length of tcpdump and Wireshark.
constexpr uint32_t kMaxCapturedBytes = 262144;

class CaptureReader {
 public:
  // The file's format by its first bytes; nullptr: it is neither pcap nor pcapng. The source has to outlive it.
  static std::unique_ptr<CaptureReader> open(ByteSource& source);
  virtual ~CaptureReader() = default;

  // The record's bytes are good until the next call. False: the end, of the file or of what can be read.
  virtual bool next(CaptureRecord& record) = 0;

  // Why reading ended before the file's end; empty if it did not.
  const std::string& problem() const { return problem_; }

 protected:
  explicit CaptureReader(ByteSource& source) : source_(source) {}

  // False, with the problem: the file ends within `what`.
  bool readWhole(void* to, size_t size, const char* what);
  bool skip(uint64_t size, const char* what);
  // Where a packet goes; good until the next call.
  uint8_t* room(uint32_t captured);
  // Ends the reading.
  bool fail(const std::string& problem);

  uint16_t fix(uint16_t value) const { return swapped_ ? __builtin_bswap16(value) : value; }
  uint32_t fix(uint32_t value) const { return swapped_ ? __builtin_bswap32(value) : value; }

  ByteSource& source_;
  bool swapped_ = false;  // the file's numbers are in the other byte order
  uint64_t offset_ = 0;   // bytes taken from the source

 private:
  std::vector<uint8_t> packet_ = std::vector<uint8_t>(2048);
  std::string problem_;
};

std::unique_ptr<CaptureReader> openPcap(ByteSource& source, uint32_t magic);
std::unique_ptr<CaptureReader> openPcapng(ByteSource& source);

}  // namespace netsonde
