package dev.finetide.metrics.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.ExecutionContext;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaContext;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.keyword.DynamicRefValidator;
import com.networknt.schema.keyword.Keyword;
import com.networknt.schema.keyword.KeywordValidator;
import com.networknt.schema.keyword.RecursiveRefValidator;
import com.networknt.schema.keyword.RefValidator;
import com.networknt.schema.path.NodePath;
import java.util.List;

/// Bounds how many references a schema may follow while it checks one value. Without references a check
/// takes no longer than the schema times the value; with them, a short schema that refers to itself
/// twice at each level has no end.
final class BoundedReferences {
    private static final int MOST = 100_000;

    private BoundedReferences() {}

    /// Returns the same dialect with references that are counted.
    static Dialect in(Dialect usual) {
        Dialect.Builder counted = Dialect.builder(usual);
        List.of(
                        new Reference("$ref", CountedRef::new),
                        new Reference("$recursiveRef", CountedRecursiveRef::new),
                        new Reference("$dynamicRef", CountedDynamicRef::new))
                .stream()
                .filter(reference -> usual.getKeywords().containsKey(reference.getValue()))
                .forEach(counted::keyword);
        return counted.build();
    }

    private static void count(ExecutionContext context) {
        int followed = context.getCollectorContext().<Integer>computeIfAbsent(BoundedReferences.class, key -> 0);
        if (followed >= MOST) {
            throw new IllegalStateException(
                    "The JSON schema follows more than " + MOST + " references to check one value");
        }
        context.getCollectorContext().put(BoundedReferences.class, followed + 1);
    }

    private interface Maker {
        KeywordValidator make(SchemaLocation location, JsonNode node, Schema parent, SchemaContext context);
    }

    private record Reference(String getValue, Maker maker) implements Keyword {
        @Override
        public KeywordValidator newValidator(
                SchemaLocation location, JsonNode node, Schema parent, SchemaContext context) {
            return maker.make(location, node, parent, context);
        }
    }

    private static final class CountedRef extends RefValidator {
        CountedRef(SchemaLocation location, JsonNode node, Schema parent, SchemaContext context) {
            super(location, node, parent, context);
        }

        @Override
        public void validate(ExecutionContext context, JsonNode node, JsonNode root, NodePath place) {
            count(context);
            super.validate(context, node, root, place);
        }
    }

    private static final class CountedRecursiveRef extends RecursiveRefValidator {
        CountedRecursiveRef(SchemaLocation location, JsonNode node, Schema parent, SchemaContext context) {
            super(location, node, parent, context);
        }

        @Override
        public void validate(ExecutionContext context, JsonNode node, JsonNode root, NodePath place) {
            count(context);
            super.validate(context, node, root, place);
        }
    }

    private static final class CountedDynamicRef extends DynamicRefValidator {
        CountedDynamicRef(SchemaLocation location, JsonNode node, Schema parent, SchemaContext context) {
            super(location, node, parent, context);
        }

        @Override
        public void validate(ExecutionContext context, JsonNode node, JsonNode root, NodePath place) {
            count(context);
            super.validate(context, node, root, place);
        }
    }
}
