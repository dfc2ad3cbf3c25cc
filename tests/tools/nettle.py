"""Block ciphers and hashes of libnettle, by ctypes: a library that espy does not use, so that its captures are somebody else's work.

Only what works on one block or one message; modes and constructions are ipsec_algorithms.py's.
"""

import ctypes
import functools

CONTEXT_SIZE = 8192   # no context of Nettle's is larger
SIZED = {"blowfish": "blowfish", "cast128": "cast5", "serpent": "serpent", "twofish": "twofish"}   # set_key(context, size, key)
BLOCK_SIZES = {"des": 8, "3des": 8, "blowfish": 8, "cast128": 8}
DIGEST_SIZES = {"md5": 16, "sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64, "ripemd160": 20}
HASH_BLOCKS = {"sha384": 128, "sha512": 128}


@functools.cache
def library():
    return ctypes.CDLL("libnettle.so.8")


def block_size(cipher):
    return BLOCK_SIZES.get(cipher, 16)


def function(name):
    return getattr(library(), f"nettle_{name}")


def key_setter(cipher, key):
    if cipher in SIZED:
        return lambda context: function(f"{SIZED[cipher]}_set_key")(context, ctypes.c_size_t(len(key)), key)
    name = {"des": "des_set_key", "3des": "des3_set_key"}.get(cipher, f"{cipher}{8 * len(key)}_set_encrypt_key")
    return lambda context: function(name)(context, key)


def encryptor(cipher, key):
    name = {"aes": f"aes{8 * len(key)}_encrypt", "camellia": f"camellia{256 if len(key) > 16 else 128}_crypt", "3des": "des3_encrypt"}
    return function(name.get(cipher, f"{cipher}_encrypt"))


class Block:
    """A block cipher with its key: encrypt() takes whole blocks, each on its own."""

    def __init__(self, cipher, key):
        self.size = block_size(cipher)
        self.context = ctypes.create_string_buffer(CONTEXT_SIZE)
        key_setter(cipher, key)(self.context)
        self.run = encryptor(cipher, key)

    def encrypt(self, octets):
        out = ctypes.create_string_buffer(len(octets))
        self.run(self.context, ctypes.c_size_t(len(octets)), out, octets)
        return out.raw


def digest(name, octets):
    context = ctypes.create_string_buffer(CONTEXT_SIZE)
    update = "sha512" if name == "sha384" else name   # one state machine, two beginnings
    function(f"{name}_init")(context)
    function(f"{update}_update")(context, ctypes.c_size_t(len(octets)), octets)
    out = ctypes.create_string_buffer(DIGEST_SIZES[name])
    function(f"{name}_digest")(context, ctypes.c_size_t(DIGEST_SIZES[name]), out)
    return out.raw


def hash_block(name):
    return HASH_BLOCKS.get(name, 64)
