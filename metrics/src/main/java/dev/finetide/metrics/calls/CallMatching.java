package dev.finetide.metrics.calls;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The comparison of a reply with one list of expected calls. Calls are paired so that as many
/// arguments as possible are right, whatever their order.
public final class CallMatching {
    private final List<ExpectedCall> expected;
    private final CallReply reply;

    CallMatching(List<ExpectedCall> expected, CallReply reply) {
        this.expected = expected;
        this.reply = reply;
    }

    /// Returns 1 where the reply makes exactly the expected calls, else 0.
    public double whole() {
        boolean comparable = reply.problems().isEmpty() && reply.calls().size() == expected.size();
        return comparable && (expected.isEmpty() || paired() == expected.size()) ? 1 : 0;
    }

    /// Returns the F1 of the names; 1 where nothing is called and nothing should be.
    public double names() {
        Map<String, Integer> left = new HashMap<>();
        expected.forEach(call -> left.merge(call.name(), 1, Integer::sum));
        int common = 0;
        for (Call call : reply.calls()) {
            common += left.merge(call.name(), -1, Integer::sum) >= 0 ? 1 : 0;
        }
        return f1(common);
    }

    /// Returns the mean F1 of the arguments of the calls, in which a call that is missing, too many,
    /// unreadable or of another name counts 0; 1 where nothing is called and nothing should be.
    public double arguments() {
        return f1(paired());
    }

    private double f1(double common) {
        int calls = expected.size() + reply.size();
        return calls == 0 ? 1 : 2 * common / calls;
    }

    /// Returns the sum of the F1 of the paired calls.
    private double paired() {
        double[][] f1 = new double[expected.size()][reply.calls().size()];
        for (int i = 0; i < f1.length; i++) {
            for (int j = 0; j < f1[i].length; j++) {
                f1[i][j] = expected.get(i).f1(reply.calls().get(j));
            }
        }
        return Assignment.best(f1);
    }
}
