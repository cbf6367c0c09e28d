package dev.finetide.registry;

import dev.finetide.kit.name.Page;
import dev.finetide.kit.request.Answered;
import dev.finetide.proto.model.v1.Base;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Base models. They are only ever added.
interface BaseStore {
    /// Runs `work` in one transaction.
    <T> T transact(Supplier<T> work);

    /// Adds a base; false if its name is taken.
    boolean add(Base base);

    Optional<Base> find(String name);

    /// By name; one more than the page's size if there are more. The page's key is the name.
    List<Base> list(String project, Page page);

    /// Remembers the answer to a request, unless it has one already: then that one, and this changes nothing.
    Optional<Answered> answer(String requestId, Answered answer);
}
