package dev.finetide.registry;

import dev.finetide.kit.name.Page;
import dev.finetide.kit.request.Answered;
import dev.finetide.proto.model.v1.Base;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Stores base models, which are only added.
interface BaseStore {
    /// Runs `work` in one transaction.
    <T> T transact(Supplier<T> work);

    /// Adds a base; returns false if its name is taken.
    boolean add(Base base);

    Optional<Base> find(String name);

    /// Lists bases by name, with one more than the page's size if there are more. The page's key is the name.
    List<Base> list(String project, Page page);

    /// Stores the answer to a request, unless the request has an answer. Returns the earlier answer, if there is
    /// one.
    Optional<Answered> answer(String requestId, Answered answer);
}
