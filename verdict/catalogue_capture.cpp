#include <array>

#include "verdict/catalogue_parts.h"

namespace espy::verdict {

namespace {

constexpr auto kEntries = std::to_array<CatalogueEntry>({
    {.code = "capture.clear-beside-tunnel",
     .severity = Severity::kNote,
     .title = "clear traffic of the gateways beside their tunnel",
     .meaning =
         "No policy was given. The pair exchanges tunnel-mode ESP, and the two ends also talk to each other in clear. A tunnel does not "
         "promise to protect the gateways' own traffic, so it is not counted as leaked.",
     .reference = "RFC 4301 section 4.1; VERDICT V8",
     .advice = "If the gateways' own traffic must be protected too, say so with --protect GATEWAY-A GATEWAY-B."},
    {.code = "capture.cut-short",
     .severity = Severity::kWarning,
     .title = "frames were cut by the snapshot length",
     .meaning = "The capture kept only the beginning of some frames. ICVs of such packets cannot be checked; where the cut lies before "
                "addresses or "
                "ports, a leak could hide in it and the verdict is inconclusive.",
     .reference = "VERDICT V14 and V23",
     .advice =
         "Capture again with 'tcpdump -s 0 -w FILE' (a snaplen of at least 128 octets judges headers; whole frames are needed to verify)."},
    {.code = "capture.damaged",
     .severity = Severity::kWarning,
     .title = "a capture file is damaged or ends early",
     .meaning =
         "The file holds a block that cannot be read, or stops inside one. Everything before it was judged; what came after is unknown.",
     .reference = "VERDICT V23",
     .advice = "Stop tcpdump with Ctrl-C and let it close the file, copy the file again, or repair it with 'editcap IN OUT'."},
    {.code = "capture.drops",
     .severity = Severity::kWarning,
     .title = "packets were dropped while capturing",
     .meaning = "The kernel or the interface reports packets that were not captured. A leak could be among them, so nothing is called "
                "protected on "
                "this evidence.",
     .reference = "VERDICT V23",
     .advice = "Capture with a larger buffer ('tcpdump -B 65536'), to a faster disk, or with -s 128."},
    {.code = "capture.filtered",
     .severity = Severity::kWarning,
     .title = "the capture may hold only IPsec because of a filter",
     .meaning = "A capture filter is recorded or in use, or the capture holds nothing but AH, ESP and IKE, as one made with 'tcpdump esp' "
                "does. Clear "
                "packets would not be in it even if there had been some.",
     .reference = "VERDICT V23",
     .advice = "Capture without a filter, or with 'host A and host B' at most. If no filter was used, say so with --unfiltered."},
    {.code = "capture.interrupted",
     .severity = Severity::kWarning,
     .title = "an interface was down or gone while it was listened to",
     .meaning =
         "An interface that was listened to went down, or was removed and made again. espy went on when it came back; what passed until "
         "then was not seen, and a leak could be among it.",
     .reference = "VERDICT V23",
     .advice = "Run espy again while the interface stays up, or listen on 'any', which lasts."},
    {.code = "capture.limit",
     .severity = Severity::kWarning,
     .title = "a bound of memory was reached",
     .meaning =
         "espy's memory is bounded, and the traffic brought more than one of its tables holds: SAs, pairs of hosts, fragments, frames "
         "that wait for others. What did not fit was counted and judged by itself, without what the table would have told, so that a "
         "leak may have gone unseen, and what went in clear may have been allowed: nothing is called protected on this evidence, and "
         "nothing violated for it alone. As a note: only lists are incomplete.",
     .reference = "VERDICT V23",
     .advice = "Where there is memory for it, set the limit that the finding names in [limits] of espy's TOML to a larger number."},
    {.code = "capture.vantage",
     .severity = Severity::kWarning,
     .title = "the capture point sees plaintext before or after IPsec",
     .meaning = "The capture seems to be made on a tunnel end or on its clear side, where the decrypted packet appears beside, or instead "
                "of, its ESP "
                "packet. Without a key the two can be paired only by length, or not at all.",
     .reference = "VERDICT V20 and V21",
     .advice = "Capture on the wire between the gateways, give the keys with -c, or name the inner interface with --clear IFACE."},
});

}  // namespace

std::span<const CatalogueEntry> capture_entries() { return kEntries; }

}  // namespace espy::verdict
