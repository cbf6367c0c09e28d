/// Runs workers as Jobs of a Kubernetes cluster. Read [dev.finetide.kubernetes.KubernetesWorkerLauncher] first.
package dev.finetide.kubernetes;
