/// Encrypts the gRPC server by certificates in files, which may be replaced while it runs.
package dev.finetide.kit.tls;
