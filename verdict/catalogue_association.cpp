#include <array>

#include "verdict/catalogue_parts.h"

namespace espy::verdict {

namespace {

constexpr auto kEntries = std::to_array<CatalogueEntry>({
    {.code = "sa.beyond-window",
     .severity = Severity::kWarning,
     .title = "packets arrive too late for the receiver's anti-replay window",
     .meaning = "Packets came so far out of order that a receiver with the configured window drops them although they are genuine. Users "
                "see it as "
                "packet loss that no interface counts; on Linux it shows as XfrmInStateSeqError.",
     .reference = "RFC 4303 section 3.4.3; VERDICT V27",
     .advice =
         "Raise the window above the 'needed' value of the report: 'ip xfrm state … replay-window 1024', strongSwan replay_window=, setkey "
         "'-r'. Look in /proc/net/xfrm_stat whether XfrmInStateSeqError grows."},
    {.code = "sa.exhaustion",
     .severity = Severity::kWarning,
     .title = "the sequence numbers of an SA are running out",
     .meaning =
         "The 32-bit sequence number is close to its end. Without extended sequence numbers the sender must stop when it is reached; a "
         "hand-keyed SA has nobody who replaces it.",
     .reference = "RFC 4303 section 3.3.3; VERDICT V28",
     .advice = "Rekey now, let IKE do it, or set up the SA anew with ESN ('flag esn' and a replay window) on both hosts."},
    {.code = "sa.gap",
     .severity = Severity::kNote,
     .title = "sequence numbers are missing",
     .meaning =
         "Numbers between the first and the highest never came. The packets were lost before the capture point, took another path, or were "
         "not captured. Gaps that all SAs share, and reported drops, are set apart first.",
     .reference = "RFC 4303 section 2.2; VERDICT V28",
     .advice = "Capture at both ends and compare. If packets take several links, capture on all of them."},
    {.code = "sa.icv-bad",
     .severity = Severity::kCritical,
     .title = "integrity check values do not verify",
     .meaning = "The ICV computed with the supplied key differs from the one in the packet. When other packets of the SA verify, these "
                "were forged or "
                "damaged. When none does, the key or a parameter given to espy, or configured on one host, is not the sender's: the "
                "diagnosis names "
                "auth-key, encryption-key, icv-length, esn, swapped, salt, zeros, ah-mute:FIELD, damage or unknown.",
     .reference = "RFC 4303 section 3.4.4; RFC 4302 section 3.4.4; VERDICT V15 and V16",
     .advice =
         "Compare the SA on both hosts ('setkey -D', 'ip xfrm state' as root). For icv-length set 'auth-trunc hmac(sha256) KEY 128'; for "
         "swapped exchange the two keys; for esn set the same flag on both. Give espy the output of the sending host."},
    {.code = "sa.iv-predictable",
     .severity = Severity::kWarning,
     .title = "CBC initialisation vectors follow a pattern",
     .meaning = "The IVs count upwards or repeat the end of the packet before. CBC needs IVs that an attacker cannot foresee; with a "
                "chosen plaintext "
                "a guess at earlier data can be confirmed otherwise.",
     .reference = "RFC 3602 section 3; RFC 4303 section 5; VERDICT V13",
     .advice = "Use AES-GCM, or update the sender's IPsec implementation."},
    {.code = "sa.iv-reuse",
     .severity = Severity::kCritical,
     .title = "the same IV twice under one key",
     .meaning =
         "Two different packets of one SA carry the same initialisation vector. With GCM, CTR, CCM or ChaCha20 this gives away the XOR of "
         "the two "
         "plaintexts, and with GCM and GMAC the authentication key too. It happens when a hand-keyed SA is loaded again with its old key.",
     .reference = "RFC 4106 section 3.1; RFC 8221 section 4; VERDICT V13",
     .advice =
         "Replace the keys now. Never use hand-set keys with counter modes (GCM, CCM, CTR, ChaCha20): let IKE choose them, or use a CBC "
         "cipher with HMAC for SAs in setkey.conf."},
    {.code = "sa.looks-unencrypted",
     .severity = Severity::kWarning,
     .title = "ESP payload looks like plain data",
     .meaning = "Without a key it looks as if the ESP payload were not encrypted, but there are too few packets, or they do not agree well "
                "enough, to call "
                "it NULL encryption.",
     .reference = "RFC 5879; VERDICT V18",
     .advice = "Give the SA with -c ('setkey -D' or 'ip xfrm state'), or capture more packets."},
    {.code = "sa.padding-bad",
     .severity = Severity::kWarning,
     .title = "ESP padding is not 1, 2, 3 …",
     .meaning = "A packet whose ICV is good, or that has none, decrypts to padding other than the standard's. Receivers may drop it; with "
                "an SA that "
                "has no integrity it is what a wrong encryption key looks like.",
     .reference = "RFC 4303 section 2.4; VERDICT V14",
     .advice = "Check the encryption key and cipher of the SA on both hosts."},
    {.code = "sa.replay",
     .severity = Severity::kWarning,
     .title = "packets were replayed",
     .meaning = "A sequence number came again later than 10 ms after the first, or with other octets and a good ICV. An attacker who "
                "records and repeats "
                "packets does this; so does a network that loops. Exact copies within 10 ms count as duplicates instead, as a mirror port "
                "makes them.",
     .reference = "RFC 4303 section 3.4.3; RFC 4302 section 3.4.3; VERDICT V27",
     .advice = "See that the receiver has a replay window that is not 0 ('replay-window' in 'ip xfrm state', 'replay=' in 'setkey -D'); "
               "hand-keyed "
               "setkey SAs have none unless '-r' is given. Then look for the source of the copies."},
    {.code = "sa.reserved-spi",
     .severity = Severity::kWarning,
     .title = "an SPI of the reserved range 0 to 255",
     .meaning = "SPIs 1 to 255 are reserved by IANA and 0 must never be sent. Some receivers drop such packets; an SPI of 0 can make "
                "UDP-encapsulated ESP "
                "look like IKE.",
     .reference = "RFC 4303 section 2.1; RFC 4302 section 2.4; VERDICT V25",
     .advice = "Choose an SPI of 0x100 or above in setkey.conf or 'ip xfrm state add'."},
    {.code = "sa.reset",
     .severity = Severity::kWarning,
     .title = "the sequence counter started again",
     .meaning =
         "The number fell far back and then counted from 1 with the same SPI: the SA was loaded again, most likely with its old key. The "
         "receiver drops everything until the numbers catch up, if it has a replay window; earlier packets can be replayed, and counter "
         "modes "
         "have reused IVs.",
     .reference = "RFC 4303 section 3.3.3; VERDICT V28",
     .advice = "Do not reload setkey.conf with unchanged keys on one host alone; use new keys and SPIs, or IKE."},
    {.code = "sa.sequence-zero",
     .severity = Severity::kNote,
     .title = "a packet with sequence number 0",
     .meaning = "The first packet of an SA carries 1. A 0 means a sender without a counter, or a wrap that the sender should have "
                "prevented. Receivers "
                "with a replay window drop it.",
     .reference = "RFC 4303 section 3.3.3; VERDICT V28",
     .advice = "Update or reconfigure the sender; with 'esp-old' or 'ah-old' in setkey.conf use the current headers instead."},
    {.code = "sa.unknown",
     .severity = Severity::kWarning,
     .title = "an SPI that no configuration lists",
     .meaning = "AH or ESP with an unlisted SPI runs between hosts whose SAs are all keyed by hand, with no IKE between them. One host "
                "holds SAs that "
                "the configuration given to espy lacks, or somebody else sends.",
     .reference = "RFC 4301 section 4.1; VERDICT V25",
     .advice =
         "Compare 'setkey -D' or 'ip xfrm state' of both hosts with the file given by -c; delete what is left over from earlier set-ups."},
    {.code = "sa.unused",
     .severity = Severity::kNote,
     .title = "a configured SA of which no packet was seen",
     .meaning = "The configuration lists the SA, and the capture has no packet of it. That is normal for an idle direction; after a change "
                "it can mean "
                "that the sender uses another SA or none.",
     .reference = "RFC 4301 section 4.4.2; VERDICT V19",
     .advice = "Send traffic in that direction while capturing; compare the SPI with what the report lists as seen."},
});

}  // namespace

std::span<const CatalogueEntry> association_entries() { return kEntries; }

}  // namespace espy::verdict
