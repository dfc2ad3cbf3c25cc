#!/usr/bin/env python3
"""Holds the source tree against the module table and the library table of DESIGN.md section 1.

usage: check_architecture.py [ROOT]
       check_architecture.py --self-test

Reads the #include lines and a few words of every module and prints each breach as file:line: what. The tables below are the tables of the
document; a module that is not listed may not exist.
"""

import pathlib
import re
import sys
import tempfile

MODULES = {
    "base": set(),
    "capture": {"base"},
    "decode": {"base"},
    "assemble": {"base", "decode"},
    "ipsec": {"base"},
    "config": {"base", "ipsec"},
    "crypto": {"base", "ipsec"},
    "verdict": {"base"},
    "verify": {"base", "decode", "assemble", "ipsec", "crypto", "verdict"},
    "pipeline": {"base", "capture", "decode", "assemble", "ipsec", "crypto", "verify", "verdict"},
    "report": {"base", "decode", "verdict"},
    "tui": {"base", "verdict", "report"},
    "cli": {"base", "capture", "decode", "assemble", "ipsec", "config", "crypto", "verdict", "verify", "pipeline", "report", "tui"},
}

# A library's headers, and the modules whose .cpp files may include them.
LIBRARIES = [
    (r"pcap(/.*)?\.h|pcap\.h", {"capture"}),
    (r"zlib\.h", {"capture", "crypto"}),
    (r"zstd\.h", {"capture"}),
    (r"openssl/.*|gcrypt\.h|intel-ipsec-mb\.h", {"crypto"}),
    (r"toml\+\+/.*|toml\.hpp", {"config"}),
    (r"nlohmann/.*", {"report"}),
    (r"CLI/.*", {"cli"}),
    (r"ncurses.*\.h|curses\.h|term\.h", {"tui"}),
    (r"fmt/.*", {"base", "capture", "ipsec", "config", "crypto", "verdict", "verify", "report", "tui", "cli"}),
]

# Forward declarations are what a header may have of a library.
IN_HEADERS = {"nlohmann/json_fwd.hpp", "fmt/format.h", "fmt/core.h", "fmt/ranges.h"}

# Words that only some modules may use: a pattern, who may, and what to say to the others.
PRINTING = {"cli", "report", "alert"}
WORDS = [
    (r"#include <(iostream|print)>", PRINTING, "prints; only cli, report and alert do"),
    (r"(?<![\w.>])(std::)?(printf|puts|putchar|perror|fprintf|fputs|vprintf)\s*\(", PRINTING, "prints; only cli, report and alert do"),
    (r"\bfmt::print\s*\(", PRINTING, "prints; only cli, report and alert do"),
    (r"\bstd::(cout|cerr|clog)\b", PRINTING, "prints; only cli, report and alert do"),
    (r"(?<![\w.>:])(std::|::)?(quick_exit|_exit|_Exit|exit|abort)\s*\(", {"cli"}, "ends the program; only cli does"),
    (r"\b(throw)\b", {"cli", "config", "report", "ipsec"}, "throws; the packet path does not"),
    (r"\b(system_clock|steady_clock|high_resolution_clock|clock_gettime|gettimeofday|std::time\s*\()", {"cli", "capture", "report", "config"},
     "reads a clock; time on the packet path comes from frames"),
    (r"\bstd::(jthread|thread|async|mutex|condition_variable)\b", {"pipeline", "capture", "cli"}, "starts or locks threads; only pipeline and capture do"),
    (r"reinterpret_cast<\s*(const\s+)?(struct\s+)?\w*(hdr|Header)\w*\s*\*", set(), "lays a struct over octets"),
    (r"\b__builtin_prefetch\b", {"base"}, "prefetches by itself; GCC leaves out what base/prefetch.h keeps"),
    (r"\b(TODO|FIXME|XXX)\b", set(), "leaves work in a comment"),
]

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)')


def without_text(line):
    """A line of code without string literals and comments, so that words in them are not taken for code."""
    line = re.sub(r'"(\\.|[^"\\])*"', '""', line)
    return re.sub(r"//.*", "", line)


def check_include(module, path, quoted, angled):
    if quoted:
        target = quoted.split("/")[0]
        if "/" not in quoted:
            yield f'"{quoted}" does not name its module'
        elif target != module and target not in MODULES.get(module, set()):
            yield f"{module} may not include {target}"
    for pattern, modules in LIBRARIES:
        header = quoted or angled
        if not re.fullmatch(pattern, header):
            continue
        if module not in modules:
            yield f"{module} may not use <{header}>; only {', '.join(sorted(modules))}"
        elif path.suffix != ".cpp" and header not in IN_HEADERS:
            yield f"<{header}> belongs in a .cpp file, not in a header"


def check_words(module, line):
    code = without_text(line)
    for pattern, modules, message in WORDS:
        text = line if "TODO" in pattern or "include" in pattern else code
        if module not in modules and re.search(pattern, text):
            yield f"{module} {message}"


def check_file(root, module, path):
    lines = path.read_text(encoding="utf-8").splitlines()
    if path.suffix == ".h" and not any(line.strip() == "#pragma once" for line in lines):
        yield f"{path.relative_to(root)}:1: a header without #pragma once"
    for number, line in enumerate(lines, 1):
        place = f"{path.relative_to(root)}:{number}"
        include = INCLUDE.match(line)
        if include:
            for breach in check_include(module, path, *include.groups()):
                yield f"{place}: {breach}"
        for breach in check_words(module, line):
            yield f"{place}: {breach}"


def check_namespace(root, module, path):
    text = path.read_text(encoding="utf-8")
    names = set(re.findall(r"^namespace espy::(\w+)", text, re.MULTILINE))
    for name in sorted(names - {module}):
        yield f"{path.relative_to(root)}:1: namespace espy::{name} in the folder {module}"


def source_files(folder):
    return sorted(path for path in folder.rglob("*") if path.suffix in (".cpp", ".h"))


def unknown_folders(root):
    known = set(MODULES) | {"tests", "fuzz", "bench", "docs", "scripts", "cmake"}
    for path in sorted(root.iterdir()):
        if path.is_dir() and not path.name.startswith((".", "build")) and path.name not in known and source_files(path):
            yield f"{path.name}/: a folder of sources that the module table does not list"


def check_tree(root):
    yield from unknown_folders(root)
    for module in MODULES:
        for path in source_files(root / module):
            yield from check_file(root, module, path)
            yield from check_namespace(root, module, path)


# Each breach must be found, and its lawful twin must not: (file, text, whether it is a breach).
SELF_TEST = [
    ("base/a.h", '#pragma once\n#include "base/b.h"\n', False),
    ("base/a.h", '#include "base/b.h"\n', True),
    ("base/a.cpp", '#include "decode/packet.h"\n', True),
    ("decode/a.cpp", '#include "base/bytes.h"\n', False),
    ("decode/a.cpp", '#include "ipsec/key.h"\n', True),
    ("report/a.cpp", '#include "ipsec/key.h"\n', True),
    ("verdict/a.cpp", '#include "ipsec/key.h"\n', True),
    ("decode/a.cpp", '#include "packet.h"\n', True),
    ("capture/a.cpp", "#include <pcap/pcap.h>\n", False),
    ("capture/a.h", "#pragma once\n#include <pcap/pcap.h>\n", True),
    ("cli/a.cpp", "#include <pcap.h>\n", True),
    ("report/a.cpp", "#include <nlohmann/json.hpp>\n", False),
    ("verdict/a.cpp", "#include <nlohmann/json.hpp>\n", True),
    ("report/a.h", "#pragma once\n#include <nlohmann/json.hpp>\n", True),
    ("report/a.h", "#pragma once\n#include <nlohmann/json_fwd.hpp>\n", False),
    ("config/a.cpp", "#include <toml++/toml.h>\n", False),
    ("cli/a.cpp", "#include <toml++/toml.h>\n", True),
    ("cli/a.cpp", "#include <CLI/CLI.hpp>\n", False),
    ("cli/a.h", "#pragma once\n#include <CLI/CLI.hpp>\n", True),
    ("decode/a.cpp", "#include <fmt/format.h>\n", True),
    ("crypto/a.cpp", "#include <openssl/evp.h>\n", False),
    ("crypto/a.h", "#pragma once\n#include <openssl/evp.h>\n", True),
    ("crypto/a.cpp", "#include <gcrypt.h>\n", False),
    ("verify/a.cpp", "#include <openssl/evp.h>\n", True),
    ("verify/a.cpp", "#include <gcrypt.h>\n", True),
    ("verify/a.cpp", "#include <intel-ipsec-mb.h>\n", True),
    ("crypto/a.cpp", "#include <zlib.h>\n", False),
    ("verify/a.cpp", "#include \"crypto/backend.h\"\n", False),
    ("report/a.cpp", "#include \"crypto/backend.h\"\n", True),
    ("verify/a.cpp", "void f() { std::printf(\"x\"); }\n", True),
    ("verify/a.cpp", "void f() { std::snprintf(b, 3, \"x\"); }\n", False),
    ("verify/a.cpp", "#include <iostream>\n", True),
    ("report/a.cpp", "#include <iostream>\n", False),
    ("config/a.cpp", "void f() { std::exit(2); }\n", True),
    ("config/a.cpp", "void f() { table.exit(2); }\n", False),
    ("cli/a.cpp", "void f() { std::exit(2); }\n", False),
    ("verify/a.cpp", "auto now = std::chrono::system_clock::now();\n", True),
    ("verify/a.cpp", "// never std::chrono::system_clock\n", False),
    ("decode/a.cpp", "void f() { throw 1; }\n", True),
    ("verify/a.cpp", 'const char* kText = "throw printf( exit(";\n', False),
    ("verify/a.cpp", "std::mutex lock;\n", True),
    ("pipeline/a.cpp", "std::mutex lock;\n", False),
    ("base/a.cpp", "// TODO later\n", True),
    ("decode/a.cpp", "auto* ip = reinterpret_cast<const iphdr*>(bytes);\n", True),
    ("verify/a.cpp", "void f(void* at) { __builtin_prefetch(at); }\n", True),
    ("verify/a.cpp", "void f(void* at) { base::prefetch(at); }\n", False),
    ("decode/a.cpp", "namespace espy::verify {}\n", True),
    ("decode/a.cpp", "namespace espy::decode {}\n", False),
    ("crypto2/a.cpp", "int x;\n", True),
]


def self_test():
    failures = []
    for name, text, breach in SELF_TEST:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / name
            path.parent.mkdir()
            path.write_text(text)
            found = list(check_tree(pathlib.Path(folder)))
        if bool(found) != breach:
            failures.append(f"{name} {text!r}: {'no breach was found' if breach else found}")
    print("\n".join(failures) or f"self-test: {len(SELF_TEST)} samples judged rightly")
    return 1 if failures else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root = pathlib.Path(sys.argv[1] if sys.argv[1:] else pathlib.Path(__file__).parents[2]).resolve()
    count = sum(len(source_files(root / module)) for module in MODULES)
    breaches = list(check_tree(root))
    print("\n".join(breaches) or f"{count} files, no breach of the architecture")
    return 1 if breaches or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
