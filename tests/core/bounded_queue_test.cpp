#include "core/bounded_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

namespace codectrace {
namespace {

TEST(BoundedQueue, KeepsOrderAndEnds) {
  BoundedQueue<int> queue(2);
  std::thread producer([&] {
    for (int i = 0; i < 100; ++i) queue.push(i);
    queue.finish();
  });

  for (int i = 0; i < 100; ++i) EXPECT_EQ(queue.pop(), i);
  EXPECT_EQ(queue.pop(), std::nullopt);
  producer.join();
}

TEST(BoundedQueue, NeverHoldsMoreThanItsBound) {
  BoundedQueue<int> queue(3);
  std::atomic<int> pushed{0};
  std::atomic<int> popped{0};
  std::atomic<int> most{0};
  std::thread producer([&] {
    for (int i = 0; i < 200; ++i) {
      queue.push(i);
      most = std::max(most.load(), ++pushed - popped.load());
    }
    queue.finish();
  });

  while (queue.pop()) ++popped;
  producer.join();

  EXPECT_LE(most.load(), 5);  // three in it, one taken but not counted yet, one being pushed
}

TEST(BoundedQueue, CarriesTheProducersErrorAfterWhatCameBefore) {
  BoundedQueue<int> queue(4);
  queue.push(1);
  queue.fail(std::make_exception_ptr(std::runtime_error("disc")));

  EXPECT_EQ(queue.pop(), 1);
  EXPECT_THROW(queue.pop(), std::runtime_error);
}

TEST(BoundedQueue, LetsAProducerGoWhenTheConsumerCloses) {
  BoundedQueue<int> queue(1);
  std::atomic<bool> refused{false};
  std::thread producer([&] {
    while (queue.push(1)) {
    }
    refused = true;
  });

  EXPECT_EQ(queue.pop(), 1);
  queue.close();
  producer.join();

  EXPECT_TRUE(refused);
}

}  // namespace
}  // namespace codectrace
