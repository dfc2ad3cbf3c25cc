#include <array>

#include "verdict/catalogue_parts.h"

namespace espy::verdict {

namespace {

constexpr auto kCrypto = std::to_array<CatalogueEntry>({
    {.code = "crypto.short-icv",
     .severity = Severity::kWarning,
     .title = "the integrity check value is shorter than the standard's",
     .meaning = "The SA truncates its ICV further than its RFC says. HMAC-SHA-256 with 96 bits is the old Linux default and does not "
                "interoperate with hosts that use 128; an 8-octet GCM tag is easier to forge.",
     .reference = "RFC 4868 section 2.3; RFC 8221 section 6; VERDICT V15",
     .advice =
         "Use 'auth-trunc hmac(sha256) KEY 128' with ip xfrm, strongSwan sha256 (not sha256_96), and 16-octet tags with GCM and CCM."},
    {.code = "crypto.weak",
     .severity = Severity::kWarning,
     .title = "an algorithm that RFC 8221 advises against",
     .meaning =
         "The SA uses an algorithm that is MUST NOT or SHOULD NOT today: DES, Blowfish or triple DES with their 64-bit blocks, MD5, or "
         "encryption without integrity. The traffic is protected in form, and less well than it looks.",
     .reference = "RFC 8221 sections 5 and 6",
     .advice = "Change to AES-GCM with IKE, or AES-CBC with HMAC-SHA-256-128 for hand-keyed SAs."},
});

constexpr auto kIke = std::to_array<CatalogueEntry>({
    {.code = "ike.aggressive-psk",
     .severity = Severity::kWarning,
     .title = "IKEv1 aggressive mode with a pre-shared key",
     .meaning = "The responder sends a hash made from the pre-shared key before it knows the initiator. Whoever records it can try "
                "passwords offline.",
     .reference = "RFC 2409 section 5.4; RFC 9395",
     .advice = "Use IKEv2 (keyexchange=ikev2, version = 2), or main mode; at least use a long random pre-shared key."},
    {.code = "ike.failed",
     .severity = Severity::kWarning,
     .title = "an IKE negotiation failed",
     .meaning = "The capture shows an IKE exchange that ends in an error notify such as NO_PROPOSAL_CHOSEN, AUTHENTICATION_FAILED or "
                "TS_UNACCEPTABLE, or requests that nobody answers. Traffic has no SA until it succeeds.",
     .reference = "RFC 7296 sections 2.21 and 3.10.1",
     .advice = "Read both daemons' logs ('journalctl -u strongswan', 'ipsec whack --status') at that time; compare proposals, identities "
               "and keys."},
    {.code = "ike.no-esp",
     .severity = Severity::kWarning,
     .title = "IKE succeeded but no ESP or AH followed",
     .meaning = "The two hosts negotiated, and then no packet used the result. A firewall may drop protocol 50 or UDP 4500, or the traffic "
                "does not "
                "match the negotiated selectors.",
     .reference = "RFC 7296 section 2.23; RFC 3948",
     .advice = "Allow IP protocols 50 and 51 and UDP 4500 on the path; compare 'ip xfrm policy' with the traffic that was sent."},
    {.code = "ike.version-1",
     .severity = Severity::kNote,
     .title = "IKE version 1 is in use",
     .meaning = "IKEv1 is historic: no new work is done on it and many implementations no longer build it in.",
     .reference = "RFC 9395",
     .advice = "Move to IKEv2: strongSwan 'version = 2' or keyexchange=ikev2, Libreswan 'ikev2=insist'."},
    {.code = "ike.weak-proposal",
     .severity = Severity::kWarning,
     .title = "IKE offers or chose weak algorithms",
     .meaning =
         "A proposal holds DES, triple DES, MD5, SHA-1 or a Diffie-Hellman group of 1536 bits or less. An attacker needs to break only the "
         "weakest that both ends accept.",
     .reference = "RFC 8247; RFC 8221",
     .advice = "List only strong ones, for example strongSwan 'ike=aes256gcm16-prfsha384-ecp384!' and 'esp=aes256gcm16-ecp384!'."},
});

}  // namespace

std::span<const CatalogueEntry> crypto_entries() { return kCrypto; }
std::span<const CatalogueEntry> ike_entries() { return kIke; }

}  // namespace espy::verdict
