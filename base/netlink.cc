#include "base/netlink.h"

#include <linux/netlink.h>

#include <array>

#include "base/sys.h"
#include "base/text.h"

namespace brig::netlink {
namespace {

// Messages and attributes begin at multiples of four (netlink(7)).
constexpr std::size_t aligned(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

template <typename T>
std::optional<T> take(std::string_view bytes) {
  if (bytes.size() < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::vector<Attribute> attributes_in(std::string_view bytes) {
  std::vector<Attribute> found;
  for (;;) {
    const std::optional<nlattr> head = take<nlattr>(bytes);
    if (!head || head->nla_len < sizeof(nlattr) || head->nla_len > bytes.size()) return found;
    found.push_back({.type = static_cast<std::uint16_t>(head->nla_type & NLA_TYPE_MASK),
                     .value = bytes.substr(sizeof(nlattr), head->nla_len - sizeof(nlattr))});
    bytes.remove_prefix(std::min(aligned(head->nla_len), bytes.size()));
  }
}

// The explanation is behind the request that the kernel quotes: all of it, or its header alone (NLM_F_CAPPED).
std::string words_in(std::string_view body, std::uint16_t flags) {
  const std::optional<nlmsgerr> head = take<nlmsgerr>(body);
  if (!head || (flags & NLM_F_ACK_TLVS) == 0) return {};
  std::size_t quoted = sizeof(nlmsgerr);
  if ((flags & NLM_F_CAPPED) == 0) quoted += aligned(head->msg.nlmsg_len) - sizeof(nlmsghdr);
  if (quoted > body.size()) return {};
  for (const Attribute& attribute : attributes_in(body.substr(quoted)))
    if (attribute.type == NLMSGERR_ATTR_MSG) return std::string(attribute.value.substr(0, attribute.value.find('\0')));
  return {};
}

// The first number of NLMSG_ERROR and NLMSG_DONE: 0, or errno below zero.
void read_end(const nlmsghdr& head, std::string_view body, Answer& answer) {
  answer.complete = true;
  answer.error = -take<int>(body).value_or(0);
  if (head.nlmsg_type == NLMSG_ERROR) answer.words = words_in(body, head.nlmsg_flags);
}

}  // namespace

Request::Request(std::uint16_t type, std::uint16_t flags, std::string_view header) {
  nlmsghdr head = {};
  head.nlmsg_type = type;
  head.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  if ((flags & NLM_F_DUMP) != NLM_F_DUMP) head.nlmsg_flags = static_cast<std::uint16_t>(head.nlmsg_flags | NLM_F_ACK);
  data_ = text::cat(bytes_of(head), header);
  data_.resize(aligned(data_.size()));
}

Request& Request::add(std::uint16_t attribute, std::string_view value) {
  const nlattr head = {.nla_len = static_cast<std::uint16_t>(sizeof(nlattr) + value.size()), .nla_type = attribute};
  data_ += bytes_of(head);
  data_ += value;
  data_.resize(aligned(data_.size()));
  return *this;
}

Request& Request::add_name(std::uint16_t attribute, std::string name) {
  name.push_back('\0');
  return add(attribute, name);
}

Request& Request::add_descriptor(std::uint16_t attribute, FdRef fd) {
  return add_number(attribute, static_cast<std::uint32_t>(fd.raw()));
}

std::string Request::bytes(std::uint32_t sequence) const {
  nlmsghdr head = take<nlmsghdr>(data_).value_or(nlmsghdr{});
  head.nlmsg_len = static_cast<std::uint32_t>(data_.size());
  head.nlmsg_seq = sequence;
  return text::cat(bytes_of(head), std::string_view(data_).substr(sizeof head));
}

std::vector<Attribute> attributes(const Message& message, std::size_t header_size) {
  const std::size_t begin = aligned(header_size);
  if (begin >= message.body.size()) return {};
  return attributes_in(std::string_view(message.body).substr(begin));
}

Result<void> read_datagram(std::string_view datagram, std::uint32_t sequence, Answer& answer) {
  while (!datagram.empty()) {
    const std::optional<nlmsghdr> head = take<nlmsghdr>(datagram);
    if (!head || head->nlmsg_len < sizeof(nlmsghdr) || head->nlmsg_len > datagram.size())
      return Error::make(Error::Kind::kUnsafe, "the kernel's answer is cut off or malformed");
    const std::string_view body = datagram.substr(sizeof(nlmsghdr), head->nlmsg_len - sizeof(nlmsghdr));
    datagram.remove_prefix(std::min(aligned(head->nlmsg_len), datagram.size()));
    if (head->nlmsg_seq != sequence) continue;
    if ((head->nlmsg_flags & NLM_F_DUMP_INTR) != 0) answer.interrupted = true;
    if (head->nlmsg_type == NLMSG_ERROR || head->nlmsg_type == NLMSG_DONE) {
      read_end(*head, body, answer);
    } else if (head->nlmsg_type >= NLMSG_MIN_TYPE) {
      answer.messages.push_back({.type = head->nlmsg_type, .body = std::string(body)});
    }
  }
  return {};
}

Result<Socket> Socket::open() { return Socket(TRY(sys::rtnetlink_socket())); }

Result<Answer> Socket::ask_once(const Request& request) {
  // The kernel makes no message of a dump larger than this (netlink(7)); answers to single requests are smaller.
  constexpr std::size_t kBuffer = 32768;
  ++sequence_;
  TRY(sys::send_to_kernel(socket_, request.bytes(sequence_)));
  Answer answer;
  std::array<char, kBuffer> buffer;
  while (!answer.complete) {
    const std::size_t size = TRY(sys::receive_from_kernel(socket_, buffer));
    TRY(read_datagram({buffer.data(), size}, sequence_, answer));
  }
  return answer;
}

Result<std::vector<Message>> Socket::ask(const Request& request) {
  constexpr int kMostTries = 16;
  for (int i = 0; i < kMostTries; ++i) {
    Answer answer = TRY(ask_once(request));
    if (answer.error != 0) {
      Error error = Error::system("rtnetlink", "", answer.error);
      if (!answer.words.empty()) return std::move(error).with_hint(answer.words);
      return error;
    }
    if (!answer.interrupted) return std::move(answer.messages);
  }
  return Error::system("rtnetlink", "", EINTR);
}

}  // namespace brig::netlink
