#include "capture_reader.h"

#include <algorithm>

namespace netsonde {

constexpr uint32_t kPcapngMagic = 0x0a0d0d0a;

std::unique_ptr<CaptureReader> CaptureReader::open(ByteSource& source) {
  uint32_t magic = 0;
  if (source.read(&magic, sizeof(magic)) != sizeof(magic)) return nullptr;
  return magic == kPcapngMagic ? openPcapng(source) : openPcap(source, magic);
}

bool CaptureReader::readWhole(void* to, size_t size, const char* what) {
  const size_t count = source_.read(to, size);
  offset_ += count;
  return count == size || fail(std::string("the file ends within ") + what);
}

bool CaptureReader::skip(uint64_t size, const char* what) {
  uint8_t nowhere[4096];
  for (; size > 0; size -= std::min<uint64_t>(size, sizeof(nowhere)))
    if (!readWhole(nowhere, std::min<uint64_t>(size, sizeof(nowhere)), what)) return false;
  return true;
}

uint8_t* CaptureReader::room(uint32_t captured) {
  if (packet_.size() < captured) packet_.resize(captured);
  return packet_.data();
}

bool CaptureReader::fail(const std::string& problem) {
  if (problem_.empty()) problem_ = "byte " + std::to_string(offset_) + ": " + problem;
  return false;
}

}  // namespace netsonde
