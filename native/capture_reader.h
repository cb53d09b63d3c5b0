// Reads the packets of a capture file, pcap or pcapng, one after the other. The file is not trusted: every length has a
// limit, and where it stops to make sense reading ends with the reason, keeping what was read.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "byte_source.h"
#include "time_span.h"

namespace netsonde {

struct CaptureRecord {
  uint16_t link_type;
  int64_t time_ns;  // since the epoch; kNoTime: the record has none
  const uint8_t* bytes;
  uint32_t captured;  // bytes that are here
  uint32_t original;  // bytes that were on the wire
};

// The largest snapshot length of tcpdump and Wireshark.
constexpr uint32_t kMaxCapturedBytes = 262144;

class CaptureReader {
 public:
  // The file's format by its first bytes. The source has to outlive it. Throws NotACapture: it is neither pcap nor
  // pcapng, or of a version that is not read.
  static std::unique_ptr<CaptureReader> open(ByteSource& source);
  virtual ~CaptureReader() = default;

  // The record's bytes are good until the next call. False: the end, of the file or of what can be read.
  virtual bool next(CaptureRecord& record) = 0;

  // Why reading ended before the file's end; empty if it did not.
  const std::string& problem() const { return problem_; }

 protected:
  explicit CaptureReader(ByteSource& source) : source_(source) {}

  // What is read now and where it begins, for what a problem says.
  void begin(const char* part, uint64_t size_read = 0);
  // False, with the problem: the file ends here.
  bool readWhole(void* to, size_t size);
  bool skip(uint64_t size);
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
  const char* part_ = "header";
  uint64_t parts_ = 0;  // that were begun
  uint64_t part_at_ = 0;
  std::string problem_;
};

// Its text says what the file is, and what would be right.
struct NotACapture : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::unique_ptr<CaptureReader> openPcap(ByteSource& source, uint32_t magic);
std::unique_ptr<CaptureReader> openPcapng(ByteSource& source);

}  // namespace netsonde
