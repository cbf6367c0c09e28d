package dev.finetide.jinja.python;

import dev.finetide.jinja.value.Budget;
import dev.finetide.jinja.value.Fault;
import dev.finetide.jinja.value.Python;
import dev.finetide.jinja.value.Tuple;
import dev.finetide.jinja.value.View;
import java.util.List;
import java.util.Map;

/// Charges the search for a key in a dict, and refuses keys that Python cannot hash.
public final class Keys {
    /// Visits that hashing and comparing one value of a tuple take.
    private static final int VISITS = 4;

    private Keys() {}

    /// Charges a search for a key.
    ///
    /// @param size entries of the dict
    /// @return key
    /// @throws Fault for a key that has no hash, such as a list
    public static Object charged(Object key, int size, Budget budget) {
        if (!isHashable(key, size, budget)) {
            throw new Fault("unhashable type: '" + Python.typeName(key) + "'");
        }
        return key;
    }

    /// Charges a search for a key, and tells whether a dict can hold the key.
    ///
    /// @param size entries of the dict
    public static boolean isHashable(Object key, int size, Budget budget) {
        budget.search(key, size);
        return hasHash(key, budget);
    }

    private static boolean hasHash(Object key, Budget budget) {
        if (key instanceof Tuple tuple) {
            budget.enterValue();
            budget.items((long) VISITS * tuple.size());
            for (Object item : tuple) {
                budget.read(item);
                if (!hasHash(item, budget)) {
                    budget.leaveValue();
                    return false;
                }
            }
            budget.leaveValue();
            return true;
        }
        return !(key instanceof List<?> || key instanceof Map<?, ?> || key instanceof View);
    }
}
