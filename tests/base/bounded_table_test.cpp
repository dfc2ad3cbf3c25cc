#include "base/bounded_table.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <random>
#include <thread>

#include "base/hash.h"

namespace espy::base {
namespace {

struct Number {
  std::uint32_t value = 0;
  bool operator==(const Number&) const = default;
  std::uint64_t hash(std::uint64_t seed) const { return combine(seed, value); }
};

// All keys in one place: what an attacker would like to reach.
struct Colliding {
  std::uint32_t value = 0;
  bool operator==(const Colliding&) const = default;
  std::uint64_t hash(std::uint64_t) const { return 63; }
};

TEST(BoundedTable, KeepsNoMoreThanItsLimitAndCountsTheRest) {
  BoundedTable<Number, int> table(100, hash_seed());
  for (std::uint32_t value = 0; value < 130; ++value) EXPECT_EQ(table.insert({value}), value < 100 ? value : table.kMissing);
  EXPECT_EQ(table.size(), 100U);
  EXPECT_EQ(table.overflowed(), 30U);
  EXPECT_EQ(table.insert({7}), 7U);  // known ones are still found
  EXPECT_EQ(table.find({120}), table.kMissing);
  EXPECT_EQ(table.overflowed(), 30U);
}

TEST(BoundedTable, RowsStayWhereTheyAreWhileItGrows) {
  BoundedTable<Number, int> table(100'000, hash_seed());
  const std::uint32_t first = table.insert({42});
  int* row = &table[first].row;
  *row = 17;
  for (std::uint32_t value = 1000; value < 90'000; ++value) table.insert({value});
  EXPECT_EQ(&table[table.find({42})].row, row);
  EXPECT_EQ(*row, 17);
}

TEST(BoundedTable, FindsKeysThatCollide) {
  BoundedTable<Colliding, int> table(500, 0);
  for (std::uint32_t value = 0; value < 300; ++value) table.insert({value});
  for (std::uint32_t value = 0; value < 300; ++value) EXPECT_EQ(table.find({value}), value);
  EXPECT_EQ(table.find({300}), table.kMissing);
}

TEST(BoundedTable, AgreesWithStdMap) {
  std::mt19937 random(1);
  BoundedTable<Number, std::uint64_t> table(5'000, hash_seed());
  std::map<std::uint32_t, std::uint64_t> model;
  for (int step = 0; step < 50'000; ++step) {
    const auto key = static_cast<std::uint32_t>(random() % 4'000);
    ++table[table.insert({key})].row;
    ++model[key];
  }
  EXPECT_EQ(table.size(), model.size());
  for (const auto& [key, row] : table) EXPECT_EQ(row, model.at(key.value));
}

// What a reader finds while the table grows is right, and all that was there before it looked is found.
TEST(BoundedTable, IsReadWhileItIsWritten) {
  constexpr std::uint32_t kEntries = 60'000;
  BoundedTable<Number, int> table(kEntries, hash_seed());
  std::atomic<std::uint32_t> written{0};
  std::uint64_t wrong = 0, looked = 0;
  std::jthread reader([&] {
    std::mt19937 random(2);
    for (std::uint32_t known = 0; known < kEntries;) {  // at least once, with all of them
      known = written.load(std::memory_order_acquire);
      if (known == 0) continue;
      ++looked;
      const std::uint32_t value = static_cast<std::uint32_t>(random()) % known;
      wrong += table.find({value}) != value;
      const std::uint32_t later = table.find({value + kEntries / 2});
      wrong += later != table.kMissing && later != value + kEntries / 2;
    }
  });
  for (std::uint32_t value = 0; value < kEntries; ++value) {
    table.insert({value});
    written.store(value + 1, std::memory_order_release);
  }
  reader.join();
  EXPECT_EQ(wrong, 0U);
  EXPECT_GT(looked, 0U);
  EXPECT_TRUE(table.closed());
}

TEST(BoundedTable, FindsByWhatAKeyIsMadeOf) {
  BoundedTable<Number, int> table(100, hash_seed());
  for (std::uint32_t value = 0; value < 50; ++value) table.insert({value});
  const auto find = [&](std::uint32_t value) {
    return table.find_if(Number{value}.hash(table.seed()), [=](const Number& key) { return key.value == value; });
  };
  EXPECT_EQ(find(49), 49U);
  EXPECT_EQ(find(50), table.kMissing);
  EXPECT_FALSE(table.closed());
}

}  // namespace
}  // namespace espy::base
