"""Makes captures of algorithms with the kernel that it runs in: two network namespaces, SAs and policies by `ip xfrm`, and a little traffic.

Runs as root, in a kernel whose modules for ESP, AH and the ciphers are loaded, such as Debian's user-mode-linux booted on the host's own files:
  linux.uml mem=512M rootfstype=hostfs rootflags=/ ro init=SCRIPT
where SCRIPT mounts /proc, /sys and a tmpfs on /run, loads the modules and calls main(OUT). For every case OUT/CASE gets wire.pcap, as host a's
interface shows it, and the listings of SAs and policies of host a. make_kernel_cases.py makes cases of them.
"""

import ctypes
import os
import pathlib
import socket
import struct
import subprocess
import threading
import time

ENDS = {4: ("10.0.0.1", "10.0.0.2"), 6: ("fd00::1", "fd00::2")}
MACS = ("02:00:00:00:00:0a", "02:00:00:00:00:0b")
CLONE_NEWNET = 0x40000000
SIZES = (12, 33, 100, 257, 600, 1200)


def key(size):
    return "0x" + os.urandom(size).hex()


def cipher(name, size, integrity="hmac(sha1)", integrity_size=20, icv=96):
    return "esp", lambda: f"enc '{name}' {key(size)} auth-trunc '{integrity}' {key(integrity_size)} {icv}"


def sealed(name, size, icv):
    return "esp", lambda: f"aead '{name}' {key(size)} {icv}"


def header(integrity, size, icv):
    return "ah", lambda: f"auth-trunc '{integrity}' {key(size)} {icv}"


HASHES = {"hmac-md5": ("hmac(md5)", 16, 96), "hmac-sha1": ("hmac(sha1)", 20, 96), "hmac-sha384": ("hmac(sha384)", 48, 192), "hmac-sha512": ("hmac(sha512)", 64, 256),
          "hmac-ripemd160": ("hmac(rmd160)", 20, 96), "aes-xcbc": ("xcbc(aes)", 16, 96), "aes-cmac": ("cmac(aes)", 16, 96)}
# Case: its SAs, one pair after the other: (address family, (protocol, algorithms)).
CASES = {
    "algorithm-linux-serpent-cbc": [(4, cipher("cbc(serpent)", size)) for size in (16, 24, 32)],
    "algorithm-linux-blowfish-cbc": [(4, cipher("cbc(blowfish)", size)) for size in (5, 16, 56)],
    "algorithm-linux-cast128-cbc": [(4, cipher("cbc(cast5)", size)) for size in (5, 10, 16)],
    "algorithm-linux-twofish-cbc": [(4, cipher("cbc(twofish)", size)) for size in (16, 32)],
    "algorithm-linux-camellia-cbc": [(4, cipher("cbc(camellia)", size)) for size in (16, 24)],
    "algorithm-linux-aes-cbc": [(4, cipher("cbc(aes)", size, "hmac(sha256)", 32, 128)) for size in (24, 32)],
    "algorithm-linux-aes-ctr": [(4, cipher("rfc3686(ctr(aes))", size)) for size in (28, 36)],
    "algorithm-linux-aes-gcm": [(4, sealed("rfc4106(gcm(aes))", size, icv)) for size, icv in ((20, 64), (20, 96), (28, 128), (36, 64), (36, 128))],
    "algorithm-linux-aes-ccm": [(4, sealed("rfc4309(ccm(aes))", size, icv)) for size, icv in ((19, 64), (19, 96), (27, 128), (35, 64), (35, 128))],
    "algorithm-linux-aes-gmac": [(4, sealed("rfc4543(gcm(aes))", size, 128)) for size in (28, 36)],
    **{f"algorithm-linux-{name}": [(4, cipher("cbc(aes)", 16, *row)), (4, header(*row)), (6, header(*row))] for name, row in HASHES.items()},
}


def run(command):
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr}")
    return done.stdout


class Namespace:
    """Runs functions in a network namespace; a thread's own namespace is what setns changes."""

    def __init__(self, name):
        run(f"ip netns add {name}")
        self.descriptor = os.open(f"/run/netns/{name}", os.O_RDONLY)

    def __enter__(self):
        self.outside = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        enter(self.descriptor)

    def __exit__(self, *_):
        enter(self.outside)
        os.close(self.outside)


def enter(descriptor):
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def network():
    hosts = [Namespace(name) for name in "ab"]
    run("ip link add va netns a type veth peer name vb netns b")
    for index, name in enumerate("ab"):
        run(f"ip -n {name} link set v{name} address {MACS[index]} up; ip -n {name} link set lo up")
        for family, ends in ENDS.items():
            size, nodad = (24, "") if family == 4 else (64, " nodad")
            run(f"ip -n {name} addr add {ends[index]}/{size} dev v{name}{nodad}")
            run(f"ip -n {name} neigh replace {ends[1 - index]} lladdr {MACS[1 - index]} dev v{name} nud permanent")
    return hosts


def servers(host):
    """UDP and TCP echo on both families of host b, each in a thread that stays there."""
    with host:
        for family in (socket.AF_INET, socket.AF_INET6):
            datagrams, streams = socket.socket(family, socket.SOCK_DGRAM), socket.create_server(("", 5001), family=family)
            if family == socket.AF_INET6:
                datagrams.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            datagrams.bind(("", 7))
            threading.Thread(target=echo_datagrams, args=(datagrams,), daemon=True).start()
            threading.Thread(target=echo_streams, args=(streams,), daemon=True).start()


def echo_datagrams(server):
    while True:
        data, peer = server.recvfrom(65535)
        server.sendto(data, peer)


def echo_streams(server):
    while True:
        stream, _ = server.accept()
        data = stream.recv(65535)
        stream.sendall(data)
        stream.close()


def checksum(octets):
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    total = (total & 0xFFFF) + (total >> 16)
    return (total + (total >> 16) & 0xFFFF) ^ 0xFFFF


def ping(family, size, number):
    """One echo request; IPv6 leaves the checksum to the kernel."""
    kind, protocol = (8, socket.IPPROTO_ICMP) if family == 4 else (128, socket.IPPROTO_ICMPV6)
    raw = socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6, socket.SOCK_RAW, protocol)
    message = struct.pack(">BBHHH", kind, 0, 0, 7, number) + bytes(size)
    raw.sendto(message[:2] + struct.pack(">H", checksum(message)) + message[4:], (ENDS[family][1], 0))
    raw.close()


def traffic(host, family):
    inet, there = (socket.AF_INET if family == 4 else socket.AF_INET6), ENDS[family][1]
    with host:
        for number, size in enumerate(SIZES):
            ping(family, size // 2 * 2, number)
            with socket.socket(inet, socket.SOCK_DGRAM) as datagrams:
                datagrams.settimeout(1)
                datagrams.sendto(os.urandom(size), (there, 7))
                datagrams.recv(65535)
        with socket.create_connection((there, 5001), timeout=2) as stream:
            stream.sendall(b"a little text that nobody else should read\n" * 9)
            stream.recv(65535)
    time.sleep(0.05)


class Capture:
    """Host a's interface, in classic pcap."""

    def __init__(self, host, path):
        with host:
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            self.socket.bind(("va", 0))
        self.file = open(path, "wb")
        self.file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        self.thread = threading.Thread(target=self.read)
        self.running = True
        self.thread.start()

    def read(self):
        self.socket.settimeout(0.1)
        while self.running:
            try:
                frame = self.socket.recv(262144)
            except TimeoutError:
                continue
            now = time.time_ns() // 1000
            self.file.write(struct.pack("<4I", now // 1_000_000, now % 1_000_000, len(frame), len(frame)) + frame)

    def close(self):
        time.sleep(0.1)
        self.running = False
        self.thread.join()
        self.file.close()


def install(index, family, protocol, algorithms):
    """A pair of SAs and the policies that use them, on both hosts."""
    one, two = ENDS[family]
    for offset, (source, destination) in enumerate(((one, two), (two, one))):
        keys, spi = algorithms(), 0x1000 + 2 * index + offset
        for host, direction in (("a", ("out", "in")[offset]), ("b", ("in", "out")[offset])):
            run(f"ip -n {host} xfrm state add src {source} dst {destination} proto {protocol} spi {spi} reqid 1 mode transport replay-window 32 {keys}")
            run(f"ip -n {host} xfrm policy update src {source} dst {destination} dir {direction} priority 1000 tmpl proto {protocol} reqid 1 mode transport")


def make(hosts, out, name, rows):
    folder = pathlib.Path(out, name)
    folder.mkdir(parents=True, exist_ok=True)
    capture, states, policies = Capture(hosts[0], folder / "wire.pcap"), "", []
    try:
        for index, (family, (protocol, algorithms)) in enumerate(rows):
            install(index, family, protocol, algorithms)
            traffic(hosts[0], family)
            states += run("ip -n a xfrm state")
            listing = run("ip -n a xfrm policy")
            policies += [listing] if listing not in policies else []
            run("for host in a b; do ip -n $host xfrm state flush; ip -n $host xfrm policy flush; done")
    finally:
        capture.close()
    (folder / "xfrm-state.txt").write_text(states)
    (folder / "xfrm-policy.txt").write_text("".join(policies))
    print(f"{name}: {len(rows)} pairs of SAs", flush=True)


def main(out):
    hosts = network()
    servers(hosts[1])
    for name, rows in CASES.items():
        try:
            make(hosts, out, name, rows)
        except (OSError, RuntimeError) as error:
            print(f"{name}: {error}", flush=True)
            run("for host in a b; do ip -n $host xfrm state flush; ip -n $host xfrm policy flush; done")
