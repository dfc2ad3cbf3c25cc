#include <array>

#include "verdict/catalogue_parts.h"

namespace espy::verdict {

namespace {

constexpr auto kEntries = std::to_array<CatalogueEntry>({
    {.code = "leak.before-nat",
     .severity = Severity::kCritical,
     .title = "source NAT rewrote packets before the IPsec policy saw them",
     .meaning =
         "Clear packets left from a tunnel end's own address to the network behind the other end. The protected network's packets are not "
         "seen in clear, but their addresses were replaced by MASQUERADE or SNAT first; after that no policy matched them and they went "
         "out without ESP.",
     .reference = "RFC 4301 section 5.1; VERDICT V9",
     .advice =
         "On the gateway, put 'iptables -t nat -I POSTROUTING 1 -m policy --pol ipsec --dir out -j ACCEPT' before the MASQUERADE or SNAT "
         "rule (nftables: 'rt ipsec exists accept' at the head of the postrouting chain). 'iptables -t nat -vnL POSTROUTING' shows whether "
         "its "
         "counters move."},
    {.code = "leak.icmp-quote",
     .severity = Severity::kCritical,
     .title = "an ICMP error in clear quotes protected plaintext",
     .meaning =
         "A router or host sent an ICMP error without IPsec, and the packet that it quotes is covered by a policy that requires IPsec. The "
         "quotation shows the headers and the first octets of data that should have been encrypted. ICMP errors that quote only ESP, AH "
         "or IKE are exempt.",
     .reference = "RFC 4301 section 6; VERDICT V10",
     .advice =
         "Make the policy cover ICMP between these ends, or drop such errors at the gateway. If they come from path MTU discovery behind "
         "the tunnel, lower the tunnel's MTU or clamp the MSS ('-j TCPMSS --clamp-mss-to-pmtu')."},
    {.code = "leak.integrity-only",
     .severity = Severity::kCritical,
     .title = "AH alone where the policy requires ESP",
     .meaning =
         "The packet carries an AH header but no ESP, while the requirement asks for ESP. AH proves who sent the packet; it hides nothing, "
         "and the data can be read by anyone on the path.",
     .reference = "RFC 4302 section 1; RFC 4301 section 4.4.1.2; VERDICT V17",
     .advice =
         "Compare 'setkey -DP' (or 'ip xfrm policy') of both hosts with 'setkey -D': the policy must list esp, and an ESP SA for this "
         "direction must exist and not be expired."},
    {.code = "leak.missing-ah",
     .severity = Severity::kCritical,
     .title = "ESP without the AH that the policy requires",
     .meaning = "The packet is encrypted but the outer AH header that the requirement lists is missing, so the IP header itself is not "
                "authenticated. Where an AH could sit inside unreadable ESP the packet counts as unverified instead.",
     .reference = "RFC 4302 section 3.1; VERDICT V17",
     .advice =
         "Check that the sender's policy names both headers ('esp/transport//require ah/transport//require') and that its AH SA exists "
         "('setkey -D', 'ip xfrm state list proto ah')."},
    {.code = "leak.null-encryption",
     .severity = Severity::kCritical,
     .title = "ESP that does not encrypt",
     .meaning =
         "The packets are ESP in form, but their payload reads as plain IP, TCP or UDP: the NULL cipher is in use although the requirement "
         "demands confidentiality. Recognised over several packets; the earlier packets of the SA count as well.",
     .reference = "RFC 2410; RFC 5879; VERDICT V18",
     .advice =
         "Set a real cipher for this SA (setkey: '-E rijndael-cbc' or '-E aes-gcm-16'; strongSwan: esp=aes128gcm16). If NULL is intended, "
         "say so by giving espy the configuration with -c, or require 'ah' instead of 'esp'."},
    {.code = "leak.one-way",
     .severity = Severity::kCritical,
     .title = "one direction is protected, the other is in clear",
     .meaning =
         "Over the whole capture one host sends AH or ESP and the other answers in clear. Usually the policy or the SA of one direction is "
         "missing or has its addresses the wrong way round on one of the hosts.",
     .reference = "RFC 4301 section 4.1; VERDICT V26",
     .advice =
         "On the host that sends in clear run 'setkey -DP' or 'ip xfrm policy' and look for an 'out' policy from its own address to the "
         "peer; then 'setkey -D' or 'ip xfrm state' for the SA of that direction."},
    {.code = "leak.plaintext",
     .severity = Severity::kCritical,
     .title = "plaintext where a policy requires IPsec",
     .meaning =
         "A packet that the requirement's selector covers crossed the capture point without AH or ESP. The report lists the flow, the "
         "application as far as it can be guessed, and the first frame. If the capture was made on a host whose network card encrypts, "
         "the host itself sees plaintext that is protected on the wire.",
     .reference = "RFC 4301 sections 4.4.1 and 5.1; VERDICT V9",
     .advice =
         "On the sender, check that the policy is loaded ('setkey -DP', 'ip xfrm policy', 'swanctl --list-sas'), that no earlier policy "
         "or bypass matches, and that the level is 'require', not 'use'. Look at the first frame with the frame number given."},
    {.code = "leak.window",
     .severity = Severity::kCritical,
     .title = "a spell of clear packets between protected ones",
     .meaning =
         "The pair of hosts was protected before or after, but for a time its packets went out in clear. Typical causes are a rekey or "
         "restart that flushes policies before the new ones are loaded, and SAs that expire without a successor.",
     .reference = "RFC 4301 section 4.4.1; VERDICT V26",
     .advice =
         "Compare the first and last clear packet with the logs of that time. Load policies before flushing old ones, add a low-priority "
         "discard policy as a safety net, and avoid 'setkey -FP' on a live host."},
});

}  // namespace

std::span<const CatalogueEntry> leak_entries() { return kEntries; }

}  // namespace espy::verdict
