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

constexpr uint32_t kMaxBlockBytes = 16 * 1024 * 1024;  // Wireshark's limit
constexpr size_t kMaxInterfaces = 65536;               // what the obsolete packet block can name
constexpr uint64_t kNsPerSecond = 1'000'000'000;

constexpr uint16_t kOptionEnd = 0;
constexpr uint16_t kOptionTimeResolution = 9;
constexpr uint16_t kOptionTimeOffset = 14;

struct BlockHeader {
  uint32_t type;
  uint32_t length;  // from here to the length's repetition, both included
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
  uint32_t snapshot_length;     // 0: none
  uint8_t resolution = 6;       // the upper bit: a negative power of 2, else of 10
  uint64_t offset_seconds = 0;  // as it stands; negative ones wrap, and wrap back when added

  // Of the file's ticks since the epoch. What no resolution in use gives is cut to 64 bits.
  uint64_t nsOf(uint64_t ticks) const {
    const unsigned exponent = resolution & 0x7f;
    unsigned __int128 ns = ticks;
    if (resolution & 0x80) {
      ns = exponent < 94 ? ns * kNsPerSecond >> exponent : 0;
    } else {
      for (unsigned power = exponent; power < 9; power++) ns *= 10;
      for (unsigned power = 9; power < exponent && ns > 0; power++) ns /= 10;
    }
    return static_cast<uint64_t>(ns) + offset_seconds * kNsPerSecond;
  }
};

class PcapngReader : public CaptureReader {
 public:
  // The first block's type has been read.
  explicit PcapngReader(ByteSource& source) : CaptureReader(source) {
    offset_ = sizeof(uint32_t);
    begun_ = beginSection();
  }

  bool next(CaptureRecord& record) override {
    while (begun_ && problem().empty()) {
      BlockHeader header;
      const size_t count = source_.read(&header, sizeof(header));
      offset_ += count;
      if (count == 0) return false;
      if (count < sizeof(header)) return fail("the file ends within the header of a block");
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
    if (size > left_) return fail("a block is shorter than what it holds");
    left_ -= size;
    return readWhole(to, size, "a block");
  }

  bool beginBlock(uint32_t length) {
    if (length < 12 || length % 4 != 0 || length > kMaxBlockBytes)
      return fail("a block of " + std::to_string(length) + " bytes; 12 to " + std::to_string(kMaxBlockBytes) +
                  " are right, in steps of 4");
    length_ = length;
    left_ = length - 12;
    return true;
  }

  // The rest of the body, options above all, and the length's repetition.
  bool endBlock() {
    uint32_t length;
    if (!skip(left_, "a block") || !readWhole(&length, sizeof(length), "a block")) return false;
    return fix(length) == length_ || fail("a block's length is not repeated at its end");
  }

  bool beginSection() { return readWhole(&length_, sizeof(length_), "the header of a section") && finishSection(); }

  // length_ is as it stands in the file.
  bool finishSection() {
    uint32_t order;
    if (!readWhole(&order, sizeof(order), "the header of a section")) return false;
    if (order != kByteOrder && order != __builtin_bswap32(kByteOrder)) return fail("a section without a byte order");
    swapped_ = order != kByteOrder;
    if (!beginBlock(fix(length_))) return false;
    if (left_ < 16) return fail("a section's header is too short");  // the order, the version, the section's length
    left_ -= sizeof(order);
    interfaces_.clear();
    return endBlock();
  }

  bool readInterface() {
    InterfaceHeader header;
    if (!take(&header, sizeof(header))) return false;
    if (interfaces_.size() == kMaxInterfaces)
      return fail("more than " + std::to_string(kMaxInterfaces) + " interfaces in a section");
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
      if (padded > left_) return fail("an option is longer than its block");
      uint8_t value[8] = {};
      const uint32_t wanted = length < sizeof(value) ? length : sizeof(value);
      if (!take(value, wanted)) return false;
      if (code == kOptionTimeResolution && length == 1) interface.resolution = value[0];
      if (code == kOptionTimeOffset && length == 8) {
        uint64_t seconds;
        __builtin_memcpy(&seconds, value, sizeof(seconds));
        interface.offset_seconds = swapped_ ? __builtin_bswap64(seconds) : seconds;
      }
      left_ -= padded - wanted;
      if (!skip(padded - wanted, "an option")) return false;
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
    if (interfaces_.empty()) return fail("a packet of an interface that was not described");
    original = fix(original);
    uint32_t captured = original < left_ ? original : left_;
    const uint32_t limit = interfaces_[0].snapshot_length;
    if (limit != 0 && captured > limit) captured = limit;
    return readPacket(record, 0, 0, 0, captured, original, false);
  }

  bool readPacket(CaptureRecord& record, uint32_t interface, uint32_t high, uint32_t low, uint32_t captured,
                  uint32_t original, bool timed = true) {
    if (interface >= interfaces_.size()) return fail("a packet of an interface that was not described");
    if (captured > kMaxCapturedBytes)
      return fail("a packet of " + std::to_string(captured) + " captured bytes; the most is " +
                  std::to_string(kMaxCapturedBytes));
    const Interface& of = interfaces_[interface];
    record.link_type = of.link_type;
    record.time_ns = timed ? of.nsOf(static_cast<uint64_t>(high) << 32 | low) : 0;
    record.captured = captured;
    record.original = original;
    uint8_t* bytes = room(captured);
    record.bytes = bytes;
    return take(bytes, captured);
  }

  bool begun_ = false;
  uint32_t length_ = 0;
  uint32_t left_ = 0;
  std::vector<Interface> interfaces_;
};

}  // namespace

std::unique_ptr<CaptureReader> openPcapng(ByteSource& source) { return std::make_unique<PcapngReader>(source); }

}  // namespace netsonde
