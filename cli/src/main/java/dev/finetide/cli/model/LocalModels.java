package dev.finetide.cli.model;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.base.BaseReference;
import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.GetBaseRequest;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.proto.model.v1.ModelVersion;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Finds bases and adapters as directories of this machine. Named models are downloaded once to the user's cache.
public final class LocalModels {
    private final Connection connection;
    private final CommandOutput output;

    public LocalModels(Connection connection, CommandOutput output) {
        this.connection = connection;
        this.output = output;
    }

    /// Directories that a worker loads.
    ///
    /// @param adapter adapter's directory, or null for the base alone
    public record Model(Path base, Path adapter) {}

    /// Tells whether an argument is a directory and not the name of a model.
    public static boolean isDirectory(String typed) {
        return typed.indexOf(File.separatorChar) >= 0 && !typed.startsWith("projects/")
                || typed.startsWith(".")
                || Files.isDirectory(Path.of(typed));
    }

    /// Finds a base.
    public Model base(String base) throws IOException {
        return new Model(baseDirectory(base), null);
    }

    /// Finds an adapter with its base, or a full model, which needs no other base.
    ///
    /// @param adapter directory, or name of an approved model version
    /// @param base directory or name of a base; null for the base that a named adapter was trained on
    /// @param compare whether the list starts with the base of a full model
    public List<Model> adapted(String adapter, String base, boolean compare) throws IOException {
        if (isDirectory(adapter)) {
            return List.of(new Model(baseDirectory(base), existing(Path.of(adapter))));
        }
        try (Services services = connection.open(output)) {
            ModelPull pull = new ModelPull(services.models(), output.err());
            ModelVersion version = pull.find(connection.names().modelVersion(adapter, "approved"));
            Path files = ModelCache.ofUser(output.err()).model(pull, version);
            if (version.getKind() == ModelKind.FULL_MODEL) {
                Model tuned = new Model(files, null);
                return compare ? List.of(new Model(baseOf(services, version, base), null), tuned) : List.of(tuned);
            }
            return List.of(new Model(baseOf(services, version, base), files));
        }
    }

    private Path baseOf(Services services, ModelVersion version, String base) throws IOException {
        if (base != null && BaseReference.directory(base).isPresent()) {
            return baseDirectory(base);
        }
        Base named = find(
                services, base == null ? version.getBase() : connection.names().base(base));
        if (!named.getDigest().equals(version.getBaseDigest())) {
            throw CommandFailedException.refused(
                    Names.brief(version.getName()) + " was trained on the base with digest " + version.getBaseDigest()
                            + "; " + Names.brief(named.getName()) + " has " + named.getDigest());
        }
        return ModelCache.ofUser(output.err()).base(services.bases(), named);
    }

    private Path baseDirectory(String base) throws IOException {
        if (BaseReference.directory(base).isPresent()) {
            return existing(BaseReference.directory(base).get());
        }
        try (Services services = connection.open(output)) {
            return ModelCache.ofUser(output.err())
                    .base(services.bases(), find(services, connection.names().base(base)));
        }
    }

    private static Base find(Services services, String name) {
        GetBaseRequest request = GetBaseRequest.newBuilder().setName(name).build();
        return services.bases().call(stub -> stub.getBase(request));
    }

    private static Path existing(Path directory) {
        if (!Files.isDirectory(directory)) {
            throw CommandFailedException.notFound("directory " + directory + " does not exist");
        }
        return directory;
    }
}
