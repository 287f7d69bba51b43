// Messages of netlink(7) as bytes: what is sent, and what is made of what comes, however broken.
#include "base/netlink.h"

#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <string>

namespace brig::netlink {
namespace {

constexpr std::uint32_t kSequence = 7;

std::string message(std::uint16_t type, std::uint16_t flags, std::string_view body,
                    std::uint32_t sequence = kSequence) {
  nlmsghdr head = {};
  head.nlmsg_len = static_cast<std::uint32_t>(sizeof head + body.size());
  head.nlmsg_type = type;
  head.nlmsg_flags = flags;
  head.nlmsg_seq = sequence;
  std::string bytes(bytes_of(head));
  bytes += body;
  bytes.resize((bytes.size() + 3) & ~std::size_t{3});
  return bytes;
}

std::string error_body(int error, std::string_view behind = {}) {
  nlmsgerr body = {};
  body.error = error;
  body.msg.nlmsg_len = sizeof(nlmsghdr);
  return std::string(bytes_of(body)) + std::string(behind);
}

std::string attribute(std::uint16_t type, std::string_view value) {
  const nlattr head = {.nla_len = static_cast<std::uint16_t>(sizeof(nlattr) + value.size()), .nla_type = type};
  std::string bytes = std::string(bytes_of(head)) + std::string(value);
  bytes.resize((bytes.size() + 3) & ~std::size_t{3});
  return bytes;
}

TEST(NetlinkRequest, IsAHeaderAFixedPartAndAlignedAttributes) {
  ifinfomsg fixed = {};
  fixed.ifi_index = 5;
  Request request(RTM_NEWLINK, 0, fixed);
  request.add_name(IFLA_IFNAME, "ab").add_number(IFLA_MTU, 1500);
  const std::string bytes = request.bytes(9);
  nlmsghdr head;
  ASSERT_EQ(bytes.size(), sizeof head + sizeof fixed + 8 + 8);
  std::memcpy(&head, bytes.data(), sizeof head);
  EXPECT_EQ(head.nlmsg_len, bytes.size());
  EXPECT_EQ(head.nlmsg_type, RTM_NEWLINK);
  EXPECT_EQ(head.nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
  EXPECT_EQ(head.nlmsg_seq, 9u);
  const Message sent{.type = RTM_NEWLINK, .body = bytes.substr(sizeof head)};
  EXPECT_EQ(header_of<ifinfomsg>(sent)->ifi_index, 5);
  const std::vector<Attribute> found = attributes(sent, sizeof fixed);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].type, IFLA_IFNAME);
  EXPECT_EQ(found[0].value, std::string_view("ab\0", 3));
  EXPECT_EQ(found[1].type, IFLA_MTU);
}

TEST(NetlinkRequest, ADumpIsNotAcknowledged) {
  const ifinfomsg fixed = {};
  const std::string bytes = Request(RTM_GETLINK, NLM_F_DUMP, fixed).bytes(1);
  nlmsghdr head;
  std::memcpy(&head, bytes.data(), sizeof head);
  EXPECT_EQ(head.nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
}

TEST(NetlinkAnswer, MessagesAndTheEnd) {
  Answer answer;
  const std::string datagram = message(RTM_NEWLINK, NLM_F_MULTI, "abc") + message(RTM_NEWLINK, NLM_F_MULTI, "") +
                               message(NLMSG_NOOP, 0, "") + message(NLMSG_DONE, NLM_F_MULTI, std::string(4, '\0'));
  ASSERT_TRUE(read_datagram(datagram, kSequence, answer).ok());
  EXPECT_TRUE(answer.complete);
  EXPECT_EQ(answer.error, 0);
  ASSERT_EQ(answer.messages.size(), 2u);
  EXPECT_EQ(answer.messages[0].body, "abc");
}

TEST(NetlinkAnswer, OfAnotherRequestIsPassedOver) {
  Answer answer;
  ASSERT_TRUE(read_datagram(message(NLMSG_ERROR, 0, error_body(-1), kSequence + 1), kSequence, answer).ok());
  EXPECT_FALSE(answer.complete);
}

TEST(NetlinkAnswer, AnErrorHasTheKernelsWords) {
  const std::string words = attribute(NLMSGERR_ATTR_MSG, std::string_view("Invalid prefix\0", 15));
  Answer answer;
  ASSERT_TRUE(
      read_datagram(message(NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS, error_body(-22, words)), kSequence, answer)
          .ok());
  EXPECT_TRUE(answer.complete);
  EXPECT_EQ(answer.error, 22);
  EXPECT_EQ(answer.words, "Invalid prefix");
}

TEST(NetlinkAnswer, AnInterruptedDumpIsTold) {
  Answer answer;
  ASSERT_TRUE(read_datagram(message(NLMSG_DONE, NLM_F_DUMP_INTR, std::string(4, '\0')), kSequence, answer).ok());
  EXPECT_TRUE(answer.interrupted);
}

TEST(NetlinkAnswer, WhatIsCutOffIsRefusedAtEveryLength) {
  const std::string whole = message(RTM_NEWLINK, 0, "abcd");
  for (std::size_t size = 1; size < whole.size(); ++size) {
    Answer answer;
    EXPECT_FALSE(read_datagram(std::string_view(whole).substr(0, size), kSequence, answer).ok()) << size;
  }
  std::string short_length = whole;
  short_length[0] = 3;
  Answer answer;
  EXPECT_FALSE(read_datagram(short_length, kSequence, answer).ok());
}

TEST(NetlinkAnswer, BrokenAttributesEndTheList) {
  const std::string good = attribute(1, "x");
  for (const std::string& tail : {std::string("\1\0", 2), std::string("\3\0\1\0", 4), std::string("\x40\0\1\0", 4)}) {
    const std::vector<Attribute> found = attributes({.type = RTM_NEWLINK, .body = good + tail}, 0);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].value, "x");
  }
  EXPECT_TRUE(attributes({.type = RTM_NEWLINK, .body = "ab"}, 16).empty());
}

TEST(NetlinkAnswer, ACutErrorHasNoWords) {
  for (const std::string& body : {std::string(), std::string(3, '\0'), error_body(-22)}) {
    Answer answer;
    ASSERT_TRUE(read_datagram(message(NLMSG_ERROR, NLM_F_ACK_TLVS, body), kSequence, answer).ok());
    EXPECT_TRUE(answer.complete);
    EXPECT_EQ(answer.words, "");
  }
}

}  // namespace
}  // namespace brig::netlink
