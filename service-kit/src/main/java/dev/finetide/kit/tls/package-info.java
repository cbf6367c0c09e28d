/// Encrypts the servers of gRPC and HTTPS by certificates in files, which may be replaced while it runs.
package dev.finetide.kit.tls;
