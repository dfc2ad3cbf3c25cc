// Secret memory: locked, left out of core dumps, wiped when freed, and bounded where it is freed and taken again.
#include "ipsec/secret_memory.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <set>
#include <string>
#include <thread>

#include "ipsec/key.h"

namespace espy::ipsec {
namespace {

constexpr std::uint8_t kPattern = 0xa5;

// The "VmFlags:" of the mapping that holds `address`, as proc(5) describes them.
std::string flags_of(const void* address) {
  std::ifstream maps("/proc/self/smaps");
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    unsigned long first = 0, last = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &first, &last) == 2) inside = first <= wanted && wanted < last;
    if (inside && line.starts_with("VmFlags:")) return line + " ";
  }
  return {};
}

TEST(SecretMemory, IsLockedAndLeftOutOfCoreDumps) {
  const SecretOctets octets(20, kPattern);
  const std::string flags = flags_of(octets.data());
  if (flags.empty()) GTEST_SKIP() << "this system does not show the flags of mappings";
  EXPECT_NE(flags.find(" dd "), std::string::npos) << flags;
  EXPECT_NE(flags.find(" wf "), std::string::npos) << flags;
  if (secret_memory_locked()) {
    EXPECT_NE(flags.find(" lo "), std::string::npos) << flags;
  }
}

// A freed slot stays mapped, so that it can be looked at. Its first octets are the link to the next free slot by then, an address of which
// any octet may equal the pattern.
TEST(SecretMemory, WipesWhatItFrees) {
  constexpr std::size_t kLink = sizeof(void*);
  for (const std::size_t size : {kLink + 1, std::size_t{32}, std::size_t{33}, std::size_t{64}, std::size_t{2048}}) {
    auto* memory = static_cast<std::uint8_t*>(allocate_secret(size));
    std::fill_n(memory, size, kPattern);
    free_secret(memory, size);
    EXPECT_EQ(std::count(memory + kLink, memory + size, kPattern), 0) << size;
  }
}

TEST(SecretMemory, TakesAgainWhatWasFreed) {
  std::set<const void*> seen;
  for (int round = 0; round < 10'000; ++round) seen.insert(SecretOctets(40, kPattern).data());
  EXPECT_LE(seen.size(), 2U);
}

TEST(SecretMemory, HoldsAnySizeAndKeepsObjectsApart) {
  std::vector<SecretOctets> all;
  for (std::size_t size = 1; size < 10'000; size += 37) all.emplace_back(size, static_cast<std::uint8_t>(size));
  for (const SecretOctets& octets : all) {
    EXPECT_TRUE(std::ranges::all_of(octets, [&](std::uint8_t octet) { return octet == static_cast<std::uint8_t>(octets.size()); }));
  }
}

TEST(SecretMemory, ServesThreads) {
  const auto work = [] {
    for (std::size_t round = 0; round < 2000; ++round) {
      const SecretOctets octets(1 + round % 100, static_cast<std::uint8_t>(round));
      ASSERT_EQ(octets.back(), static_cast<std::uint8_t>(round));
    }
  };
  std::thread other(work);
  work();
  other.join();
}

TEST(SecretMemory, IsGoneInAForkedChild) {
  const SecretOctets octets(20, kPattern);
  const pid_t child = ::fork();
  if (child == 0) ::_exit(std::count(octets.begin(), octets.end(), kPattern) == 0 ? 0 : 1);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

// In a child, because the limit and the answer cannot be taken back.
TEST(SecretMemory, SaysWhenItCannotLock) {
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit none{.rlim_cur = 0, .rlim_max = 0};
    const bool limited = ::setrlimit(RLIMIT_MEMLOCK, &none) == 0 && ::seteuid(65534) == 0;
    const SecretOctets octets(100'000, kPattern);
    ::_exit(!limited ? 77 : octets.back() == kPattern && !secret_memory_locked() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "cannot lower RLIMIT_MEMLOCK and leave root";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(SecretText, GrowsAndKeepsWhatItWasGiven) {
  SecretText text;
  for (int index = 0; index < 1000; ++index) text += "0123456789";
  EXPECT_EQ(text.size(), 10'000U);
  EXPECT_TRUE(text.view().ends_with("890123456789"));
}

TEST(Key, KeepsTheOctetsInSecretMemory) {
  std::vector<std::uint8_t> octets(32, kPattern);
  const std::uint8_t* source = octets.data();
  const Key key(std::move(octets));
  EXPECT_EQ(key.size(), 32U);
  EXPECT_NE(key.secret().data(), source);
  EXPECT_TRUE(std::ranges::all_of(key.secret(), [](std::uint8_t octet) { return octet == kPattern; }));
}

}  // namespace
}  // namespace espy::ipsec
