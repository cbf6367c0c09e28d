/// A kubelet for tests: pods of a real control plane as processes of this machine.
package dev.finetide.e2e.kubelet;
