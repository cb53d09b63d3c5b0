// draft-ietf-opsawg-pcapng: blocks, in sections that each have their byte order and their interfaces.
#include "capture_reader.h"

namespace netsonde {
namespace {

constexpr uint32_t kSection = 0x0a0d0d0a;
constexpr uint32_t kInterface = 1;
constexpr uint32_t kPacket = 2;  // obsolete, and still met
constexpr uint32_t kSimplePacket = 3;
constexpr uint32_t kEnhancedPacket = 6;
constexpr uint32_t kByteOrder = 0x1a2b3c4d;

constexpr uint32_t kMaxBlockBytes =
    129 * 1024 * 1024;                    // Wireshark's limit, to the MiB; only packets are kept in memory
constexpr size_t kMaxInterfaces = 65536;  // what the obsolete packet block can name
constexpr int64_t kNsPerSecond = 1'000'000'000;

constexpr uint16_t kOptionEnd = 0;
constexpr uint16_t kOptionTimeResolution = 9;
constexpr uint16_t kOptionTimeOffset = 14;

struct BlockHeader {
  uint32_t type;
  uint32_t length;  // from here to the length's repetition, both included
};

// Behind the byte order.
struct SectionHeader {
  uint16_t major, minor;
  uint32_t section_length[2];
};

struct InterfaceHeader {
  uint16_t link_type;
  uint16_t reserved;
  uint32_t snapshot_length;
};

struct EnhancedHeader {
  uint32_t interface;
  uint32_t time_high, time_low;
  uint32_t captured, original;
};

struct OldHeader {
  uint16_t interface;
  uint16_t drops;
  uint32_t time_high, time_low;
  uint32_t captured, original;
};

struct OptionHeader {
  uint16_t code, length;
};

struct Interface {
  uint16_t link_type;
  uint32_t snapshot_length;  // 0: none
  uint8_t resolution = 6;    // the upper bit: a negative power of 2, else of 10
  int64_t offset_seconds = 0;

  // Of the file's ticks since the epoch; kNoTime: it is centuries from now, which is no time that a packet was seen.
  int64_t nsOf(uint64_t ticks) const {
    const unsigned exponent = resolution & 0x7f;
    unsigned __int128 ns = ticks;
    if (resolution & 0x80) {
      ns = exponent < 94 ? ns * kNsPerSecond >> exponent : 0;
    } else {
      for (unsigned power = exponent; power < 9; power++) ns *= 10;
      for (unsigned power = 9; power < exponent && ns > 0; power++) ns /= 10;
    }
    const __int128 since_epoch = static_cast<__int128>(ns) + static_cast<__int128>(offset_seconds) * kNsPerSecond;
    return since_epoch > INT64_MAX || since_epoch <= INT64_MIN ? kNoTime : static_cast<int64_t>(since_epoch);
  }
};

class PcapngReader : public CaptureReader {
 public:
  // The first block's type has been read.
  explicit PcapngReader(ByteSource& source) : CaptureReader(source) {
    offset_ = sizeof(uint32_t);
    begin("block", offset_);
    begun_ = readWhole(&length_, sizeof(length_)) && finishSection();
  }

  bool next(CaptureRecord& record) override {
    while (begun_ && problem().empty()) {
      BlockHeader header;
      const size_t count = source_.read(&header, sizeof(header));
      offset_ += count;
      if (count == 0) return false;
      begin("block", count);
      if (count < sizeof(header)) return fail("the file ends within its header, at byte " + std::to_string(offset_));
      if (header.type == kSection) {  // the same in both byte orders, and its length is in the new one
        length_ = header.length;
        if (!finishSection()) return false;
        continue;
      }
      if (!beginBlock(fix(header.length))) return false;
      bool found = false;
      switch (fix(header.type)) {
        case kInterface:
          if (!readInterface()) return false;
          break;
        case kEnhancedPacket:
          if (!(found = readEnhanced(record))) return false;
          break;
        case kSimplePacket:
          if (!(found = readSimple(record))) return false;
          break;
        case kPacket:
          if (!(found = readOld(record))) return false;
          break;
      }
      if (!endBlock()) return found;  // a packet that was read whole counts, whatever is wrong behind it
      if (found) return true;
    }
    return false;
  }

 private:
  // Bytes of the body that were not yet taken.
  bool take(void* to, uint32_t size) {
    if (size > left_) return fail("its length of " + std::to_string(length_) + " bytes is too short for what it holds");
    left_ -= size;
    return readWhole(to, size);
  }

  bool beginBlock(uint32_t length) {
    if (length < 12 || length > kMaxBlockBytes)
      return fail("it has " + std::to_string(length) + " bytes; 12 to " + std::to_string(kMaxBlockBytes) +
                  " are right");
    length_ = length;
    left_ = ((length + 3) & ~3u) - 12;  // early writers left the padding out of the length
    return true;
  }

  // The rest of the body, options above all, and the length's repetition.
  bool endBlock() {
    uint32_t length;
    if (!skip(left_) || !readWhole(&length, sizeof(length))) return false;
    return fix(length) == length_ || fail("at its end it says that it has " + std::to_string(fix(length)) +
                                          " bytes, and at its beginning " + std::to_string(length_));
  }

  // length_ is as it stands in the file.
  bool finishSection() {
    uint32_t order;
    if (!readWhole(&order, sizeof(order))) return false;
    if (order != kByteOrder && order != __builtin_bswap32(kByteOrder))
      return fail("it begins a section, and lacks the number that tells the byte order");
    swapped_ = order != kByteOrder;
    if (!beginBlock(fix(length_))) return false;
    left_ = left_ < sizeof(order) ? 0 : left_ - sizeof(order);
    SectionHeader header;
    if (!take(&header, sizeof(header))) return false;
    const uint16_t major = fix(header.major), minor = fix(header.minor);
    if (major != 1 || (minor != 0 && minor != 2))
      return fail("its section is pcapng of version " + std::to_string(major) + "." + std::to_string(minor) +
                  "; 1.0 and 1.2 are read");
    interfaces_.clear();
    return endBlock();
  }

  bool readInterface() {
    InterfaceHeader header;
    if (!take(&header, sizeof(header))) return false;
    if (interfaces_.size() == kMaxInterfaces)
      return fail("it describes one more interface than the " + std::to_string(kMaxInterfaces) +
                  " that a section can have");
    Interface interface = {};
    interface.link_type = fix(header.link_type);
    interface.snapshot_length = fix(header.snapshot_length);
    interface.resolution = 6;
    while (left_ >= sizeof(OptionHeader)) {
      OptionHeader option;
      if (!take(&option, sizeof(option))) return false;
      const uint16_t code = fix(option.code);
      const uint32_t length = fix(option.length);
      const uint32_t padded = (length + 3) & ~3u;
      if (code == kOptionEnd) break;
      if (padded > left_) return fail("its option " + std::to_string(code) + " is longer than what is left of it");
      uint8_t value[8] = {};
      const uint32_t wanted = length < sizeof(value) ? length : sizeof(value);
      if (!take(value, wanted)) return false;
      if (code == kOptionTimeResolution && length == 1) interface.resolution = value[0];
      if (code == kOptionTimeOffset && length == 8) {
        uint64_t seconds;
        __builtin_memcpy(&seconds, value, sizeof(seconds));
        interface.offset_seconds = static_cast<int64_t>(swapped_ ? __builtin_bswap64(seconds) : seconds);
      }
      left_ -= padded - wanted;
      if (!skip(padded - wanted)) return false;
    }
    interfaces_.push_back(interface);
    return true;
  }

  bool readEnhanced(CaptureRecord& record) {
    EnhancedHeader header;
    if (!take(&header, sizeof(header))) return false;
    return readPacket(record, fix(header.interface), fix(header.time_high), fix(header.time_low), fix(header.captured),
                      fix(header.original));
  }

  bool readOld(CaptureRecord& record) {
    OldHeader header;
    if (!take(&header, sizeof(header))) return false;
    return readPacket(record, fix(header.interface), fix(header.time_high), fix(header.time_low), fix(header.captured),
                      fix(header.original));
  }

  bool readSimple(CaptureRecord& record) {
    uint32_t original;
    if (!take(&original, sizeof(original))) return false;
    if (interfaces_.empty()) return unknownInterface(0);
    original = fix(original);
    uint32_t captured = original < left_ ? original : left_;
    const uint32_t limit = interfaces_[0].snapshot_length;
    if (limit != 0 && captured > limit) captured = limit;
    if (!readPacket(record, 0, 0, 0, captured, original)) return false;
    record.time_ns = kNoTime;
    return true;
  }

  bool readPacket(CaptureRecord& record, uint32_t interface, uint32_t high, uint32_t low, uint32_t captured,
                  uint32_t original) {
    if (interface >= interfaces_.size()) return unknownInterface(interface);
    if (captured > kMaxCapturedBytes)
      return fail("its packet has " + std::to_string(captured) + " captured bytes; the most is " +
                  std::to_string(kMaxCapturedBytes));
    const Interface& of = interfaces_[interface];
    record.link_type = of.link_type;
    record.time_ns = of.nsOf(static_cast<uint64_t>(high) << 32 | low);
    record.captured = captured;
    record.original = original;
    uint8_t* bytes = room(captured);
    record.bytes = bytes;
    return take(bytes, captured);
  }

  bool unknownInterface(uint32_t number) {
    return fail("its packet is of interface " + std::to_string(number) + ", and its section describes " +
                std::to_string(interfaces_.size()));
  }

  bool begun_ = false;
  uint32_t length_ = 0;
  uint32_t left_ = 0;
  std::vector<Interface> interfaces_;
};

}  // namespace

std::unique_ptr<CaptureReader> openPcapng(ByteSource& source) { return std::make_unique<PcapngReader>(source); }

}  // namespace netsonde
