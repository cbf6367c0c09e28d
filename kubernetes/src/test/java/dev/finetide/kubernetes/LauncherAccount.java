package dev.finetide.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// The ServiceAccount of a service that launches workers, with the rights of `k8s/base`, in any namespace.
public final class LauncherAccount {
    private static final Path MANIFESTS = Path.of("../k8s/base");

    private LauncherAccount() {}

    /// Creates the namespace as `k8s/base` defines it, with the accounts in it.
    public static void create(KubernetesClient admin, String namespace) throws IOException {
        admin.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(namespace)
                        .withLabels(Map.of("pod-security.kubernetes.io/enforce", "restricted"))
                        .endMetadata()
                        .build())
                .create();
        for (String file : List.of("dataset-service.yaml", "training-service.yaml", "eval-service.yaml", "rbac.yaml")) {
            try (InputStream yaml = Files.newInputStream(MANIFESTS.resolve(file))) {
                for (HasMetadata object : admin.load(yaml).items()) {
                    if (object instanceof ServiceAccount || object instanceof Role || object instanceof RoleBinding) {
                        admin.resource(in(namespace, object)).create();
                    }
                }
            }
        }
    }

    /// Puts an object into a namespace, as kustomize does for its field `namespace`.
    private static HasMetadata in(String namespace, HasMetadata object) {
        object.getMetadata().setNamespace(namespace);
        if (object instanceof RoleBinding binding) {
            binding.getSubjects().forEach(subject -> subject.setNamespace(namespace));
        }
        return object;
    }

    /// Returns a configuration for the same cluster with a token of this account.
    public static Config config(KubernetesClient admin, String namespace, String account) {
        String token = admin.serviceAccounts()
                .inNamespace(namespace)
                .withName(account)
                .tokenRequest(new TokenRequestBuilder()
                        .withNewSpec()
                        .withExpirationSeconds(7_200L)
                        .endSpec()
                        .build())
                .getStatus()
                .getToken();
        Config its = admin.getConfiguration();
        return new ConfigBuilder(Config.empty())
                .withMasterUrl(its.getMasterUrl())
                .withCaCertData(its.getCaCertData())
                .withNamespace(namespace)
                .withOauthToken(token)
                .build();
    }

    /// Writes the same configuration to a file for `KUBECONFIG`.
    public static Path kubeconfig(KubernetesClient admin, String namespace, String account, Path file)
            throws IOException {
        Config its = config(admin, namespace, account);
        return Files.writeString(
                file,
                Serialization.asYaml(new io.fabric8.kubernetes.api.model.ConfigBuilder()
                        .withApiVersion("v1")
                        .withKind("Config")
                        .withCurrentContext(account)
                        .addNewCluster()
                        .withName("cluster")
                        .withNewCluster()
                        .withServer(its.getMasterUrl())
                        .withCertificateAuthorityData(its.getCaCertData())
                        .endCluster()
                        .endCluster()
                        .addNewUser()
                        .withName(account)
                        .withNewUser()
                        .withToken(its.getOauthToken())
                        .endUser()
                        .endUser()
                        .addNewContext()
                        .withName(account)
                        .withNewContext()
                        .withCluster("cluster")
                        .withUser(account)
                        .withNamespace(namespace)
                        .endContext()
                        .endContext()
                        .build()));
    }
}
