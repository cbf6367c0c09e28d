package dev.finetide.dataset.source;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Set;
import org.apache.hc.client5.http.DnsResolver;

/// Resolves names of hosts to public addresses only, so that a request for a public file cannot reach a machine of
/// the cluster, this machine, or a cloud's metadata (server-side request forgery). The connection goes to the
/// addresses that were checked; nothing is resolved a second time.
///
/// @param privateHosts hosts that may have other addresses
record PublicAddresses(Set<String> privateHosts) implements DnsResolver {
    /// IPv4 blocks that are not public, as address and length of the prefix (IANA's special-purpose registry).
    private static final int[][] SPECIAL = {
        {0, 8},
        {10 << 24, 8},
        {100 << 24 | 64 << 16, 10},
        {127 << 24, 8},
        {169 << 24 | 254 << 16, 16},
        {172 << 24 | 16 << 16, 12},
        {192 << 24, 24},
        {192 << 24 | 2 << 8, 24},
        {192 << 24 | 88 << 16 | 99 << 8, 24},
        {192 << 24 | 168 << 16, 16},
        {198 << 24 | 18 << 16, 15},
        {198 << 24 | 51 << 16 | 100 << 8, 24},
        {203 << 24 | 113 << 8, 24},
        {224 << 24, 3}
    };

    PublicAddresses {
        privateHosts = Set.copyOf(privateHosts);
    }

    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
        InetAddress[] addresses = InetAddress.getAllByName(host);
        if (!privateHosts.contains(host)) {
            for (InetAddress address : addresses) {
                if (!isPublic(address)) {
                    throw new PrivateAddressException(host);
                }
            }
        }
        return addresses;
    }

    @Override
    public String resolveCanonicalHostname(String host) {
        return host;
    }

    static boolean isPublic(InetAddress address) {
        return switch (address) {
            case Inet4Address four -> isPublic(bits(four.getAddress(), 0));
            case Inet6Address six -> isPublic(six.getAddress());
            default -> false;
        };
    }

    private static boolean isPublic(int address) {
        return Arrays.stream(SPECIAL).noneMatch(block -> (address ^ block[0]) >>> 32 - block[1] == 0);
    }

    /// Decides about IPv6: only global unicast (2000::/3) is public, and of its blocks that carry an IPv4 address
    /// only those with a public one.
    private static boolean isPublic(byte[] six) {
        int first = bits(six, 0);
        if (first == 0x0064_ff9b) {
            return isPublic(bits(six, 12)); // 64:ff9b::/96, NAT64
        }
        if (first >>> 29 != 1) {
            return false;
        }
        if (first >>> 16 == 0x2002) {
            return isPublic(bits(six, 2)); // 6to4
        }
        // 2001::/23 are protocols (Teredo among them), 2001:db8::/32 and 3fff::/20 are for documents.
        return first >>> 9 != 0x2001_0000 >>> 9 && first != 0x2001_0db8 && first >>> 12 != 0x3fff_0;
    }

    private static int bits(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 24
                | (bytes[at + 1] & 0xff) << 16
                | (bytes[at + 2] & 0xff) << 8
                | bytes[at + 3] & 0xff;
    }

    /// Reports a host with an address that is not public.
    static final class PrivateAddressException extends UnknownHostException {
        private static final long serialVersionUID = 1;

        PrivateAddressException(String host) {
            super(host + " has an address that is not public");
        }
    }
}
