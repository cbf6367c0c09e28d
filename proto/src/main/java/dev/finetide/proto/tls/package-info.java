/// Encrypts the wires between Finetide's processes: certificates in PEM files, read again when they
/// change, and channels by address.
package dev.finetide.proto.tls;
