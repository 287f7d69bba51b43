// The D-Bus client and what it says to systemd, against a server in a child process: a script of what it reads and
// answers, on a socket in a temporary directory.
#include "cgroups/bus.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <string>

#include "base/sys.h"
#include "cgroups/dbus_message.h"
#include "cgroups/systemd.h"
#include "tests/support/temporary_directory.h"

namespace brig::cgroups {
namespace {

using namespace std::string_literals;
using dbus::Message;

constexpr int kTimeoutMs = 5000, kShortMs = 200;
constexpr const char* kManager = "org.freedesktop.systemd1.Manager";

// The server's end of one connection. What it says is checked by the test through its exit status.
class Peer {
 public:
  explicit Peer(int fd) : fd_(fd) {}
  void say(const std::string& bytes) const { (void)!write(fd_, bytes.data(), bytes.size()); }
  // Up to and with "\r\n"; "" at the end.
  std::string line() {
    std::string out;
    char c = 0;
    while (!out.ends_with("\r\n"))
      if (read(fd_, &c, 1) != 1)
        return "";
      else
        out.push_back(c);
    return out;
  }
  // The next message; ends the server if there is none.
  Message hear() {
    std::string bytes;
    char c = 0;
    for (;;) {
      const auto size = dbus::message_size(bytes);
      if (!size.ok()) _exit(40);
      if (size.value() && bytes.size() == *size.value()) break;
      if (read(fd_, &c, 1) != 1) _exit(41);
      bytes.push_back(c);
    }
    Result<Message> message = dbus::decode(bytes);
    if (!message.ok()) _exit(42);
    return std::move(message).value();
  }
  Message hear(const std::string& member) {
    Message message = hear();
    if (message.member != member) _exit(43);
    return message;
  }
  void answer(const Message& call, std::vector<dbus::Value> values) {
    Message reply;
    reply.type = Message::Type::kReturn;
    reply.serial = ++serial_;
    reply.reply_serial = call.serial;
    reply.body = std::move(values);
    say(dbus::encode(reply).value());
  }
  void refuse(const Message& call, const std::string& name, const std::string& text) {
    Message reply;
    reply.type = Message::Type::kError;
    reply.serial = ++serial_;
    reply.reply_serial = call.serial;
    reply.error_name = name;
    reply.body = {dbus::string(text)};
    say(dbus::encode(reply).value());
  }
  void job_removed(const std::string& job, const std::string& result) {
    Message signal;
    signal.type = Message::Type::kSignal;
    signal.serial = ++serial_;
    signal.path = "/org/freedesktop/systemd1";
    signal.interface = kManager;
    signal.member = "JobRemoved";
    signal.body = {dbus::uint32(1), dbus::object_path(job), dbus::string("a.scope"), dbus::string(result)};
    say(dbus::encode(signal).value());
  }
  // What every server of D-Bus begins with.
  void accept_authentication() {
    if (line() != "\0AUTH EXTERNAL\r\n"s) _exit(44);
    say("DATA\r\n");
    if (line() != "DATA\r\n") _exit(45);
    // Before the answer that lets messages follow: a server that reads both at once may be caught out.
    if (line() != "BEGIN\r\n") _exit(46);
    say("OK 0123456789abcdef0123456789abcdef\r\n");
  }
  // What Systemd::connect_to asks.
  void introduce_systemd(const std::string& version = "252.38-1~deb12u1") {
    accept_authentication();
    answer(hear("Get"), {dbus::variant(dbus::string(version))});
    answer(hear("Get"), {dbus::variant(dbus::string(""))});
  }
  // Until the client goes.
  void wait_for_end() const {
    char buffer[512];
    while (read(fd_, buffer, sizeof buffer) > 0) continue;
  }

 private:
  int fd_;
  std::uint32_t serial_ = 0;
};

class Server {
 public:
  explicit Server(const std::function<void(Peer&)>& script) : path_(directory_ / "bus") {
    const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener, 4), 0);
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      signal(SIGPIPE, SIG_IGN);
      alarm(30);
      Peer peer(accept(listener, nullptr, nullptr));
      script(peer);
      _exit(0);
    }
    close(listener);
  }
  ~Server() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  // 0: the client said what the script expected.
  int end() {
    int status = -1;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  const std::string& path() const { return path_; }
  Result<Bus> connect(int timeout_ms = kTimeoutMs) const { return Bus::connect(path_, Bus::Kind::kDirect, timeout_ms); }
  Result<Systemd> systemd(int timeout_ms = kTimeoutMs) const {
    return Systemd::connect_to({.path = path_, .kind = Bus::Kind::kDirect}, Whose::kMachine, timeout_ms);
  }

 private:
  brig::testing::TemporaryDirectory directory_;
  std::string path_;
  pid_t pid_ = -1;
};

Bus::Call ping() {
  return {.destination = "a.b", .path = "/a", .interface = "a.b", .member = "Ping", .arguments = {dbus::uint64(7)}};
}

std::string text_of(const Error& error) { return error.to_string(); }

// ---- the connection

TEST(Bus, NobodyThere) {
  const Result<Bus> bus = Bus::connect("/nonexistent/bus", Bus::Kind::kBus, kTimeoutMs);
  ASSERT_FALSE(bus.ok());
  EXPECT_EQ(bus.error().code(), ENOENT);
  EXPECT_NE(text_of(bus.error()).find("/nonexistent/bus"), std::string::npos);
}

TEST(Bus, ALongPathIsNoObstacle) {
  brig::testing::TemporaryDirectory directory;
  const std::string deep = directory / std::string(150, 'x');
  ASSERT_EQ(mkdir(deep.c_str(), 0700), 0);
  const Result<Bus> bus = Bus::connect(deep + "/bus", Bus::Kind::kBus, kTimeoutMs);
  ASSERT_FALSE(bus.ok());
  EXPECT_EQ(bus.error().code(), ENOENT);  // and not ENAMETOOLONG
}

TEST(Bus, CallsAndIsAnswered) {
  Server server([](Peer& peer) {
    peer.accept_authentication();
    const Message call = peer.hear("Ping");
    if (call.body != std::vector<dbus::Value>{dbus::uint64(7)}) _exit(1);
    if (call.destination != "a.b" || call.path != "/a" || call.interface != "a.b") _exit(2);
    peer.answer(call, {dbus::string("pong")});
  });
  Result<Bus> bus = server.connect();
  ASSERT_TRUE(bus.ok()) << text_of(bus.error());
  const Result<Bus::Reply> reply = bus.value().call(ping(), kTimeoutMs);
  ASSERT_TRUE(reply.ok()) << text_of(reply.error());
  EXPECT_TRUE(reply.value().is("s"));
  EXPECT_EQ(reply.value().values[0].text, "pong");
  EXPECT_EQ(server.end(), 0);
}

TEST(Bus, OldServersTakeUsAtOnce) {
  Server server([](Peer& peer) {
    for (const char* line : {"AUTH EXTERNAL", "DATA", "BEGIN"})
      if (!peer.line().ends_with(line + "\r\n"s)) _exit(1);
    peer.say("OK 0123\r\nOK 0123\r\n");
    peer.answer(peer.hear("Ping"), {});
  });
  Result<Bus> bus = server.connect();
  ASSERT_TRUE(bus.ok()) << text_of(bus.error());
  EXPECT_TRUE(bus.value().call(ping(), kTimeoutMs).ok());
}

TEST(Bus, OnABusComesHelloFirst) {
  Server server([](Peer& peer) {
    peer.accept_authentication();
    const Message hello = peer.hear("Hello");
    if (hello.destination != "org.freedesktop.DBus") _exit(1);
    peer.answer(hello, {dbus::string(":1.7")});
    const Message match = peer.hear("AddMatch");
    if (match.body[0].text != "type='signal',sender='s.s',interface='i.i',member='M'") _exit(2);
    peer.answer(match, {});
  });
  Result<Bus> bus = Bus::connect(server.path(), Bus::Kind::kBus, kTimeoutMs);
  ASSERT_TRUE(bus.ok()) << text_of(bus.error());
  EXPECT_TRUE(bus.value().listen_to("s.s", "i.i", "M", kTimeoutMs).ok());
  EXPECT_EQ(server.end(), 0);
}

TEST(Bus, AnswersComeInPiecesAndAfterOtherThings) {
  Server server([](Peer& peer) {
    peer.accept_authentication();
    const Message call = peer.hear("Ping");
    peer.job_removed("/j/1", "done");
    Message earlier = call;
    earlier.serial = call.serial + 100;
    peer.answer(earlier, {dbus::string("of another call")});
    Message reply;
    reply.type = Message::Type::kReturn;
    reply.serial = 99;
    reply.reply_serial = call.serial;
    reply.body = {dbus::string("pong")};
    const std::string bytes = dbus::encode(reply).value();
    for (const char c : bytes) {
      peer.say(std::string(1, c));
      usleep(500);
    }
  });
  Result<Bus> bus = server.connect();
  ASSERT_TRUE(bus.ok());
  ASSERT_TRUE(bus.value().listen_to("", kManager, "JobRemoved", kTimeoutMs).ok());
  const Result<Bus::Reply> reply = bus.value().call(ping(), kTimeoutMs);
  ASSERT_TRUE(reply.ok()) << text_of(reply.error());
  EXPECT_EQ(reply.value().values[0].text, "pong");
  const Result<Message> signal = bus.value().next_signal(kTimeoutMs);
  ASSERT_TRUE(signal.ok());
  EXPECT_EQ(signal.value().body[1].text, "/j/1");
}

TEST(Bus, RefusedErrorsHaveNameAndWords) {
  Server server([](Peer& peer) {
    peer.accept_authentication();
    peer.refuse(peer.hear("Ping"), "a.b.Error.No", "not today");
  });
  Result<Bus> bus = server.connect();
  ASSERT_TRUE(bus.ok());
  const Result<Bus::Reply> reply = bus.value().call(ping(), kTimeoutMs);
  ASSERT_TRUE(reply.ok());
  EXPECT_TRUE(reply.value().failed());
  EXPECT_EQ(reply.value().error_name, "a.b.Error.No");
  EXPECT_EQ(reply.value().error_text, "not today");
}

struct Hostile {
  const char* what;
  std::function<void(Peer&)> script;
  int code;  // errno, 0: what it says is no D-Bus
};

TEST(Bus, WhatGoesWrongHasAnEndAndAName) {
  const Hostile cases[] = {
      {"silence", [](Peer& peer) { peer.wait_for_end(); }, ETIMEDOUT},
      {"rejected", [](Peer& peer) { peer.line(), peer.say("REJECTED EXTERNAL\r\n"), peer.wait_for_end(); }, EACCES},
      {"not D-Bus", [](Peer& peer) { peer.line(), peer.say("HTTP/1.1 400\r\n"), peer.wait_for_end(); }, 0},
      {"endless line", [](Peer& peer) { peer.say(std::string(10000, 'x')), peer.wait_for_end(); }, 0},
      {"gone at once", [](Peer&) {}, ECONNRESET},
      {"gone before the answer", [](Peer& peer) { peer.accept_authentication(), peer.hear(); }, ECONNRESET},
      {"no answer", [](Peer& peer) { peer.accept_authentication(), peer.wait_for_end(); }, ETIMEDOUT},
      {"an answer to another call",
       [](Peer& peer) {
         peer.accept_authentication();
         Message call = peer.hear();
         call.serial += 5;
         peer.answer(call, {}), peer.wait_for_end();
       },
       ETIMEDOUT},
      {"garbage", [](Peer& peer) { peer.accept_authentication(), peer.hear(), peer.say(std::string(64, 'g')); }, 0},
      {"half an answer",
       [](Peer& peer) { peer.accept_authentication(), peer.hear(), peer.say("l\2\0\1\0\0\0\0\1\0\0\0\x08\0\0\0\5"s); },
       ECONNRESET},
      {"an endless answer",
       [](Peer& peer) {
         peer.accept_authentication(), peer.hear(), peer.say("l\2\0\1\xff\xff\xff\x7f\1\0\0\0\x08\0\0\0"s);
         peer.wait_for_end();
       },
       0},
  };
  for (const Hostile& one : cases) {
    Server server(one.script);
    // A busy machine may be slow to end or to answer.
    const bool in_time = one.code != ETIMEDOUT;
    Result<Bus> bus = server.connect(in_time ? kTimeoutMs : kShortMs * 5);
    Error error = Error::make(Error::Kind::kInternal, "none");
    if (bus.ok()) {
      Result<Bus::Reply> reply = bus.value().call(ping(), in_time ? kTimeoutMs : kShortMs);
      ASSERT_FALSE(reply.ok()) << one.what;
      error = std::move(reply).error();
      EXPECT_NE(text_of(error).find("Ping"), std::string::npos) << one.what << ": " << text_of(error);
    } else {
      error = std::move(bus).error();
      EXPECT_NE(text_of(error).find(server.path()), std::string::npos) << one.what << ": " << text_of(error);
    }
    // Who is gone may be noticed by writing or by reading.
    const bool expected = error.code() == one.code || (one.code == ECONNRESET && error.code() == EPIPE);
    EXPECT_TRUE(expected) << one.what << ": " << text_of(error);
    EXPECT_EQ(error.kind(), one.code == 0 ? Error::Kind::kUnsafe : Error::Kind::kSystem) << one.what;
  }
}

// ---- systemd

constexpr const char* kJob = "/org/freedesktop/systemd1/job/17";

std::vector<Property> some_properties() {
  return {{.name = "Slice", .value = dbus::string("a.slice"), .dispensable = false},
          {.name = "Newfangled", .value = dbus::boolean(true)}};
}

struct Started {
  std::string error;  // "": none
  bool started = false;
  int server = -1;
};

Started start(const std::function<void(Peer&)>& script) {
  Server server([&script](Peer& peer) {
    peer.introduce_systemd();
    script(peer);
  });
  Started out;
  Result<Systemd> systemd = server.systemd();
  if (!systemd.ok()) return {.error = text_of(systemd.error())};
  Result<void> done = systemd.value().start_scope("a.scope", some_properties(), 42, out.started);
  if (!done.ok()) out.error = text_of(done.error());
  out.server = server.end();
  return out;
}

TEST(Systemd, SaysWhoItIs) {
  Server server([](Peer& peer) {
    peer.accept_authentication();
    const Message version = peer.hear("Get");
    if (version.interface != "org.freedesktop.DBus.Properties" || version.body[0].text != kManager) _exit(1);
    peer.answer(version, {dbus::variant(dbus::string("257.1"))});
    peer.answer(peer.hear("Get"), {dbus::variant(dbus::string("/user.slice/user@1.service"))});
  });
  const Result<Systemd> systemd = server.systemd();
  ASSERT_TRUE(systemd.ok()) << text_of(systemd.error());
  EXPECT_EQ(systemd.value().version(), 257);
  EXPECT_EQ(systemd.value().control_group(), "/user.slice/user@1.service");
}

TEST(Systemd, SomethingElseIsRefused) {
  Server server([](Peer& peer) {
    peer.accept_authentication();
    peer.answer(peer.hear("Get"), {dbus::uint64(252)});
  });
  const Result<Systemd> systemd = server.systemd();
  ASSERT_FALSE(systemd.ok());
  EXPECT_EQ(systemd.error().kind(), Error::Kind::kUnsafe);
}

TEST(Systemd, StartsAScopeAndWaitsForItsJob) {
  const Started result = start([](Peer& peer) {
    const Message call = peer.hear("StartTransientUnit");
    if (call.body.size() != 4 || call.body[0].text != "a.scope" || call.body[1].text != "replace") _exit(1);
    const dbus::Value& pids = call.body[2].items.back();
    if (pids.items[0].text != "PIDs" || pids.items[1].items[0] != dbus::array("u", {dbus::uint32(42)})) _exit(2);
    peer.job_removed(kJob, "done");  // may come before the answer
    peer.job_removed("/another/job", "failed");
    peer.answer(call, {dbus::object_path(kJob)});
  });
  EXPECT_EQ(result.error, "");
  EXPECT_TRUE(result.started);
  EXPECT_EQ(result.server, 0);
}

TEST(Systemd, AFailedJobIsAnError) {
  const Started result = start([](Peer& peer) {
    peer.answer(peer.hear("StartTransientUnit"), {dbus::object_path(kJob)});
    peer.job_removed("/another/job", "done");
    peer.job_removed(kJob, "failed");
  });
  EXPECT_NE(result.error.find("systemd could not start a.scope"), std::string::npos) << result.error;
  EXPECT_TRUE(result.started);  // it is there, and failed
}

TEST(Systemd, PropertiesAreReadInTheFormThatBringsThemBack) {
  const dbus::Value rule = dbus::structure({dbus::string("/dev/char/1:3"), dbus::string("rwm")});
  Server server([&rule](Peer& peer) {
    peer.introduce_systemd();
    const Message unit = peer.hear("GetUnit");
    if (unit.body[0].text != "a.scope") _exit(1);
    peer.answer(unit, {dbus::object_path("/org/freedesktop/systemd1/unit/a_2escope")});
    const Message weight = peer.hear("Get");
    if (weight.path != "/org/freedesktop/systemd1/unit/a_2escope") _exit(2);
    if (weight.body[0].text != "org.freedesktop.systemd1.Scope" || weight.body[1].text != "CPUWeight") _exit(3);
    peer.answer(weight, {dbus::variant(dbus::uint64(59))});
    peer.refuse(peer.hear("Get"), "org.freedesktop.DBus.Error.UnknownProperty", "Unknown property Newfangled.");
    peer.answer(peer.hear("Get"), {dbus::variant(dbus::array("(ss)", {rule}))});
  });
  Result<Systemd> systemd = server.systemd();
  ASSERT_TRUE(systemd.ok()) << text_of(systemd.error());
  const std::vector<Property> wanted = {{.name = "CPUWeight", .value = dbus::uint64(1)},
                                        {.name = "Newfangled", .value = dbus::uint64(1)},
                                        {.name = "DeviceAllow", .value = dbus::array("(ss)", {})},
                                        {.name = "DeviceAllow", .value = dbus::array("(ss)", {rule, rule})}};
  const Result<std::vector<Property>> found = systemd.value().properties("a.scope", wanted);
  ASSERT_TRUE(found.ok()) << text_of(found.error());
  ASSERT_EQ(found.value().size(), 3U);
  EXPECT_EQ(found.value()[0].value, dbus::uint64(59));
  EXPECT_EQ(found.value()[1].value, dbus::array("(ss)", {}));
  EXPECT_EQ(found.value()[2].value, dbus::array("(ss)", {rule}));
  EXPECT_EQ(server.end(), 0);
}

TEST(Systemd, WhatFailedBeforeIsClearedAway) {
  const Started result = start([](Peer& peer) {
    peer.refuse(peer.hear("StartTransientUnit"), "org.freedesktop.systemd1.UnitExists", "Unit a.scope exists.");
    const Message reset = peer.hear("ResetFailedUnit");
    if (reset.body[0].text != "a.scope") _exit(1);
    peer.answer(reset, {});
    peer.answer(peer.hear("StartTransientUnit"), {dbus::object_path(kJob)});
    peer.job_removed(kJob, "done");
  });
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.server, 0);
}

TEST(Systemd, AUnitThatRunsIsNotOurs) {
  const Started result = start([](Peer& peer) {
    for (int i = 0; i < 2; ++i) {
      peer.refuse(peer.hear("StartTransientUnit"), "org.freedesktop.systemd1.UnitExists", "Unit a.scope exists.");
      if (i == 0) peer.answer(peer.hear("ResetFailedUnit"), {});
    }
  });
  EXPECT_NE(result.error.find("a.scope exists"), std::string::npos) << result.error;
  EXPECT_FALSE(result.started);
}

TEST(Systemd, UnknownPropertiesAreLeftOutIfTheyCanBeMissed) {
  constexpr const char* kReadOnly = "org.freedesktop.DBus.Error.PropertyReadOnly";
  const Started result = start([](Peer& peer) {
    peer.refuse(peer.hear("StartTransientUnit"), kReadOnly, "Cannot set property Newfangled, or unknown property.");
    const Message again = peer.hear("StartTransientUnit");
    if (again.body[2].items.size() != 2) _exit(1);
    peer.answer(again, {dbus::object_path(kJob)});
    peer.job_removed(kJob, "done");
  });
  EXPECT_EQ(result.error, "");
  const Started refused = start([](Peer& peer) {
    peer.refuse(peer.hear("StartTransientUnit"), kReadOnly, "Cannot set property Slice, or unknown property.");
  });
  EXPECT_NE(refused.error.find("Slice"), std::string::npos);
  EXPECT_FALSE(refused.started);
}

TEST(Systemd, AUnitOfATimeBeforeItWentAwayIsOurs) {
  Server server([](Peer& peer) {
    peer.introduce_systemd();
    peer.refuse(peer.hear("StartTransientUnit"), "org.freedesktop.systemd1.UnitExists", "Unit a.scope exists.");
    for (const char* state : {"activating", "active"}) {
      peer.answer(peer.hear("GetUnit"), {dbus::object_path("/unit/a")});
      peer.answer(peer.hear("Get"), {dbus::variant(dbus::string(state))});
    }
  });
  Result<Systemd> systemd = server.systemd();
  ASSERT_TRUE(systemd.ok()) << text_of(systemd.error());
  bool started = true;
  const Result<void> done = systemd.value().start_scope("a.scope", some_properties(), 42, started);
  EXPECT_TRUE(done.ok()) << text_of(done.error());
  EXPECT_TRUE(started);
  EXPECT_EQ(server.end(), 0);
}

TEST(Systemd, ItIsSeenThatItWentAway) {
  Server closes([](Peer& peer) {
    peer.introduce_systemd();
    peer.hear("StopUnit");
  });
  Result<Systemd> systemd = closes.systemd();
  ASSERT_TRUE(systemd.ok()) << text_of(systemd.error());
  const Result<void> cut_off = systemd.value().stop("a.scope");
  ASSERT_FALSE(cut_off.ok());
  EXPECT_TRUE(went_away(cut_off.error())) << text_of(cut_off.error());

  Server tells([](Peer& peer) {
    peer.introduce_systemd();
    peer.refuse(peer.hear("StopUnit"), "org.freedesktop.DBus.Error.NoReply", "Message recipient disconnected");
    peer.refuse(peer.hear("StopUnit"), "org.freedesktop.DBus.Error.AccessDenied", "Access denied");
  });
  Result<Systemd> other = tells.systemd();
  ASSERT_TRUE(other.ok()) << text_of(other.error());
  const Result<void> told = other.value().stop("a.scope");
  ASSERT_FALSE(told.ok());
  EXPECT_TRUE(went_away(told.error())) << text_of(told.error());
  const Result<void> denied = other.value().stop("a.scope");
  ASSERT_FALSE(denied.ok());
  EXPECT_FALSE(went_away(denied.error())) << text_of(denied.error());
}

TEST(Systemd, NoRights) {
  const Started result = start([](Peer& peer) {
    peer.refuse(peer.hear("StartTransientUnit"), "org.freedesktop.DBus.Error.AccessDenied", "Access denied");
  });
  EXPECT_NE(result.error.find("permission denied"), std::string::npos) << result.error;
}

TEST(Systemd, AJobThatNeverEnds) {
  Server server([](Peer& peer) {
    peer.introduce_systemd();
    peer.answer(peer.hear("StartTransientUnit"), {dbus::object_path(kJob)});
    for (int i = 0; i < 100; ++i) {
      peer.job_removed("/another/job", "done");
      usleep(20'000);
    }
  });
  Result<Systemd> systemd = server.systemd(500);
  ASSERT_TRUE(systemd.ok()) << text_of(systemd.error());
  bool started = false;
  const Result<void> done = systemd.value().start_scope("a.scope", some_properties(), 42, started);
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code(), ETIMEDOUT);
  EXPECT_NE(text_of(done.error()).find("wait for systemd's job on `a.scope`"), std::string::npos)
      << text_of(done.error());
  EXPECT_TRUE(started);
}

TEST(Systemd, Stops) {
  Server server([](Peer& peer) {
    peer.introduce_systemd();
    const Message stop = peer.hear("StopUnit");
    if (stop.body[0].text != "a.scope") _exit(1);
    peer.answer(stop, {dbus::object_path(kJob)});
    peer.job_removed(kJob, "done");
    // Stopped units are forgotten, failed ones are not.
    peer.refuse(peer.hear("ResetFailedUnit"), "org.freedesktop.systemd1.NoSuchUnit", "Unit a.scope not loaded.");
    peer.refuse(peer.hear("StopUnit"), "org.freedesktop.systemd1.NoSuchUnit", "Unit a.scope not loaded.");
    peer.refuse(peer.hear("StopUnit"), "org.freedesktop.DBus.Error.AccessDenied", "Access denied");
  });
  Result<Systemd> systemd = server.systemd();
  ASSERT_TRUE(systemd.ok());
  EXPECT_TRUE(systemd.value().stop("a.scope").ok());
  EXPECT_TRUE(systemd.value().stop("a.scope").ok());
  EXPECT_FALSE(systemd.value().stop("a.scope").ok());
  EXPECT_EQ(server.end(), 0);
}

TEST(Systemd, MovesAProcess) {
  Server server([](Peer& peer) {
    peer.introduce_systemd();
    const Message call = peer.hear("AttachProcessesToUnit");
    if (call.body.size() != 3 || call.body[0].text != "a.scope" || call.body[1].text != "/b") _exit(1);
    if (call.body[2] != dbus::array("u", {dbus::uint32(42)})) _exit(2);
    peer.answer(call, {});
    peer.refuse(peer.hear("AttachProcessesToUnit"), "org.freedesktop.DBus.Error.AccessDenied", "Not yours");
  });
  Result<Systemd> systemd = server.systemd();
  ASSERT_TRUE(systemd.ok());
  EXPECT_TRUE(systemd.value().attach("a.scope", "/b", 42).ok());
  const Result<void> refused = systemd.value().attach("a.scope", "/b", 42);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), EACCES);
  EXPECT_EQ(server.end(), 0);
}

TEST(Systemd, TellsWhetherAUnitIsThere) {
  Server server([](Peer& peer) {
    peer.introduce_systemd();
    const Message unit = peer.hear("GetUnit");
    if (unit.body[0].text != "a.scope") _exit(1);
    peer.answer(unit, {dbus::object_path("/unit/a")});
    const Message state = peer.hear("Get");
    if (state.path != "/unit/a" || state.body[1].text != "ActiveState") _exit(2);
    peer.answer(state, {dbus::variant(dbus::string("active"))});
    peer.refuse(peer.hear("GetUnit"), "org.freedesktop.systemd1.NoSuchUnit", "Unit a.scope not loaded.");
    peer.refuse(peer.hear("GetUnit"), "org.freedesktop.DBus.Error.AccessDenied", "Access denied");
    peer.answer(peer.hear("GetUnit"), {dbus::uint32(1)});
  });
  Result<Systemd> systemd = server.systemd();
  ASSERT_TRUE(systemd.ok());
  EXPECT_EQ(systemd.value().active_state("a.scope").value(), "active");
  EXPECT_EQ(systemd.value().active_state("a.scope").value(), "");
  EXPECT_EQ(systemd.value().active_state("a.scope").error().code(), EACCES);
  EXPECT_EQ(systemd.value().active_state("a.scope").error().kind(), Error::Kind::kUnsafe);
  EXPECT_EQ(server.end(), 0);
}

TEST(Systemd, SetsPropertiesUntilTheNextBoot) {
  Server server([](Peer& peer) {
    peer.introduce_systemd();
    const Message call = peer.hear("SetUnitProperties");
    if (call.body.size() != 3 || call.body[1] != dbus::boolean(true) || call.body[2].items.size() != 2) _exit(1);
    peer.answer(call, {});
  });
  Result<Systemd> systemd = server.systemd();
  ASSERT_TRUE(systemd.ok());
  EXPECT_TRUE(systemd.value().set_properties("a.scope", some_properties()).ok());
  EXPECT_EQ(server.end(), 0);
}

}  // namespace
}  // namespace brig::cgroups
