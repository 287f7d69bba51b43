#include "runtime/mounts/attributes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

namespace brig::mounts {

void PrintTo(const Change& change, std::ostream* out) {
  *out << std::hex << "{set " << change.set << ", clear " << change.clear << ", propagation " << change.propagation
       << (change.recursive ? ", recursive}" : "}");
}

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(BindChanges, NothingAskedForIsPrivateInOneCall) {
  EXPECT_THAT(bind_changes({.bind = true}, 0), ElementsAre(Change{0, 0, MS_PRIVATE, false}));
  EXPECT_THAT(bind_changes({.bind = true, .recursive = true}, 0), ElementsAre(Change{0, 0, MS_PRIVATE, true}));
}

TEST(BindChanges, FlagsOfAPlainBindGoWithThePropagation) {
  EXPECT_THAT(bind_changes({.set = MOUNT_ATTR_RDONLY, .clear = MOUNT_ATTR_NOSUID, .bind = true}, 0),
              ElementsAre(Change{MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MS_PRIVATE, false}));
}

TEST(BindChanges, FlagsOfARecursiveBindAreThoseOfItsTopOnly) {
  EXPECT_THAT(bind_changes({.set = MOUNT_ATTR_RDONLY, .bind = true, .recursive = true}, 0),
              ElementsAre(Change{0, 0, MS_PRIVATE, true}, Change{MOUNT_ATTR_RDONLY, 0, 0, false}));
}

TEST(BindChanges, FlagsForTheWholeTreeWinOverThoseOfTheTop) {
  const oci::MountOptions options = {.set = MOUNT_ATTR_NODEV,
                                     .clear = MOUNT_ATTR_RDONLY,
                                     .recursive_set = MOUNT_ATTR_RDONLY,
                                     .bind = true,
                                     .recursive = true};
  EXPECT_THAT(bind_changes(options, 0),
              ElementsAre(Change{MOUNT_ATTR_RDONLY, 0, MS_PRIVATE, true}, Change{MOUNT_ATTR_NODEV, 0, 0, false}));
  EXPECT_EQ(merged(options), (Change{MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV, 0, 0, false}));
}

TEST(BindChanges, WhoSetsAccessTimesClearsAllTheirBits) {
  const std::vector<Change> changes = bind_changes({.set = MOUNT_ATTR_NOATIME, .bind = true}, 0);
  EXPECT_THAT(changes, ElementsAre(Change{MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME, MS_PRIVATE, false}));
}

TEST(BindChanges, TiesToTheHostAreOnlyAsStrongAsTheRootfsAllows) {
  const oci::MountOptions slave = {.propagation = {MS_SLAVE | MS_REC}, .bind = true, .recursive = true};
  const oci::MountOptions shared = {.propagation = {MS_SHARED}, .bind = true};
  EXPECT_THAT(bind_changes(slave, 0), ElementsAre(Change{0, 0, MS_SLAVE, true}, Change{0, 0, MS_SLAVE, true}));
  EXPECT_THAT(bind_changes(slave, MS_SHARED), ElementsAre(Change{0, 0, MS_SLAVE, true}));
  EXPECT_THAT(bind_changes(slave, MS_PRIVATE),
              ElementsAre(Change{0, 0, MS_PRIVATE, true}, Change{0, 0, MS_SLAVE, true}));
  EXPECT_THAT(bind_changes(shared, MS_SHARED | MS_REC), ElementsAre(Change{0, 0, MS_SHARED, false}));
  EXPECT_THAT(bind_changes(shared, 0), ElementsAre(Change{0, 0, MS_SLAVE, false}, Change{0, 0, MS_SHARED, false}));
}

TEST(BindChanges, PrivateIsNotAskedForTwiceButUnbindableIsKept) {
  EXPECT_THAT(bind_changes({.propagation = {MS_PRIVATE | MS_REC}, .bind = true}, 0),
              ElementsAre(Change{0, 0, MS_PRIVATE, false}));
  EXPECT_THAT(bind_changes({.propagation = {MS_UNBINDABLE}, .bind = true}, 0),
              ElementsAre(Change{0, 0, MS_PRIVATE, false}, Change{0, 0, MS_UNBINDABLE, false}));
}

TEST(PropagationChanges, InTheOrderGiven) {
  EXPECT_THAT(propagation_changes({}), IsEmpty());
  EXPECT_THAT(propagation_changes({.propagation = {MS_SHARED | MS_REC, MS_SLAVE}}),
              ElementsAre(Change{0, 0, MS_SHARED, true}, Change{0, 0, MS_SLAVE, false}));
}

TEST(RemountFlags, KeepWhatIsThereAndChangeWhatIsAsked) {
  const unsigned long now = ST_NOSUID | ST_NODEV | ST_RELATIME;
  EXPECT_EQ(remount_flags(now, {.set = MOUNT_ATTR_RDONLY}), MS_NOSUID | MS_NODEV | MS_RELATIME | MS_RDONLY);
  EXPECT_EQ(remount_flags(now, {.clear = MOUNT_ATTR_NOSUID}), MS_NODEV | MS_RELATIME);
  EXPECT_EQ(remount_flags(now, {.set = MOUNT_ATTR_NOATIME, .clear = MOUNT_ATTR__ATIME}),
            MS_NOSUID | MS_NODEV | MS_NOATIME);
}

TEST(RemountFlags, AccessTimesStayWhateverTheyAre) {
  EXPECT_EQ(remount_flags(0, {.set = MOUNT_ATTR_RDONLY}), MS_STRICTATIME | MS_RDONLY);
  EXPECT_EQ(remount_flags(ST_NOATIME, {}), static_cast<unsigned long>(MS_NOATIME));
  EXPECT_EQ(remount_flags(ST_NOATIME, {.clear = MOUNT_ATTR__ATIME}), static_cast<unsigned long>(MS_RELATIME));
  EXPECT_EQ(remount_flags(ST_RELATIME, {.set = MOUNT_ATTR_STRICTATIME, .clear = MOUNT_ATTR__ATIME}),
            static_cast<unsigned long>(MS_STRICTATIME));
}

}  // namespace
}  // namespace brig::mounts
