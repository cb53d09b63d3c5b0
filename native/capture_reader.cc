#include "capture_reader.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace netsonde {
namespace {

constexpr uint32_t kPcapngMagic = 0x0a0d0d0a;

struct OtherFormat {
  std::string_view begins;
  const char* what;
};

// What else is handed over as a capture, by the bytes that it begins with.
constexpr std::array<OtherFormat, 9> kOthers = {{
    {"\x28\xb5\x2f\xfd", "packed by zstd; unpack it first"},
    {"\xfd\x37zX", "packed by xz; unpack it first"},
    {"BZh", "packed by bzip2; unpack it first"},
    {"\x04\x22\x4d\x18", "packed by lz4; unpack it first"},
    {"PK\x03\x04", "a zip archive; unpack it first"},
    {"snoo", "a capture of snoop; editcap -F pcapng turns it into one that is read"},
    {"GMBU", "a capture of Network Monitor; editcap -F pcapng turns it into one that is read"},
    {"RTSS", "a capture of Network Monitor; editcap -F pcapng turns it into one that is read"},
    {"TRSN", "a capture of Sniffer; editcap -F pcapng turns it into one that is read"},
}};

std::string whatIs(std::string_view begins) {
  if (begins.empty()) return "it is empty";
  for (const OtherFormat& other : kOthers)
    if (begins.starts_with(other.begins)) return std::string("it is ") + other.what;
  std::string text = "it begins with the bytes";
  for (const char byte : begins) {
    char hex[4];
    snprintf(hex, sizeof(hex), " %02x", static_cast<uint8_t>(byte));
    text += hex;
  }
  return text;
}

}  // namespace

std::unique_ptr<CaptureReader> CaptureReader::open(ByteSource& source) {
  char begins[4];
  const size_t count = source.read(begins, sizeof(begins));
  std::unique_ptr<CaptureReader> reader;
  if (count == sizeof(begins)) {
    uint32_t magic;
    memcpy(&magic, begins, sizeof(magic));
    reader = magic == kPcapngMagic ? openPcapng(source) : openPcap(source, magic);
  }
  if (!reader) throw NotACapture(whatIs({begins, count}));
  return reader;
}

void CaptureReader::begin(const char* part, uint64_t size_read) {
  part_ = part;
  part_at_ = offset_ - size_read;
  parts_++;
}

bool CaptureReader::readWhole(void* to, size_t size) {
  const size_t count = source_.read(to, size);
  offset_ += count;
  return count == size || fail("the file ends within it, at byte " + std::to_string(offset_));
}

bool CaptureReader::skip(uint64_t size) {
  uint8_t nowhere[4096];
  for (; size > 0; size -= std::min<uint64_t>(size, sizeof(nowhere)))
    if (!readWhole(nowhere, std::min<uint64_t>(size, sizeof(nowhere)))) return false;
  return true;
}

uint8_t* CaptureReader::room(uint32_t captured) {
  if (packet_.size() < captured) packet_.resize(captured);
  return packet_.data();
}

bool CaptureReader::fail(const std::string& problem) {
  if (!problem_.empty()) return false;
  problem_ = part_;
  if (parts_ > 0) problem_ += " " + std::to_string(parts_) + " at byte " + std::to_string(part_at_);
  problem_ += ": " + problem;
  return false;
}

}  // namespace netsonde
