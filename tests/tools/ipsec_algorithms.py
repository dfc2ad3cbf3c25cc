"""The modes and message authentication codes of ESP and AH, written out after their specifications on top of nettle.py.

Nothing here is fast, and nothing here is shared with espy: captures made with it are evidence. `self_test()` holds each construction against
a published vector.
"""

import struct

import nettle


def xor(one, two):
    return bytes(a ^ b for a, b in zip(one, two))


def cbc(cipher, key, iv, plaintext):
    block, out = nettle.Block(cipher, key), b""
    for at in range(0, len(plaintext), block.size):
        iv = block.encrypt(xor(plaintext[at:at + block.size], iv))
        out += iv
    return out


def keystream(block, counter, size, counter_size=4):
    """Encrypted counter blocks; the last `counter_size` octets count."""
    fixed, number = counter[:-counter_size], int.from_bytes(counter[-counter_size:], "big")
    count = -(-size // 16)
    blocks = b"".join(fixed + ((number + step) % (1 << 8 * counter_size)).to_bytes(counter_size, "big") for step in range(count))
    return block.encrypt(blocks)[:size] if blocks else b""


def ctr(cipher, key, nonce, iv, plaintext):
    """RFC 3686 section 4: nonce, IV, and a counter from one."""
    return xor(plaintext, keystream(nettle.Block(cipher, key), nonce + iv + struct.pack(">I", 1), len(plaintext)))


def ghash_product(one, two):
    product = 0
    for bit in range(127, -1, -1):
        if one >> bit & 1:
            product ^= two
        two = two >> 1 ^ (0xE1 << 120 if two & 1 else 0)
    return product


def ghash(subkey, octets):
    total = 0
    for at in range(0, len(octets), 16):
        total = ghash_product(total ^ int.from_bytes(octets[at:at + 16], "big"), subkey)
    return total.to_bytes(16, "big")


def padded(octets, size=16):
    return octets + bytes(-len(octets) % size)


def gcm(key, nonce, plaintext, associated, tag_size=16):
    """NIST SP 800-38D with a nonce of 96 bits. Returns ciphertext and tag."""
    block = nettle.Block("aes", key)
    first = nonce + struct.pack(">I", 1)
    ciphertext = xor(plaintext, keystream(block, nonce + struct.pack(">I", 2), len(plaintext)))
    subkey = int.from_bytes(block.encrypt(bytes(16)), "big")
    sizes = struct.pack(">QQ", 8 * len(associated), 8 * len(ciphertext))
    total = ghash(subkey, padded(associated) + padded(ciphertext) + sizes)
    return ciphertext, xor(total, block.encrypt(first))[:tag_size]


def ccm(key, nonce, plaintext, associated, tag_size=16, cipher="aes"):
    """RFC 3610. Returns ciphertext and tag."""
    block, counter_size = nettle.Block(cipher, key), 15 - len(nonce)
    flags = (0x40 if associated else 0) | (tag_size - 2) // 2 << 3 | counter_size - 1
    text = bytes([flags]) + nonce + len(plaintext).to_bytes(counter_size, "big")
    if associated:
        text += padded(struct.pack(">H", len(associated)) + associated)
    text += padded(plaintext)
    total = bytes(16)
    for at in range(0, len(text), 16):
        total = block.encrypt(xor(total, text[at:at + 16]))
    counter = bytes([counter_size - 1]) + nonce + bytes(counter_size)
    stream = keystream(block, counter, 16 + len(plaintext), counter_size)
    return xor(plaintext, stream[16:]), xor(total, stream[:16])[:tag_size]


def rotated(value, count):
    return (value << count | value >> 32 - count) & 0xFFFFFFFF


def quarter_round(state, a, b, c, d):
    for to, other, mixed, count in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        state[to] = state[to] + state[other] & 0xFFFFFFFF
        state[mixed] = rotated(state[mixed] ^ state[to], count)


def chacha20_block(key, counter, nonce):
    begin = [*struct.unpack("<4I", b"expand 32-byte k"), *struct.unpack("<8I", key), counter, *struct.unpack("<3I", nonce)]
    state = list(begin)
    for _ in range(10):
        for column in range(4):
            quarter_round(state, column, 4 + column, 8 + column, 12 + column)
        for column in range(4):
            quarter_round(state, column, 4 + (column + 1) % 4, 8 + (column + 2) % 4, 12 + (column + 3) % 4)
    return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(state, begin)))


def poly1305(key, octets):
    factor = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for at in range(0, len(octets), 16):
        total = (total + int.from_bytes(octets[at:at + 16] + b"\x01", "little")) * factor % ((1 << 130) - 5)
    return ((total + int.from_bytes(key[16:], "little")) % (1 << 128)).to_bytes(16, "little")


def chacha20_poly1305(key, nonce, plaintext, associated):
    """RFC 8439 section 2.8. Returns ciphertext and tag."""
    stream = b"".join(chacha20_block(key, 1 + at // 64, nonce) for at in range(0, len(plaintext), 64))
    ciphertext = xor(plaintext, stream)
    text = padded(associated) + padded(ciphertext) + struct.pack("<QQ", len(associated), len(ciphertext))
    return ciphertext, poly1305(chacha20_block(key, 0, nonce)[:32], text)


def hmac(name, key, octets):
    """RFC 2104."""
    size = nettle.hash_block(name)
    key = nettle.digest(name, key) if len(key) > size else key
    key = key + bytes(size - len(key))
    inner = nettle.digest(name, bytes(octet ^ 0x36 for octet in key) + octets)
    return nettle.digest(name, bytes(octet ^ 0x5C for octet in key) + inner)


def keyed_hash(name, key, octets):
    """RFC 1828, and RFC 1852 for SHA-1: the key filled to a block as the hash itself fills a message, the text, the key again."""
    size = struct.pack("<Q" if name == "md5" else ">Q", 8 * len(key))
    filled = key + b"\x80" + bytes(-(len(key) + 9) % 64) + size
    return nettle.digest(name, filled + octets + key)


def doubled(octets):
    value = int.from_bytes(octets, "big") << 1
    return ((value ^ 0x87 if value >> 128 else value) & (1 << 128) - 1).to_bytes(16, "big")


def last_block_mac(block, octets, whole_key, broken_key):
    """CBC-MAC whose last block is masked: what CMAC and XCBC-MAC share."""
    total, blocks = bytes(16), max(1, -(-len(octets) // 16))
    for at in range(0, 16 * (blocks - 1), 16):
        total = block.encrypt(xor(total, octets[at:at + 16]))
    last = octets[16 * (blocks - 1):]
    masked = xor(last, whole_key) if len(last) == 16 else xor(last + b"\x80" + bytes(15 - len(last)), broken_key)
    return block.encrypt(xor(total, masked))


def cmac(key, octets):
    """RFC 4493."""
    block = nettle.Block("aes", key)
    one = doubled(block.encrypt(bytes(16)))
    return last_block_mac(block, octets, one, doubled(one))


def xcbc(key, octets):
    """RFC 3566."""
    outer = nettle.Block("aes", key)
    one, two, three = (outer.encrypt(bytes([number]) * 16) for number in (1, 2, 3))
    return last_block_mac(nettle.Block("aes", one), octets, two, three)


def expect(name, found, wanted):
    if found != bytes.fromhex(wanted.replace(" ", "")):
        raise SystemExit(f"{name}: {found.hex()} is not {wanted}")


def self_test():
    """One published vector a construction."""
    text = bytes.fromhex
    expect("cbc, RFC 3602 case 1", cbc("aes", text("06a9214036b8a15b512e03d534120006"), text("3dafba429d9eb430b422da802c9fac41"), b"Single block msg"),
           "e353779c1079aeb82708942dbe77181a")
    expect("ctr, RFC 3686 vector 1", ctr("aes", text("ae6852f8121067cc4bf7a5765577f39e"), text("00000030"), bytes(8), b"Single block msg"),
           "e4095d4fb7a7b3792d6175a3261311b8")
    expect("gcm, McGrew and Viega case 2", b"".join(gcm(bytes(16), bytes(12), bytes(16), b"")), "0388dace60b6a392f328c2b971b2fe78 ab6e47d42cec13bdf53a67b21257bddf")
    ietf = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
    sealed, tag = chacha20_poly1305(bytes(range(0x80, 0xA0)), text("070000004041424344454647"), ietf, text("50515253c0c1c2c3c4c5c6c7"))
    expect("chacha20-poly1305, RFC 8439 section 2.8.2", sealed[:16] + tag, "d31a8d34648e60db7b86afbc53ef7ec2 1ae10b594f09e26a7e902ecbd0600691")
    expect("hmac, RFC 2202 MD5 case 2", hmac("md5", b"Jefe", b"what do ya want for nothing?"), "750c783e6ab0b503eaa86e310a5db738")
    expect("hmac, RFC 4231 SHA-384 case 2", hmac("sha384", b"Jefe", b"what do ya want for nothing?")[:24],
           "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47")
    expect("hmac, RFC 2286 RIPEMD-160 case 2", hmac("ripemd160", b"Jefe", b"what do ya want for nothing?"), "dda6c0213a485a9e24f4742064a7f033b43c4069")
    cmac_key = text("2b7e151628aed2a6abf7158809cf4f3c")
    expect("cmac, RFC 4493 example 1", cmac(cmac_key, b""), "bb1d6929e95937287fa37d129b756746")
    expect("cmac, RFC 4493 example 3", cmac(cmac_key, text("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411")),
           "dfa66747de9ae63030ca32611497c827")
    expect("xcbc, RFC 3566 case 3", xcbc(bytes(range(16)), bytes(range(16))), "d2a246fa349b68a79998a4394ff7a263")
    expect("xcbc, RFC 3566 case 4", xcbc(bytes(range(16)), bytes(range(20))), "47f51b4564966215b8985c63055ed308")
    sealed, tag = ccm(bytes(range(0xC0, 0xD0)), text("00000003020100a0a1a2a3a4a5"), bytes(range(8, 31)), bytes(range(8)), 8)
    expect("ccm, RFC 3610 packet vector 1", sealed + tag, "588c979a61c663d2f066d0c2c0f989806d5f6b61dac38417e8d12cfdf926e0")
    self_test_ciphers(text)


def self_test_ciphers(text):
    def one(cipher, key, plaintext, wanted):
        expect(f"{cipher} {8 * len(text(key))}", nettle.Block(cipher, text(key)).encrypt(text(plaintext)), wanted)

    one("cast128", "0123456712345678234567893456789a", "0123456789abcdef", "238b4fe5847e44b2")   # RFC 2144 appendix B.1
    one("cast128", "01234567123456782345", "0123456789abcdef", "eb6a711a2c02271b")
    one("cast128", "0123456712", "0123456789abcdef", "7ac816d16e9b302e")
    one("camellia", "0123456789abcdeffedcba9876543210", "0123456789abcdeffedcba9876543210", "67673138549669730857065648eabe43")   # RFC 3713
    one("camellia", "0123456789abcdeffedcba98765432100011223344556677", "0123456789abcdeffedcba9876543210", "b4993401b3e996f84ee5cee7d79b09b9")
    one("twofish", "00" * 16, "00" * 16, "9f589f5cf6122c32b6bfec2f2ae8c35a")   # the paper's tables
    one("twofish", "0123456789abcdeffedcba987654321000112233445566778899aabbccddeeff", "00" * 16, "37527be0052334b89f0cfccae87cfa20")
    one("serpent", bytes(range(16)).hex(), bytes(range(16)).hex(), "4c7d8a328072a22c823e4a1f3acda16d")   # as Linux's crypto self-test has it
    one("blowfish", "0123456789abcdef", "1111111111111111", "61f9c3802281b096")   # Eric Young's list
    one("blowfish", "f0e1d2c3b4", "fedcba9876543210", "b39e44481bdb1e6e")
    one("blowfish", "f0e1d2c3b4a5968778695a4b3c2d1e0f0011223344556677", "fedcba9876543210", "05044b62fa52d080")


if __name__ == "__main__":
    self_test()
    print("all published vectors agree")
