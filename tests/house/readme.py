#!/usr/bin/env python3
"""Runs the commands that the README shows, and compares what it says they print.

    python3 tests/house/readme.py BINARY [--readme FILE]

In fenced `sh` blocks, a command that begins with `cargo run --release -- `, `tenor ` or
`./target/release/tenor ` runs with BINARY in its place. It must exit 0, or N where the line above
it is `# exits N`. A fenced `text` block that follows is part of the last such command's output:
each line without an ellipsis or a time must appear in it, spaces aside. Of any other command, what
it names must exist.
"""

import argparse
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

PREFIXES = ("cargo run --release -- ", "tenor ", "./target/release/tenor ")
TIMING = re.compile(r"\d\s*(ns|µs|us|ms|s)\b")


def blocks(text):
    """Fenced blocks as (language, first line's number, lines), each with whether it follows another."""
    found, lines, at = [], text.splitlines(), 0
    while at < len(lines):
        fence = re.match(r"\s*(`{3,}|~{3,})\s*(\w*)", lines[at])
        if fence:
            end = at + 1
            while end < len(lines) and lines[end].strip() != fence[1]:
                end += 1
            if end == len(lines):
                raise SystemExit(f"line {at + 1}: the block has no end")
            found.append((fence[2], at + 2, lines[at + 1 : end]))
            at = end
        at += 1
    return found


def commands(first, lines):
    """(line number, command, exit code) of an `sh` block; a backslash continues a line."""
    expected, pending, start = 0, "", 0
    for number, line in enumerate(lines, first):
        line = line.strip()
        if not pending and line.startswith("#"):
            exits = re.fullmatch(r"#\s*exits (\d+)\b.*", line)
            expected = int(exits[1]) if exits else 0
            continue
        start = start if pending else number
        if line.endswith("\\"):
            pending += line[:-1] + " "
            continue
        command, pending = (pending + line).strip(), ""
        if command:
            yield start, command.removeprefix("$ "), expected
        expected = 0


def words(line):
    return " ".join(line.split())


def missing(command, root):
    """What a command that is not run names and the project does not have; None where all is there."""
    parts = shlex.split(command, comments=True)
    if not parts:
        return None
    if parts[:2] == ["cargo", "bench"]:
        targets = {b["name"] for b in tomllib.loads((root / "Cargo.toml").read_text()).get("bench", [])}
        named = [parts[i + 1] for i, p in enumerate(parts[:-1]) if p == "--bench"]
        return next((f"bench target {n}" for n in named if n not in targets), None)
    if parts[0] in ("git", "cargo", "rustup", "curl", "cd"):
        return None
    files = [p for p in parts if p.startswith("./") or (p.count("/") and "://" not in p and not p.startswith(("-", "/")))]
    return next((f"file {p}" for p in files if not (root / p).exists()), None)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    root = Path(__file__).resolve().parents[2]
    parser.add_argument("--readme", type=Path, default=root / "README.md")
    arguments = parser.parse_args()
    binary = str(Path(arguments.binary).resolve())
    readme, wrong, ran, compared, looked = arguments.readme, [], 0, 0, 0
    root = root if readme.resolve() == root / "README.md" else readme.resolve().parent

    output = None
    for language, first, lines in blocks(readme.read_text()):
        if language in ("sh", "bash", "shell", "console"):
            output = None
            for number, command, expected in commands(first, lines):
                prefix = next((p for p in PREFIXES if command.startswith(p)), None)
                if prefix is None:
                    looked += 1
                    gone = missing(command, root)
                    if gone:
                        wrong.append(f"line {number}: `{command}` names {gone}, which does not exist")
                    continue
                ran += 1
                line = f"{shlex.quote(binary)} {command.removeprefix(prefix)}"
                run = subprocess.run(["sh", "-c", line], cwd=root, capture_output=True, text=True, timeout=300)
                output = run.stdout + run.stderr
                if run.returncode != expected:
                    wrong.append(
                        f"line {number}: `{command}`: expected exit code {expected}, got {run.returncode}: "
                        + words(run.stderr)[:300]
                    )
        elif language == "text" and output is not None:
            printed = [words(line) for line in output.splitlines()]
            for number, line in enumerate(lines, first):
                if not line.strip() or "…" in line or TIMING.search(line):
                    continue
                compared += 1
                if not any(words(line) in p for p in printed):
                    wrong.append(f"line {number}: not in the command's output: {words(line)}")
            output = None
    if not ran:
        wrong.append(f"{readme} has no command to run")
    print(f"README: {ran} commands run, {compared} lines of output compared, {looked} other commands looked up")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
