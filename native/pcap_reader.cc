// draft-ietf-opsawg-pcap: a header, then records. The link type is one for the whole file.
#include <utility>

#include "capture_reader.h"

namespace netsonde {
namespace {

constexpr uint32_t kMicroseconds = 0xa1b2c3d4;
constexpr uint32_t kNanoseconds = 0xa1b23c4d;
constexpr uint32_t kModified = 0xa1b2cd34;  // of old Linux distributions: each record has 8 bytes more

struct FileHeader {
  uint16_t major, minor;
  uint32_t reserved[2];
  uint32_t snapshot_length;
  uint32_t link_type;  // in the lower 16 bits; above: whether frames end with a checksum
};
static_assert(sizeof(FileHeader) == 20);

struct RecordHeader {
  uint32_t seconds;
  uint32_t fraction;
  uint32_t captured;
  uint32_t original;
};
static_assert(sizeof(RecordHeader) == 16);
constexpr uint32_t kModifiedBytes = 8;  // interface, protocol, kind of packet

// Which of a record's two lengths is the first; libpcap's sf-pcap.c knows who wrote them the other way round.
enum class Lengths { kCapturedFirst, kOriginalFirst, kSmallerIsCaptured };

Lengths lengthsOf(uint16_t major, uint16_t minor) {
  if (major == 543 || (major == 2 && minor < 3)) return Lengths::kOriginalFirst;
  return major == 2 && minor == 3 ? Lengths::kSmallerIsCaptured : Lengths::kCapturedFirst;
}

class PcapReader : public CaptureReader {
 public:
  // The magic number is of the machine's byte order or of the other.
  PcapReader(ByteSource& source, uint32_t magic, bool swapped) : CaptureReader(source) {
    offset_ = sizeof(magic);
    swapped_ = swapped;
    ns_per_fraction_ = magic == kNanoseconds ? 1 : 1000;
    modified_ = magic == kModified;
    FileHeader header;
    if (!readWhole(&header, sizeof(header))) return;
    const uint16_t major = fix(header.major), minor = fix(header.minor);
    if (major != 2 && major != 543)
      throw NotACapture("it is pcap of version " + std::to_string(major) + "." + std::to_string(minor) +
                        "; 2.4 is read");
    lengths_ = lengthsOf(major, minor);
    link_type_ = static_cast<uint16_t>(fix(header.link_type));
  }

  bool next(CaptureRecord& record) override {
    if (!problem().empty()) return false;
    RecordHeader header;
    const size_t count = source_.read(&header, sizeof(header));
    offset_ += count;
    if (count == 0) return false;
    begin("packet", count);
    if (count < sizeof(header)) return fail("the file ends within its header, at byte " + std::to_string(offset_));
    record.link_type = link_type_;
    record.time_ns =
        static_cast<int64_t>(fix(header.seconds) * 1'000'000'000ull + fix(header.fraction) * ns_per_fraction_);
    record.captured = fix(header.captured);
    record.original = fix(header.original);
    if (lengths_ == Lengths::kOriginalFirst ||
        (lengths_ == Lengths::kSmallerIsCaptured && record.captured > record.original))
      std::swap(record.captured, record.original);
    if (record.captured > kMaxCapturedBytes)
      return fail("it has " + std::to_string(record.captured) + " captured bytes; the most is " +
                  std::to_string(kMaxCapturedBytes));
    if (modified_ && !skip(kModifiedBytes)) return false;
    uint8_t* bytes = room(record.captured);
    record.bytes = bytes;
    return readWhole(bytes, record.captured);
  }

 private:
  uint64_t ns_per_fraction_;
  bool modified_;
  Lengths lengths_ = Lengths::kCapturedFirst;
  uint16_t link_type_ = 0;
};

}  // namespace

std::unique_ptr<CaptureReader> openPcap(ByteSource& source, uint32_t magic) {
  for (const uint32_t known : {kMicroseconds, kNanoseconds, kModified}) {
    if (magic == known) return std::make_unique<PcapReader>(source, known, false);
    if (magic == __builtin_bswap32(known)) return std::make_unique<PcapReader>(source, known, true);
  }
  return nullptr;
}

}  // namespace netsonde
