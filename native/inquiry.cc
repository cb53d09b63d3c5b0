#include "inquiry.h"

#include <unordered_map>

#include "flow_lists.h"

namespace netsonde {
namespace {

using Learn = std::function<void(const Tuple& asked, const Tracked&)>;

// From so many questions on, and if the table has not many times more entries, all of it is read instead: an entry of a
// list takes a third of the time of a question.
constexpr size_t kManyQuestions = 256;
constexpr uint64_t kEntriesPerQuestion = 4;

// The original's tuple is that of the client's packets, the reply's that of the backend's: of a row with either pair of
// addresses one way is among them. Of an echo the original is the request, the reply is the reply.
struct Guess {
  bool other_way;
  bool echo_reply;
};
constexpr Guess kGuesses[] = {{false, false}, {true, false}, {false, true}, {true, true}};

void askEach(const FlowRows& rows, std::vector<Question>& questions, const Learn& learn) {
  Conntrack conntrack;
  for (const auto [other_way, echo_reply] : kGuesses) {
    std::vector<Tuple> tuples;
    std::vector<size_t> of;
    for (size_t i = 0; i < questions.size(); i++) {
      const uint32_t row = questions[i].row;
      if (questions[i].found || (echo_reply && !isIcmp(rows.protocol[row]))) continue;
      const bool from_higher = (rows.client[row] == CLIENT_HIGHER) != other_way;
      const Tuple tuple = tupleOf(rows, row);
      tuples.push_back(from_higher ? tuple.inverse() : tuple);
      of.push_back(i);
    }
    conntrack.get(tuples, echo_reply, [&](size_t index, const Tracked& tracked) {
      questions[of[index]].found = true;
      learn(tuples[index], tracked);
    });
  }
}

void askAll(const FlowRows& rows, std::vector<Question>& questions, const Learn& learn) {
  std::unordered_multimap<Tuple, size_t, HashOfTuple> asked;
  for (size_t i = 0; i < questions.size(); i++) asked.emplace(inOrder(tupleOf(rows, questions[i].row)), i);
  Conntrack::list([&](const Tracked& tracked) {
    for (const Tuple* one : {&tracked.original, &tracked.reply}) {
      const auto [begin, end] = asked.equal_range(inOrder(*one));
      for (auto each = begin; each != end; ++each) questions[each->second].found = true;
      if (begin != end) learn(*one, tracked);
    }
  });
}

}  // namespace

void inquire(const FlowRows& rows, std::vector<Question>& questions, uint64_t entries, const Learn& learn) {
  if (questions.empty()) return;
  if (questions.size() >= kManyQuestions && entries < questions.size() * kEntriesPerQuestion)
    askAll(rows, questions, learn);
  else
    askEach(rows, questions, learn);
}

}  // namespace netsonde
