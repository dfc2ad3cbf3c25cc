#include <array>

#include "verdict/catalogue_parts.h"

namespace espy::verdict {

namespace {

constexpr auto kEntries = std::to_array<CatalogueEntry>({
    {.code = "policy.attribution",
     .severity = Severity::kWarning,
     .title = "encrypted packets cannot be told apart by policy without keys",
     .meaning =
         "ESP was seen between the right ends, but several requirements could have produced it, and this one names ports or protocols that "
         "only a decrypted packet shows. Nothing wrong was seen; it cannot be said that this requirement's own traffic was among it.",
     .reference = "RFC 4301 section 4.4.1.1; VERDICT V19",
     .advice = "Give the keys with -c (for example the output of 'ip xfrm state' as root), or capture while only this traffic is running."},
    {.code = "policy.discard-violated",
     .severity = Severity::kCritical,
     .title = "traffic that a policy discards was on the wire",
     .meaning =
         "A policy says that these packets must not exist at all, and they were captured. Either the policy is not loaded on the host that "
         "sent them, or another policy comes before it.",
     .reference = "RFC 4301 section 4.4.1; VERDICT V9",
     .advice = "Check the order on the sender: 'ip xfrm policy' lists priorities, the lowest number wins; 'setkey -DP' lists in order of "
               "matching."},
    {.code = "policy.inner-mismatch",
     .severity = Severity::kWarning,
     .title = "the decrypted packet does not fit the policy of its SA",
     .meaning = "The keys open the packet, and its inner addresses, protocol or ports lie outside every selector that this tunnel serves. "
                "A receiver "
                "must drop it.",
     .reference = "RFC 4301 section 5.2, step 4; VERDICT V13",
     .advice = "Compare the selectors of both ends ('ip xfrm policy', 'swanctl --list-conns'): the two networks must be mirrored exactly."},
    {.code = "policy.marked",
     .severity = Severity::kNote,
     .title = "a policy with a mark or interface id cannot be judged from outside",
     .meaning = "The policy applies only to packets with a firewall mark or from an XFRM interface, neither of which is in a packet. Clear "
                "packets "
                "that only such a catch-all policy covers are counted as unrelated, not as leaks.",
     .reference = "RFC 4301 section 4.4.1; VERDICT V5",
     .advice = "State what must be protected outright: 'espy verify --protect NETWORK-A NETWORK-B --via GATEWAY-A GATEWAY-B …'."},
    {.code = "policy.optional-clear",
     .severity = Severity::kWarning,
     .title = "clear packets that the policy level 'use' lets through",
     .meaning = "The policy asks for IPsec only if an SA happens to exist, and packets went out in clear because none did. The policy "
                "allows that, so "
                "it is no leak; it is rarely what was meant.",
     .reference = "RFC 4301 section 4.4.1; VERDICT V11",
     .advice = "Write 'require' (or 'unique') instead of 'use' in setkey.conf; with iproute2 drop 'level use' from the template."},
    {.code = "policy.unseen",
     .severity = Severity::kWarning,
     .title = "no packet of this requirement was captured",
     .meaning = "Neither protected nor clear packets between these ends were seen, so the policy was not put to the test. Silence is not "
                "protection.",
     .reference = "VERDICT V23",
     .advice =
         "Send traffic that the policy covers while capturing (a ping often does, if the selector allows it), check the capture point and "
         "filter, or leave such policies out with --allow-unseen."},
    {.code = "policy.wrong-mode",
     .severity = Severity::kWarning,
     .title = "IPsec in another mode than the policy demands",
     .meaning =
         "The packets carry the required headers, but in transport mode where tunnel mode is required or the reverse, or the tunnel runs "
         "between other ends than configured.",
     .reference = "RFC 4301 section 4.1; VERDICT V1",
     .advice =
         "Compare 'mode' in 'ip xfrm state' and 'ip xfrm policy' on both hosts (setkey: esp/transport or esp/tunnel/A-B; strongSwan: type= "
         "or mode=)."},
});

}  // namespace

std::span<const CatalogueEntry> policy_entries() { return kEntries; }

}  // namespace espy::verdict
