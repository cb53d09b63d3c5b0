// A capture file that is counted off the event loop and then taken in parts.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "capture_count.h"
#include "drain.h"

namespace netsonde {

// A part of a capture's connections, in the order of their first packets, in the shape of the kernel's: the first slot
// of a row is that of the first packet's way. What became of the packets is told with the last part.
struct CapturePart {
  Generation generation;
  std::vector<double> last_seen_ms;  // since the epoch; NaN: no packet had a time. first_seen_ms likewise
  std::vector<uint8_t> has_ports;    // 0: none, or none that could be read
  size unknown_link = {};
  std::vector<uint32_t> unknown_link_types;  // with the last part
  bool last = false;
};

class Capture {
 public:
  // max_connections, decapsulate: as CaptureCount.
  Capture(std::string path, uint32_t max_connections, bool decapsulate)
      : path_(std::move(path)), count_(max_connections, decapsulate) {}

  // Throws Failure; EINVAL: not a capture file.
  void open();
  // Reads to the end, or to where it cannot go on, or until stop(). After open(), once. Throws Failure.
  void read();
  void stop() { stopped_ = true; }

  // The next part, of `rows` connections at most.
  CapturePart take(uint32_t rows);

 private:
  std::string path_;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;
  std::unique_ptr<FileSource> file_;
  std::unique_ptr<CaptureReader> reader_;  // of the file
  CaptureCount count_;
  std::string problem_;
  size_t taken_ = 0;
};

}  // namespace netsonde
