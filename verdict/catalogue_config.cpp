#include <array>

#include "verdict/catalogue_parts.h"

namespace espy::verdict {

namespace {

constexpr auto kEntries = std::to_array<CatalogueEntry>({
    {.code = "config.aggressive-psk",
     .severity = Severity::kWarning,
     .title = "aggressive mode with a pre-shared secret is allowed",
     .meaning = "The connection allows IKEv1 aggressive mode together with a pre-shared secret. The responder's hash travels before the "
                "initiator has "
                "proved anything, so that a listener can try secrets offline.",
     .reference = "RFC 2409 section 5.4; RFC 9395",
     .advice = "Remove 'aggressive=yes' (swanctl.conf: 'aggressive = yes') and use IKEv2."},
    {.code = "config.also-order",
     .severity = Severity::kWarning,
     .title = "'also' means different things to Libreswan and strongSwan here",
     .meaning = "A setting appears both in the conn and in a section that 'also' includes, and the two programs resolve that in a "
                "different order. The "
                "file is not the same policy on both ends.",
     .reference = "ipsec.conf(5) of Libreswan and of strongSwan",
     .advice = "Write the setting once, in the conn itself, and look at what was loaded ('ipsec status', 'swanctl --list-conns')."},
    {.code = "config.duplicate-sa",
     .severity = Severity::kWarning,
     .title = "two SAs share destination, protocol and SPI",
     .meaning = "A receiver finds an SA by destination, protocol and SPI. With two under the same three values one of them is refused when "
                "loading, or "
                "never used.",
     .reference = "RFC 4301 section 4.1",
     .advice = "Give each SA its own SPI, on both hosts, and load again after 'setkey -F'."},
    {.code = "config.include-missing",
     .severity = Severity::kWarning,
     .title = "an included file is not there",
     .meaning = "The configuration includes a file or pattern that matches nothing where espy reads it. Policies or SAs in it are neither "
                "checked nor "
                "demanded.",
     .reference = "VERDICT V2",
     .advice = "Copy the whole configuration directory and give its main file, or add the missing file with another -c."},
    {.code = "config.ike-version-1",
     .severity = Severity::kWarning,
     .title = "the connection uses IKEv1",
     .meaning = "IKEv1 is historic. Its aggressive mode and its quick mode without PFS are weak, and implementations are dropping it.",
     .reference = "RFC 9395",
     .advice = "Set keyexchange=ikev2, 'version = 2' or ikev2=insist on both ends at the same time."},
    {.code = "config.integrity-missing",
     .severity = Severity::kCritical,
     .title = "ESP encrypts without authenticating",
     .meaning = "The SA has a cipher and no integrity algorithm, and the cipher is not one that authenticates by itself. Packets can be "
                "changed on the way, "
                "and what they held can be found by active tests.",
     .reference = "RFC 8221 section 4; RFC 4303 section 3.2",
     .advice = "Add '-A hmac-sha2-256 KEY' in setkey.conf or 'auth-trunc hmac(sha256) KEY 128' with ip xfrm, or use AES-GCM with IKE."},
    {.code = "config.key-length",
     .severity = Severity::kCritical,
     .title = "a key has a size that its algorithm does not take",
     .meaning = "The kernel refuses such an SA, so that the rest of the file may load and the traffic go without it. A common cause are "
                "leading zeros that "
                "were lost, or a text key that is one character short.",
     .reference = "RFC 4301 section 4.4.2.1",
     .advice = "Make a new key of the right size, for example '0x$(openssl rand -hex 16)' for 128 bits."},
    {.code = "config.level-use",
     .severity = Severity::kWarning,
     .title = "a policy lets traffic go in clear when there is no SA",
     .meaning = "The level is 'use', or a connection passes clear traffic while it is not up. As long as an SA exists all looks well; when "
                "it is gone, the "
                "traffic goes on without protection.",
     .reference = "RFC 4301 section 4.4.1; VERDICT V11",
     .advice = "Write 'require' or 'unique' (ip xfrm: leave out 'level use'; Libreswan: failureshunt=drop and negotiationshunt=hold)."},
    {.code = "config.low-entropy-key",
     .severity = Severity::kWarning,
     .title = "a key was not drawn at random",
     .meaning = "The key repeats, counts upwards or uses few different octets, as an example from a manual does. Whoever knows the example "
                "knows the key.",
     .reference = "RFC 4086; RFC 8221 section 3",
     .advice = "Draw keys with 'openssl rand -hex SIZE' or 'dd if=/dev/random bs=SIZE count=1 | xxd -p', one for each SA."},
    {.code = "config.no-pfs",
     .severity = Severity::kNote,
     .title = "rekeying makes no new Diffie-Hellman exchange",
     .meaning = "The ESP proposal names no group, so that all child SAs derive from one secret. Whoever learns it later opens every "
                "recorded packet of the "
                "connection.",
     .reference = "RFC 7296 sections 1.3.1 and 2.12",
     .advice = "Add a group to the ESP proposal: esp=aes256gcm16-ecp384, 'esp_proposals = aes256gcm16-ecp384', or pfs=yes."},
    {.code = "config.one-direction",
     .severity = Severity::kWarning,
     .title = "an SA has none for the way back",
     .meaning = "An SA is one direction only. The file gives the SA from A to B and no SA of the same protocol from B to A, so that "
                "answers go in clear or "
                "not at all.",
     .reference = "RFC 4301 section 4.1",
     .advice = "Add the SA for the other direction with its own SPI and keys, on both hosts."},
    {.code = "config.policy-without-sa",
     .severity = Severity::kWarning,
     .title = "a policy demands IPsec for which no SA is given",
     .meaning = "The policy asks for AH or ESP, the file has no SA that would serve it, and there is no IKE configuration. The kernel "
                "holds back or drops "
                "the packets.",
     .reference = "RFC 4301 section 4.4.1.2",
     .advice = "Add the SA with the addresses of the policy's tunnel (or of the hosts), or give espy the IKE configuration too."},
    {.code = "config.readable-keys",
     .severity = Severity::kWarning,
     .title = "a file with keys can be read by other users",
     .meaning = "The permissions of the file let others than its owner read the keys in it. Everyone with an account can then decrypt the "
                "traffic.",
     .reference = "RFC 4301 section 9",
     .advice = "Run 'chmod 600 FILE' and, if others may have read it, change the keys."},
    {.code = "config.readable-secrets",
     .severity = Severity::kWarning,
     .title = "a file with pre-shared secrets can be read by other users",
     .meaning = "The permissions of the file let others than its owner read the secrets. With them anyone can pose as this host.",
     .reference = "RFC 7296 section 5",
     .advice = "Run 'chmod 600 FILE' and, if others may have read it, change the secrets."},
    {.code = "config.reserved-spi",
     .severity = Severity::kWarning,
     .title = "an SPI of the reserved range 0 to 255",
     .meaning = "SPIs 1 to 255 are reserved and 0 must never be sent; kernels refuse some of them.",
     .reference = "RFC 4303 section 2.1",
     .advice = "Use an SPI of 0x100 or above."},
    {.code = "config.sa-without-policy",
     .severity = Severity::kNote,
     .title = "no policy sends traffic into this SA",
     .meaning =
         "The SA exists and no policy uses it. Either the policies are in another file, or traffic that was meant for it goes in clear.",
     .reference = "RFC 4301 section 4.4.1",
     .advice = "Give the file with the policies too (another -c), or add 'spdadd A B any -P out ipsec esp/transport//require;'."},
    {.code = "config.same-key",
     .severity = Severity::kWarning,
     .title = "two SAs share a key",
     .meaning =
         "The same key serves two SAs. With GCM, CCM, CTR or ChaCha20 both count the same IVs, and equal IVs under one key give plaintext "
         "away; with any cipher packets of one direction can be reflected into the other.",
     .reference = "RFC 4106 section 10; RFC 4303 section 5",
     .advice = "Draw a key of its own for every SA and direction."},
    {.code = "config.shadowed-policy",
     .severity = Severity::kWarning,
     .title = "a policy never matches because an earlier one covers it",
     .meaning =
         "Policies are tried in order of priority, then of age, and the first that matches decides. Everything that this one covers is "
         "taken by another before it.",
     .reference = "RFC 4301 section 4.4.1; VERDICT V2",
     .advice = "Give the narrower policy the smaller priority number ('ip xfrm policy … priority 100'), or load it first with setkey."},
    {.code = "config.short-icv",
     .severity = Severity::kWarning,
     .title = "the integrity check value has fewer than 96 bits",
     .meaning = "A short ICV can be guessed: with 64 bits an attacker needs far fewer packets than the key's size suggests, and with GCM "
                "even fewer.",
     .reference = "RFC 8221 section 6; RFC 4106 section 6",
     .advice = "Use 128 bits: aes-gcm-16, rfc4106(gcm(aes)) KEY 128, auth-trunc hmac(sha256) KEY 128."},
    {.code = "config.textual-key",
     .severity = Severity::kWarning,
     .title = "a key was written as text",
     .meaning = "A key in quotes holds only what a keyboard can type, most often words: far fewer bits than its size says, and open to a "
                "dictionary.",
     .reference = "RFC 4086 section 7; RFC 8221 section 3",
     .advice = "Write it in hexadecimal, drawn with 'openssl rand -hex SIZE'."},
    {.code = "config.truncation",
     .severity = Severity::kNote,
     .title = "the ICV size of HMAC-SHA-2 is not said",
     .meaning = "Linux truncates HMAC-SHA-256 to 96 bits unless told otherwise, the BSDs and RFC 4868 use 128. Between two systems every "
                "packet is "
                "then dropped as forged.",
     .reference = "RFC 4868 section 2.3; VERDICT V16",
     .advice = "On Linux use 'auth-trunc hmac(sha256) KEY 128' instead of 'auth', or load the SA through IKE."},
    {.code = "config.virtual-address",
     .severity = Severity::kNote,
     .title = "a connection gets its inner address from the peer",
     .meaning = "The address that the policy would name is assigned when the connection comes up, so that no requirement can be stated in "
                "advance.",
     .reference = "RFC 7296 section 2.19; VERDICT V6",
     .advice = "Give the assigned policies ('ip xfrm policy' while connected), or state them with --protect."},
    {.code = "config.weak-algorithm",
     .severity = Severity::kWarning,
     .title = "an SA uses an algorithm that RFC 8221 advises against",
     .meaning =
         "The algorithm is SHOULD NOT or MUST NOT today: DES, triple DES and Blowfish for their 64-bit blocks, MD5, or keyed hashes of old "
         "standards.",
     .reference = "RFC 8221 sections 5 and 6",
     .advice = "Use 'rijndael-cbc' with a 128 or 256-bit key and 'hmac-sha2-256' in setkey.conf, or AES-GCM with IKE."},
    {.code = "config.weak-proposal",
     .severity = Severity::kWarning,
     .title = "a proposal holds a weak algorithm",
     .meaning = "An esp, ah or ike proposal lists an algorithm or group that is SHOULD NOT or MUST NOT. The peer may choose it even though "
                "better ones are "
                "listed before it.",
     .reference = "RFC 8221; RFC 8247",
     .advice = "Delete it from the list and end strongSwan's ipsec.conf lists with '!', for example esp=aes256gcm16-ecp384!"},
    {.code = "config.weak-psk",
     .severity = Severity::kWarning,
     .title = "a pre-shared secret is weak or used twice",
     .meaning = "The secret is short, guessable, repeats itself or serves two peers. Whoever takes part in one exchange can try secrets "
                "offline; peers that "
                "share one can pose as each other.",
     .reference = "RFC 7296 sections 2.15 and 5",
     .advice = "Draw one for each peer with 'openssl rand -base64 32', or use certificates."},
});

}  // namespace

std::span<const CatalogueEntry> config_entries() { return kEntries; }

}  // namespace espy::verdict
