package dev.finetide.metrics.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.Dialects;
import dev.finetide.metrics.text.BoundedPattern;
import java.util.List;

/// Checks JSON against a schema of the user's: draft 2020-12 unless its `$schema` names another
/// draft. Nothing is fetched: a reference leads into the schema itself or to a draft of
/// json-schema.org. Patterns and references of the schema are bounded in time.
public final class JsonSchemaCheck {
    private static final String DRAFTS = "json-schema.org/draft";

    private final Schema schema;

    private JsonSchemaCheck(Schema schema) {
        this.schema = schema;
    }

    /// @throws IllegalArgumentException where the text is no JSON schema; the message says why
    public static JsonSchemaCheck of(String text) {
        JsonNode node =
                JsonText.parse(text).orElseThrow(() -> new IllegalArgumentException("The JSON schema is not JSON"));
        if (!node.isObject() && !node.isBoolean()) {
            throw new IllegalArgumentException("The JSON schema is neither an object nor true or false");
        }
        SpecificationVersion draft = draft(node);
        Dialect dialect = dialect(draft);
        try {
            List<Error> errors = registry(dialect)
                    .getSchema(SchemaLocation.of(draft.getDialectId()))
                    .validate(node);
            if (!errors.isEmpty()) {
                throw new IllegalArgumentException("The JSON schema is not valid: " + errors.getFirst());
            }
            Schema schema = registry(BoundedReferences.in(dialect)).getSchema(node);
            schema.initializeValidators();
            return new JsonSchemaCheck(schema);
        } catch (StackOverflowError e) {
            throw new IllegalArgumentException("The JSON schema is too deep", e);
        } catch (SchemaException e) {
            throw new IllegalArgumentException("The JSON schema cannot be used: " + e.getMessage(), e);
        }
    }

    /// Returns whether the value satisfies the schema.
    ///
    /// @throws IllegalStateException where a pattern of the schema takes too many steps, or its
    ///     references have no end
    public boolean accepts(JsonNode value) {
        try {
            return schema.validate(value).isEmpty();
        } catch (StackOverflowError e) {
            throw new IllegalStateException("The JSON schema follows references too deep to check a value", e);
        }
    }

    private static SpecificationVersion draft(JsonNode node) {
        JsonNode named = node.path("$schema");
        if (named.isMissingNode()) {
            return SpecificationVersion.DRAFT_2020_12;
        }
        return SpecificationVersion.fromDialectId(named.asText())
                .or(() -> SpecificationVersion.fromSchemaNode(node))
                .orElseThrow(() -> new IllegalArgumentException("The JSON schema names a draft that is not known"));
    }

    private static SchemaRegistry registry(Dialect dialect) {
        return SchemaRegistry.withDefaultDialect(
                dialect,
                builder -> builder.schemaLoader(
                                loader -> loader.allow(iri -> iri.toString().contains(DRAFTS)))
                        .schemaRegistryConfig(SchemaRegistryConfig.builder()
                                .regularExpressionFactory(regex -> BoundedPattern.of(regex)::isIn)
                                .build()));
    }

    private static Dialect dialect(SpecificationVersion draft) {
        return switch (draft) {
            case DRAFT_4 -> Dialects.getDraft4();
            case DRAFT_6 -> Dialects.getDraft6();
            case DRAFT_7 -> Dialects.getDraft7();
            case DRAFT_2019_09 -> Dialects.getDraft201909();
            case DRAFT_2020_12 -> Dialects.getDraft202012();
        };
    }
}
