// draft-ietf-opsawg-pcap: a header, then records. The link type is one for the whole file.
#include "capture_reader.h"

namespace netsonde {
namespace {

constexpr uint32_t kMicroseconds = 0xa1b2c3d4;
constexpr uint32_t kNanoseconds = 0xa1b23c4d;

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

class PcapReader : public CaptureReader {
 public:
  PcapReader(ByteSource& source, uint32_t magic) : CaptureReader(source) {
    offset_ = sizeof(magic);
    swapped_ = magic != kMicroseconds && magic != kNanoseconds;
    ns_per_fraction_ = fix(magic) == kNanoseconds ? 1 : 1000;
    FileHeader header;
    if (!readWhole(&header, sizeof(header), "the file's header")) return;
    link_type_ = static_cast<uint16_t>(fix(header.link_type));
  }

  bool next(CaptureRecord& record) override {
    if (!problem().empty()) return false;
    RecordHeader header;
    const size_t count = source_.read(&header, sizeof(header));
    offset_ += count;
    if (count == 0) return false;
    if (count < sizeof(header)) return fail("the file ends within the header of a packet");
    record.link_type = link_type_;
    record.time_ns = fix(header.seconds) * 1'000'000'000ull + fix(header.fraction) * ns_per_fraction_;
    record.captured = fix(header.captured);
    record.original = fix(header.original);
    if (record.captured > kMaxCapturedBytes)
      return fail("a packet of " + std::to_string(record.captured) + " captured bytes; the most is " +
                  std::to_string(kMaxCapturedBytes));
    uint8_t* bytes = room(record.captured);
    record.bytes = bytes;
    return readWhole(bytes, record.captured, "a packet");
  }

 private:
  uint64_t ns_per_fraction_;
  uint16_t link_type_ = 0;
};

}  // namespace

std::unique_ptr<CaptureReader> openPcap(ByteSource& source, uint32_t magic) {
  const uint32_t other = __builtin_bswap32(magic);
  for (const uint32_t known : {kMicroseconds, kNanoseconds})
    if (magic == known || other == known) return std::make_unique<PcapReader>(source, magic);
  return nullptr;
}

}  // namespace netsonde
