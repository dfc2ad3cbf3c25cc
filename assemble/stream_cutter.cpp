#include "assemble/stream_cutter.h"

#include <algorithm>
#include <array>
#include <utility>

#include "decode/application.h"

namespace espy::assemble {

namespace {

constexpr std::size_t kLengthSize = 2;
constexpr std::size_t kMarkerSize = 4;
constexpr std::size_t kEspHeaderSize = 8;
constexpr std::size_t kSmallestEsp = kLengthSize + kEspHeaderSize + 4;  // a trailer on a 4-octet boundary
constexpr std::size_t kIkeHeaderSize = 28;
constexpr std::size_t kIkeVersion = 17;
constexpr std::size_t kIkeLength = 24;
constexpr std::size_t kKeepaliveSize = kLengthSize + 1;
constexpr std::uint8_t kKeepaliveOctet = 0xff;
constexpr std::array<std::uint8_t, 6> kPrefix{'I', 'K', 'E', 'T', 'C', 'P'};

// How many messages in a row must fit together before a boundary is believed.
constexpr unsigned kConsistentMessages = 3;
constexpr std::uint32_t kLargestSequenceStep = 1024;
constexpr std::size_t kSearchWindow = 65'536;
constexpr std::size_t kMaxMarks = 256;
constexpr std::size_t kShortestText = 32;

// A search looks at every held octet again; tiny segments must not buy that work.
constexpr std::uint64_t kSearchCreditPerOctet = 8;
constexpr std::uint64_t kSearchCreditPerSegment = 4096;

std::uint32_t u16(base::Bytes bytes, std::size_t offset) { return static_cast<std::uint32_t>(bytes[offset] << 8 | bytes[offset + 1]); }
std::uint32_t u32(base::Bytes bytes, std::size_t offset) { return u16(bytes, offset) << 16 | u16(bytes, offset + 2); }

bool is_text(std::uint8_t octet) { return (octet >= 0x20 && octet < 0x7f) || octet == '\r' || octet == '\n' || octet == '\t'; }

}  // namespace

void CutMessages::clear() {
  messages.clear();
  places.clear();
  octets.clear();
}

void CutMessages::add(const StreamMessage& message, base::Bytes bytes) {
  messages.push_back(message);
  places.push_back({octets.size(), bytes.size()});
  octets.insert(octets.end(), bytes.begin(), bytes.end());
}

void CutMessages::resolve() {
  for (std::size_t index = 0; index < messages.size(); ++index) {
    messages[index].bytes = base::Bytes(octets).subspan(places[index].offset, places[index].captured);
  }
}

void StreamCutter::begin_with_prefix() {
  clear();
  state_ = State::kPrefix;
}

void StreamCutter::begin_with_message() {
  clear();
  state_ = State::kFirstMessage;
}

void StreamCutter::append(base::Bytes bytes, std::uint64_t number, CutMessages& out) {
  if (status_ == StreamStatus::kNotEsp) return;
  const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(rest_to_skip_, bytes.size()));
  rest_to_skip_ -= skipped;
  bytes = bytes.subspan(skipped);
  if (bytes.empty()) return;
  if (state_ == State::kSearching && status_ == StreamStatus::kUnsure && looks_like_another_protocol(bytes)) {
    clear();
    status_ = StreamStatus::kNotEsp;
    return;
  }
  compact();
  if (marks_.size() < kMaxMarks) marks_.push_back({buffer_.size(), number});
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  search_credit_ += bytes.size() * kSearchCreditPerOctet + kSearchCreditPerSegment;
  parse(out);
}

void StreamCutter::parse(CutMessages& out) {
  if (state_ == State::kPrefix && !take_prefix()) return;
  if (state_ == State::kFirstMessage) {
    const Look look = look_at_chain(begin_);
    if (look == Look::kNeedsMore) return;
    state_ = look == Look::kRight ? State::kCutting : State::kSearching;
    if (look == Look::kRight) status_ = StreamStatus::kEsp;
  }
  // Cutting may lose the boundary, and searching may find one; each turn consumes octets or ends.
  while (state_ == State::kCutting || resynchronise()) {
    cut(out);
    if (state_ == State::kCutting) return;
  }
}

bool StreamCutter::take_prefix() {
  const base::Bytes bytes = rest();
  const std::size_t shared = std::min(bytes.size(), kPrefix.size());
  if (!std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(shared), kPrefix.begin())) {
    clear();
    status_ = StreamStatus::kNotEsp;
    return false;
  }
  if (shared < kPrefix.size()) return false;
  begin_ += kPrefix.size();
  state_ = State::kCutting;
  status_ = StreamStatus::kEsp;
  return true;
}

void StreamCutter::cut(CutMessages& out) {
  while (rest().size() >= kLengthSize) {
    const Header header = describe(begin_);
    if (header.total < kKeepaliveSize) return lose();
    if (rest().size() < header.total) return;
    report(header, header.total, out);
    begin_ += header.total;
  }
}

// A length that cannot be: the boundaries are lost, this octet is none.
void StreamCutter::lose() {
  state_ = State::kSearching;
  ++begin_;
  undecided_ = begin_;
}

void StreamCutter::report(const Header& header, std::size_t captured, CutMessages& out) {
  const std::size_t head = std::min(captured, header.kind == StreamMessageKind::kIke ? kLengthSize + kMarkerSize : kLengthSize);
  const std::size_t full_head = header.kind == StreamMessageKind::kIke ? kLengthSize + kMarkerSize : kLengthSize;
  const StreamMessage message{.kind = header.kind,
                              .complete = captured == header.total,
                              .spi = header.spi,
                              .sequence = header.sequence,
                              .size = static_cast<std::uint32_t>(header.total - full_head),
                              .first_segment = segment_at(begin_),
                              .last_segment = segment_at(begin_ + captured - 1),
                              .bytes = {}};
  out.add(message, rest().subspan(head, captured - head));
  if (header.kind == StreamMessageKind::kEsp) remember(header.spi);
}

void StreamCutter::skip(std::uint64_t size, CutMessages& out) {
  if (size == 0 || status_ == StreamStatus::kNotEsp) return;
  if (rest_to_skip_ >= size) {
    rest_to_skip_ -= size;
    return;
  }
  size -= std::exchange(rest_to_skip_, 0);
  if (state_ == State::kCutting) {
    report_started(size, out);
  } else {
    state_ = State::kSearching;
  }
  begin_ = undecided_ = buffer_.size();
}

// The message at the end of the buffer lost `hole` octets. Its length still says where the next one begins.
void StreamCutter::report_started(std::uint64_t hole, CutMessages& out) {
  state_ = State::kSearching;
  const std::size_t captured = rest().size();
  if (captured < kLengthSize) return;
  const Header header = describe(begin_);
  report(header, captured, out);
  const std::uint64_t missing = header.total - captured;
  if (hole > missing) return;
  rest_to_skip_ = missing - hole;
  state_ = State::kCutting;
}

void StreamCutter::learn(StreamStatus status, CutMessages& out) {
  if (status_ != StreamStatus::kUnsure || status == StreamStatus::kUnsure) return;
  if (status == StreamStatus::kNotEsp) clear();
  status_ = status;
  if (status != StreamStatus::kEsp || state_ != State::kFirstMessage) return;
  state_ = State::kCutting;
  parse(out);
}

bool StreamCutter::may_search() {
  const std::size_t work = rest().size();
  if (search_credit_ < work) return false;
  search_credit_ = std::min<std::uint64_t>(search_credit_ - work, kSearchWindow);
  return true;
}

bool StreamCutter::resynchronise() {
  if (status_ == StreamStatus::kNotEsp || !may_search()) return false;
  bool all_wrong = true;
  for (std::size_t offset = std::max(begin_, undecided_); offset < buffer_.size(); ++offset) {
    const Look look = ends_beyond_buffer(offset) ? Look::kNeedsMore : look_at_chain(offset);
    if (look == Look::kRight) {
      begin_ = offset;
      state_ = State::kCutting;
      status_ = StreamStatus::kEsp;
      ++resynchronised_;
      return true;
    }
    all_wrong = all_wrong && look == Look::kWrong;
    if (all_wrong) undecided_ = offset + 1;
  }
  give_up_old_octets();
  return false;
}

// Most offsets of other data claim a long message; this is all that needs to be read of them.
bool StreamCutter::ends_beyond_buffer(std::size_t offset) const {
  const std::size_t left = buffer_.size() - offset;
  if (left <= kLengthSize) return true;
  return (static_cast<std::size_t>(buffer_[offset]) << 8 | buffer_[offset + 1]) >= left;
}

void StreamCutter::give_up_old_octets() {
  if (rest().size() < kSearchWindow) return;
  searched_ += kSearchWindow / 2;
  begin_ += kSearchWindow / 2;
  if (status_ != StreamStatus::kUnsure || searched_ < kSearchWindow) return;
  clear();
  status_ = StreamStatus::kNotEsp;
}

StreamCutter::Look StreamCutter::look_at_chain(std::size_t offset) const {
  Header previous;
  for (unsigned consistent = 0; consistent < kConsistentMessages;) {
    Header header;
    const Look look = look_at(offset, header);
    if (look != Look::kRight) return look;
    offset += header.total;
    if (header.kind == StreamMessageKind::kKeepalive) continue;
    if (header.kind == StreamMessageKind::kEsp) {
      if (!fits_chain(header, previous)) return Look::kWrong;
      previous = header;
    }
    ++consistent;
  }
  return Look::kRight;
}

bool StreamCutter::fits_chain(const Header& header, const Header& previous) const {
  if (previous.kind != StreamMessageKind::kEsp || header.spi != previous.spi)
    return previous.kind != StreamMessageKind::kEsp || known(header.spi);
  return header.sequence - previous.sequence <= kLargestSequenceStep || previous.sequence - header.sequence <= kLargestSequenceStep;
}

StreamCutter::Look StreamCutter::look_at(std::size_t offset, Header& header) const {
  const base::Bytes bytes = base::Bytes(buffer_).subspan(std::min(offset, buffer_.size()));
  if (bytes.size() < kLengthSize + 1) return Look::kNeedsMore;
  header = describe(offset);
  if (header.kind == StreamMessageKind::kKeepalive) return Look::kRight;
  if (header.total < kSmallestEsp) return Look::kWrong;
  if (bytes.size() < kLengthSize + kEspHeaderSize) return Look::kNeedsMore;
  if (header.kind == StreamMessageKind::kEsp) return header.spi.reserved() ? Look::kWrong : Look::kRight;
  const std::size_t ike = kLengthSize + kMarkerSize;
  if (header.total < ike + kIkeHeaderSize) return Look::kWrong;
  if (bytes.size() < ike + kIkeHeaderSize) return Look::kNeedsMore;
  const unsigned version = bytes[ike + kIkeVersion] >> 4;
  return u32(bytes, ike + kIkeLength) == header.total - ike && (version == 1 || version == 2) ? Look::kRight : Look::kWrong;
}

// At least the length field must be there. A length of 1 with one octet 0xff is a keep-alive of senders that do not count the field.
StreamCutter::Header StreamCutter::describe(std::size_t offset) const {
  const base::Bytes bytes = base::Bytes(buffer_).subspan(offset);
  Header header{.total = u16(bytes, 0), .spi = {}};
  const base::Bytes body = bytes.subspan(kLengthSize);
  if ((header.total == kKeepaliveSize || header.total == 1) && !body.empty() && body[0] == kKeepaliveOctet) {
    header.kind = StreamMessageKind::kKeepalive;
    header.total = kKeepaliveSize;
  } else if (header.total >= kLengthSize + kMarkerSize && body.size() >= kMarkerSize && u32(body, 0) == 0) {
    header.kind = StreamMessageKind::kIke;
  } else if (header.total >= kLengthSize + kEspHeaderSize && body.size() >= kMarkerSize) {
    header.kind = StreamMessageKind::kEsp;
    header.spi.value = u32(body, 0);
    header.sequence = body.size() >= kEspHeaderSize ? u32(body, kMarkerSize) : 0;
  }
  return header;
}

bool StreamCutter::known(base::Spi spi) const {
  return spi.value != 0 && std::find(std::begin(spis_), std::end(spis_), spi) != std::end(spis_);
}

void StreamCutter::remember(base::Spi spi) {
  if (known(spi)) return;
  spis_[next_spi_] = spi;
  next_spi_ = (next_spi_ + 1) % kKnownSpis;
}

// Ciphertext is not text: 32 octets of it in one segment happen once in 10^13.
bool StreamCutter::looks_like_another_protocol(base::Bytes bytes) const {
  constexpr std::uint8_t kTcp = 6;
  if (decode::guess_application(kTcp, 0, 0, bytes).by == decode::GuessedBy::kContent) return true;
  return bytes.size() >= kShortestText && std::all_of(bytes.begin(), bytes.end(), is_text);
}

void StreamCutter::compact() {
  if (begin_ == 0) return;
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(begin_));
  undecided_ -= std::min(undecided_, begin_);
  std::size_t kept = 0;
  for (std::size_t index = 0; index < marks_.size(); ++index) {
    const bool spent = index + 1 < marks_.size() ? marks_[index + 1].position <= begin_ : buffer_.empty();
    if (spent) continue;
    marks_[kept] = {marks_[index].position - std::min(marks_[index].position, begin_), marks_[index].number};
    ++kept;
  }
  marks_.resize(kept);
  begin_ = 0;
}

std::uint64_t StreamCutter::segment_at(std::size_t position) const {
  std::uint64_t number = 0;
  for (const Mark& mark : marks_) {
    if (mark.position > position) break;
    number = mark.number;
  }
  return number;
}

}  // namespace espy::assemble
