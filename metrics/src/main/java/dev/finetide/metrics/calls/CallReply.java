package dev.finetide.metrics.calls;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// The calls of one reply.
///
/// @param calls calls that can be read, in the order of the reply
/// @param problems one for each call that cannot be read
/// @param pieces parts of the reply in which calls were found, readable or not
public record CallReply(List<Call> calls, List<CallProblem> problems, List<String> pieces) {
    private static final int MOST_CALLS = 200;

    public CallReply {
        calls = List.copyOf(calls);
        problems = List.copyOf(problems);
        pieces = List.copyOf(pieces);
    }

    /// Returns the number of calls that the reply makes or tries to make.
    public int size() {
        return calls.size() + problems.size();
    }

    /// Returns whether the reply neither makes a call nor tries to.
    public boolean isEmpty() {
        return size() == 0;
    }

    /// Makes a reply whose calls cannot be used, all for the same reason.
    static CallReply refused(CallProblem problem, int count, String reply) {
        return new CallReply(List.of(), Collections.nCopies(count, problem), List.of(reply.strip()));
    }

    /// Collects calls and problems while a reply is read.
    static final class Builder {
        private final String reply;
        private final List<Call> calls = new ArrayList<>();
        private final List<CallProblem> problems = new ArrayList<>();
        private final List<String> pieces = new ArrayList<>();

        Builder(String reply) {
            this.reply = reply;
        }

        void add(Call call) {
            calls.add(call);
        }

        void add(CallProblem problem) {
            problems.add(problem);
        }

        void add(CallReply part) {
            calls.addAll(part.calls());
            problems.addAll(part.problems());
        }

        /// Notes a part of the reply as the place of calls.
        void piece(int start, int end) {
            pieces.add(reply.substring(start, end).strip());
        }

        int size() {
            return calls.size() + problems.size();
        }

        CallReply build() {
            return size() > MOST_CALLS
                    ? refused(CallProblem.TOO_MANY, 1, reply)
                    : new CallReply(calls, problems, pieces);
        }
    }
}
