package dev.finetide.e2e.kubelet;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarSource;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The surroundings of a pod's process: its volumes as directories, and its environment, to which this JVM's own adds
/// `PATH` alone. The command is not changed: it names a program of this machine.
final class Sandbox {
    /// A pod refers to a ConfigMap, a Secret or a key that does not exist.
    static final class MissingReference extends Exception {
        private static final long serialVersionUID = 1L;

        MissingReference(String message) {
            super(message);
        }
    }

    private static final Pattern REFERENCE = Pattern.compile("\\$\\(([A-Za-z_][A-Za-z0-9_]*)\\)");
    private static final Pattern LABEL = Pattern.compile("metadata\\.(labels|annotations)\\['([^']+)'\\]");

    private final KubernetesClient client;
    private final String node;
    private final Pod pod;
    private final Path home;
    private final Container container;

    Sandbox(KubernetesClient client, String node, Pod pod, Path directory) {
        this.client = client;
        this.node = node;
        this.pod = pod;
        this.home = directory.resolve(pod.getMetadata().getName());
        this.container = pod.getSpec().getContainers().getFirst();
    }

    /// @throws IOException if the program cannot be started
    RunningContainer start() throws MissingReference, IOException {
        Map<String, Path> mounts = mounts();
        Map<String, String> environment = environment(mounts);
        List<String> line = new ArrayList<>(container.getCommand());
        container.getArgs().forEach(word -> line.add(onThisMachine(expand(word, environment), mounts)));
        ProcessBuilder builder = new ProcessBuilder(line)
                .directory(Path.of(onThisMachine(container.getWorkingDir(), mounts))
                        .toFile())
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(home.resolve("log").toFile());
        builder.environment().clear();
        builder.environment().put("PATH", System.getenv("PATH"));
        builder.environment().putAll(environment);
        return new RunningContainer(pod.getMetadata().getName(), builder.start());
    }

    /// Maps a mounted path to the directory that stands for it, the longest path first.
    private Map<String, Path> mounts() throws MissingReference, IOException {
        Map<String, Path> volumes = new HashMap<>();
        for (Volume volume : pod.getSpec().getVolumes()) {
            Path at = Files.createDirectories(home.resolve("volumes").resolve(volume.getName()));
            for (Map.Entry<String, byte[]> file : content(volume).entrySet()) {
                Files.write(at.resolve(file.getKey()), file.getValue());
            }
            volumes.put(volume.getName(), at);
        }
        Map<String, Path> mounts = new TreeMap<>(
                Comparator.comparingInt(String::length).reversed().thenComparing(Comparator.naturalOrder()));
        for (VolumeMount mount : container.getVolumeMounts()) {
            Path at = volumes.get(mount.getName());
            mounts.put(
                    mount.getMountPath(),
                    mount.getSubPath() == null ? at : Files.createDirectories(at.resolve(mount.getSubPath())));
        }
        return mounts;
    }

    private Map<String, byte[]> content(Volume volume) throws MissingReference {
        if (volume.getConfigMap() != null) {
            return bytes(configMap(
                    volume.getConfigMap().getName(), volume.getConfigMap().getOptional()));
        }
        if (volume.getSecret() != null) {
            return bytes(secret(
                    volume.getSecret().getSecretName(), volume.getSecret().getOptional()));
        }
        return Map.of();
    }

    private static Map<String, byte[]> bytes(Map<String, String> texts) {
        Map<String, byte[]> bytes = new HashMap<>();
        texts.forEach((name, text) -> bytes.put(name, text.getBytes(StandardCharsets.UTF_8)));
        return bytes;
    }

    private Map<String, String> environment(Map<String, Path> mounts) throws MissingReference {
        Map<String, String> environment = new LinkedHashMap<>();
        for (EnvFromSource source : container.getEnvFrom()) {
            String prefix = source.getPrefix() == null ? "" : source.getPrefix();
            Map<String, String> all = source.getSecretRef() != null
                    ? secret(
                            source.getSecretRef().getName(),
                            source.getSecretRef().getOptional())
                    : configMap(
                            source.getConfigMapRef().getName(),
                            source.getConfigMapRef().getOptional());
            all.forEach((key, value) -> environment.put(prefix + key, value));
        }
        for (EnvVar variable : container.getEnv()) {
            String value = variable.getValueFrom() == null
                    ? expand(variable.getValue() == null ? "" : variable.getValue(), environment)
                    : valueFrom(variable.getValueFrom());
            environment.put(variable.getName(), onThisMachine(value, mounts));
        }
        return environment;
    }

    private String valueFrom(EnvVarSource source) throws MissingReference {
        if (source.getSecretKeyRef() != null) {
            var reference = source.getSecretKeyRef();
            return key(secret(reference.getName(), reference.getOptional()), reference.getName(), reference.getKey());
        }
        if (source.getConfigMapKeyRef() != null) {
            var reference = source.getConfigMapKeyRef();
            return key(
                    configMap(reference.getName(), reference.getOptional()), reference.getName(), reference.getKey());
        }
        if (source.getFieldRef() != null) {
            return field(source.getFieldRef().getFieldPath());
        }
        throw new MissingReference("this kubelet knows no " + source);
    }

    private static String key(Map<String, String> from, String name, String key) throws MissingReference {
        if (!from.containsKey(key)) {
            throw new MissingReference("couldn't find key " + key + " in " + name);
        }
        return from.get(key);
    }

    private String field(String path) throws MissingReference {
        ObjectMeta its = pod.getMetadata();
        Matcher label = LABEL.matcher(path);
        if (label.matches()) {
            Map<String, String> from = label.group(1).equals("labels") ? its.getLabels() : its.getAnnotations();
            return from.getOrDefault(label.group(2), "");
        }
        return switch (path) {
            case "metadata.name" -> its.getName();
            case "metadata.namespace" -> its.getNamespace();
            case "metadata.uid" -> its.getUid();
            case "spec.nodeName" -> node;
            case "spec.serviceAccountName" -> pod.getSpec().getServiceAccountName();
            case "status.podIP", "status.hostIP" -> "127.0.0.1";
            default -> throw new MissingReference("this kubelet knows no field " + path);
        };
    }

    private Map<String, String> configMap(String name, Boolean optional) throws MissingReference {
        ConfigMap there = client.configMaps()
                .inNamespace(pod.getMetadata().getNamespace())
                .withName(name)
                .get();
        return there == null ? missing("configmap", name, optional) : there.getData();
    }

    private Map<String, String> secret(String name, Boolean optional) throws MissingReference {
        Secret there = client.secrets()
                .inNamespace(pod.getMetadata().getNamespace())
                .withName(name)
                .get();
        if (there == null) {
            return missing("secret", name, optional);
        }
        Map<String, String> texts = new HashMap<>();
        there.getData()
                .forEach((key, value) ->
                        texts.put(key, new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8)));
        return texts;
    }

    private static Map<String, String> missing(String kind, String name, Boolean optional) throws MissingReference {
        if (Boolean.TRUE.equals(optional)) {
            return Map.of();
        }
        throw new MissingReference(kind + " \"" + name + "\" not found");
    }

    /// Replaces `$(NAME)` as Kubernetes does: an undefined name stays as it is.
    private static String expand(String text, Map<String, String> environment) {
        return REFERENCE
                .matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(environment.getOrDefault(found.group(1), found.group())));
    }

    private static String onThisMachine(String text, Map<String, Path> mounts) {
        for (Map.Entry<String, Path> mount : mounts.entrySet()) {
            if (text.equals(mount.getKey()) || text.startsWith(mount.getKey() + "/")) {
                return mount.getValue() + text.substring(mount.getKey().length());
            }
        }
        return text;
    }
}
