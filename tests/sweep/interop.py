#!/usr/bin/env python3
"""Shares and sealed files against tools of others, in both directions, on the built-in tenant.

    python3 -m venv target/interop && target/interop/bin/pip install shamir-mnemonic
    target/interop/bin/python tests/sweep/interop.py [PATH OF admin-reset]

Needs `shamir-mnemonic`, the reference implementation of SLIP-39, and for sealed files `age` and `age-keygen` in PATH.
"""

import itertools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from shamir_mnemonic import combine_mnemonics, generate_mnemonics

BINARY = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "target/debug/admin-reset").resolve()
USER = "noor.haddad@contoso.com"


def run(folder, *words, **more):
    environment = {"HOME": folder, "ADMIN_RESET_STATE_DIR": f"{folder}/state", "ADMIN_RESET_CONFIG_DIR": f"{folder}/config"}
    done = subprocess.run([BINARY, *words], cwd=folder, env=environment, capture_output=True, text=True, **more)
    assert done.returncode == 0, (words, done.returncode, done.stderr)
    return done.stdout


def reset(folder, *sinks):
    words = ["reset-user", "--sandbox", USER, "--confirm", USER, "-o", "json", "--secret-to", "file:p.txt"]
    for sink in sinks:
        words += ["--secret-to", sink]
    run(folder, *words)
    return pathlib.Path(folder, "p.txt").read_text().rstrip("\n")


def words_of(path):
    """The words of a share file: what stands after the facts, without its numbers."""
    text = path.read_text().split("\n\n")[1]
    return " ".join(word for word in text.split() if not word.isdigit())


def padded(text):
    data = text.encode()
    return data + b"\0" * (max(16, len(data) + len(data) % 2) - len(data))


def shares(scheme):
    need, count = map(int, scheme.split("/"))
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o700)
        password = reset(folder, f"shares:{scheme}:sheets")
        sheets = [words_of(path) for path in sorted(pathlib.Path(folder, "sheets").glob("share-*"))]
        assert len(sheets) == count
        subsets = list(itertools.combinations(sheets, need))
        for some in subsets:
            assert combine_mnemonics(list(some)).rstrip(b"\0").decode() == password
        theirs = generate_mnemonics(1, [(need, count)], padded(password))[0]
        opened = list(itertools.combinations(range(count), need))
        for at, some in enumerate(opened):
            names = []
            for number in some:
                path = pathlib.Path(folder, f"theirs-{number}.txt")
                path.write_text(theirs[number] + "\n")
                path.chmod(0o600)
                names.append(path.name)
            run(folder, "unseal", *names, "--secret-to", f"file:opened-{at}.txt")
            assert pathlib.Path(folder, f"opened-{at}.txt").read_text() == password + "\n"
    print(f"shares {scheme}: {len(subsets)} sets of ours were restored by shamir-mnemonic, {len(opened)} of its by admin-reset")


def sealed():
    if not (shutil.which("age") and shutil.which("age-keygen")):
        print("skipped: age and age-keygen are not here")
        return
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o700)
        key = pathlib.Path(folder, "key.txt")
        subprocess.run(["age-keygen", "-o", key], check=True, capture_output=True)
        recipient = subprocess.run(["age-keygen", "-y", key], check=True, capture_output=True, text=True).stdout.strip()
        password = reset(folder, f"age:{recipient}:p.age")
        plain = subprocess.run(["age", "-d", "-i", key, pathlib.Path(folder, "p.age")], check=True, capture_output=True).stdout
        document = json.loads(plain)
        assert document["secret"] == password and document["userPrincipalName"] == USER
        again = subprocess.run(["age", "-r", recipient], input=plain, check=True, capture_output=True).stdout
        path = pathlib.Path(folder, "again.age")
        path.write_bytes(again)
        path.chmod(0o600)
        run(folder, "unseal", "again.age", "--identity", "key.txt", "--secret-to", "file:opened.txt")
        assert pathlib.Path(folder, "opened.txt").read_text() == password + "\n"
    version = subprocess.run(["age", "--version"], capture_output=True, text=True).stdout.strip()
    print(f"sealed: age {version} opened what admin-reset sealed, and admin-reset what age sealed")


for scheme in ["2/3", "3/5", "5/8"]:
    shares(scheme)
sealed()
